/**
 * @file A graph in the DOT language of Graphviz, for drawing.
 */
import { formatShape } from '../errors.ts';
import { isSource } from './history.ts';
import { isOp, type Node } from './node.ts';
import { attributesText, operationName } from './print.ts';
import { topologicalOrder } from './traversal.ts';

/** What to draw besides the graph itself. */
export interface DotNames {
  /** What to call some of the nodes. */
  readonly names: ReadonlyMap<Node, string>;
  /** Nodes at which the drawing ends. */
  readonly sources: ReadonlySet<Node>;
  /** Nodes that were there before what the drawing is about. */
  readonly earlier: ReadonlySet<Node>;
}

const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

function label(node: Node, name: string | undefined, isSource: boolean): string {
  const operation = isSource ? 'data' : [operationName(node), ...attributesText(node)].join(' ');
  return [...(name === undefined ? [] : [name]), operation, `${node.dtype} ${formatShape(node.shape)}`].join(
    '\n',
  );
}

/** The drawing's text: a box per node, an arrow from each input to what uses it; constants are written into their users. */
export function dotText(roots: readonly Node[], { names, sources, earlier }: DotNames): string {
  const endsAt = (node: Node): boolean => isSource(node) || sources.has(node);
  const order = topologicalOrder(roots, (node) => (endsAt(node) ? [] : node.inputs));
  const isWritten = (node: Node): boolean => isOp(node, 'constant') && !roots.includes(node);
  const drawn = order.filter((node) => !isWritten(node));
  const numbers = new Map(drawn.map((node, number) => [node, `n${number}`]));
  const lines = drawn.flatMap((node) => {
    const inputs = endsAt(node) ? [] : node.inputs;
    const constants = inputs.flatMap((input) => (isOp(input, 'constant') && isWritten(input) ? [input] : []));
    const suffix = constants.map(({ attributes }) => `, ${attributes.value}`).join('');
    const [first, ...rest] = label(node, names.get(node), endsAt(node)).split('\n');
    const text = names.has(node)
      ? [first, `${rest[0]}${suffix}`, ...rest.slice(1)]
      : [`${first}${suffix}`, ...rest];
    const style = [
      ...(endsAt(node) ? ['shape=ellipse'] : []),
      ...(earlier.has(node) ? ['color=gray', 'fontcolor=gray'] : []),
    ];
    // What was there before used only what had been there before it.
    const arrowStyle = earlier.has(node) ? ' [color=gray]' : '';
    const attributes = [`label=${quoted(text.join('\n'))}`, ...style].join(' ');
    const arrows = inputs.filter((input) => numbers.has(input));
    return [
      `  ${numbers.get(node)} [${attributes}];`,
      ...arrows.map((input) => `  ${numbers.get(input)} -> ${numbers.get(node)}${arrowStyle};`),
    ];
  });
  return ['digraph {', '  node [shape=box];', ...lines, '}'].join('\n');
}
