/**
 * @file A graph as text: one line per node, inputs before users, constants written where they are used.
 */
import { formatShape } from '../errors.ts';
import { isOp, type Node } from './node.ts';
import { topologicalOrder } from './traversal.ts';

/** The attributes that say something a reader wants to know, as `name: value`. */
export function attributesText(node: Node): string[] {
  if (isOp(node, 'elementwise') || isOp(node, 'data') || isOp(node, 'customGradient')) return [];
  return Object.entries(node.attributes).map(
    ([name, value]: [string, unknown]) => `${name}: ${valueText(value)}`,
  );
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([name, inner]) => `${name}: ${valueText(inner)}`)
      .join(', ')}}`;
  }
  return String(value);
}

/** The primitive, or the scalar function that it applies. */
export function operationName(node: Node): string {
  return isOp(node, 'elementwise') ? node.attributes.function : node.op;
}

/** What a node's value is, in a few words: `mul, f64 [4, 3]`. */
export function describeValue(node: Node): string {
  return `${operationName(node)}, ${node.dtype} ${formatShape(node.shape)}`;
}

function operationText(node: Node, references: ReadonlyMap<Node, string>): string {
  const operation = operationName(node);
  const operands = [...node.inputs.map((input) => references.get(input)!), ...attributesText(node)];
  return `${operation}(${operands.join(', ')})`;
}

/**
 * The lines of a graph, for example `%5 = mul(%3, 0.5) : f64 [4, 3]`.
 * @param names what to call some of the nodes; others are numbered. Named nodes that are no roots, and nodes whose
 *   values are known, are printed as data
 */
export function printNodes(roots: readonly Node[], names: ReadonlyMap<Node, string> = new Map()): string {
  const references = new Map<Node, string>();
  const lines: string[] = [];
  let numbered = 0;
  const isSource = (node: Node): boolean =>
    node.settled !== undefined || (names.has(node) && !roots.includes(node));
  for (const node of topologicalOrder(roots, (node) => (isSource(node) ? [] : node.inputs))) {
    const name = names.get(node);
    if (isOp(node, 'constant') && name === undefined) {
      references.set(node, String(node.attributes.value));
      continue;
    }
    const reference = `%${name ?? numbered++}`;
    references.set(node, reference);
    const operation = isSource(node) ? 'data()' : operationText(node, references);
    lines.push(`${reference} = ${operation} : ${node.dtype} ${formatShape(node.shape)}`);
  }
  return lines.join('\n');
}
