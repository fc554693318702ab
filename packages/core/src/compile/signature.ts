/**
 * @file A graph's structure as a string: two graphs with the same signature are computed by the same plan.
 */
import { isOp, type Node } from '../graph/node.ts';

const numberText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

function valueText(value: unknown): string {
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${value.map(valueText).join()}]`;
  if (typeof value === 'object' && value !== null) return `{${Object.values(value).map(valueText).join()}}`;
  return String(value);
}

/** A node's attributes as text that differs whenever they do, for nodes of one primitive. */
export function attributesKey({ attributes }: Node): string {
  return Object.values(attributes).map(valueText).join(';');
}

/**
 * The structure of a graph.
 * @param order all its nodes, inputs before users
 * @param inputs the numbers of the nodes whose values are given
 */
export function signatureOf(
  order: readonly Node[],
  inputs: ReadonlyMap<Node, number>,
  roots: readonly Node[],
): string {
  const numbers = new Map<Node, number>();
  let text = '';
  for (const node of order) {
    numbers.set(node, numbers.size);
    const given = inputs.get(node);
    if (given !== undefined) {
      text += `#${given} ${node.dtype} ${node.shape.join()};`;
      continue;
    }
    text += `${node.op} ${node.dtype} ${node.shape.join()}`;
    for (const input of node.inputs) text += ` ${numbers.get(input)}`;
    text += hasAttributes(node) ? ` ${attributesKey(node)};` : ';';
  }
  return text + roots.map((root) => numbers.get(root)).join();
}

function hasAttributes(node: Node): boolean {
  for (const _ in node.attributes) return !isOp(node, 'customGradient');
  return false;
}
