/**
 * @file How many operations on numbers computing a graph takes.
 */
import { labelExtents } from '../../src/graph/build.ts';
import { isOp, type Node } from '../../src/graph/node.ts';
import { topologicalOrder } from '../../src/graph/traversal.ts';
import { sizeOf } from '../../src/shape.ts';

/** The work of computing a node alone: its elements, or those of its largest input, or all products of a contraction. */
export function workOf(node: Node): number {
  if (!isOp(node, 'contract'))
    return Math.max(sizeOf(node.shape), ...node.inputs.map(({ shape }) => sizeOf(shape)));
  const [left, right] = node.inputs as [Node, Node];
  return sizeOf([...labelExtents(node.attributes, left.shape, right.shape).values()]);
}

/** The work of computing everything below some nodes. */
export function totalWork(roots: readonly Node[]): number {
  return topologicalOrder(roots).reduce((sum, node) => sum + workOf(node), 0);
}
