/**
 * @file A graph's structure as a string: two graphs with the same signature are computed by the same plan.
 */
import { isOp, type Node } from '../graph/node.ts';

/** A node's attributes as text that differs whenever they do. JSON alone would confuse NaN, ±∞ and −0. */
export function attributesKey(node: Node): string {
  return JSON.stringify(node.attributes, (_name, value: unknown) => {
    if (typeof value !== 'number') return value;
    return Object.is(value, -0) ? '-0' : String(value);
  });
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
