/**
 * @file Forgetting how a value came to be, which is what bounds the memory of `x = f(x)` in an endless loop, and
 * knowing that it was forgotten, so that a gradient through a forgotten path is an error and never a wrong number.
 */
import { bytesPerElement } from '../dtype.ts';
import { sizeOf } from '../shape.ts';
import { data } from './build.ts';
import { isOp, type Node } from './node.ts';
import { topologicalOrder } from './traversal.ts';

/** How many operations of history an untracked value that was read keeps, */
const horizon = 10_000;

/** and how many bytes, if every operation on the way had kept its value. */
const horizonBytes = 2 ** 29;

/** The nodes some descendant of which has forgotten them. */
const forgottenBySome = new WeakSet<Node>();

/** How many operations may pile up before an untracked value is computed though nobody reads it. */
const longestUnread = 100_000;

/** Whether an untracked value should be computed, and its history forgotten, though nobody reads it. */
export function isOverdue(node: Node): boolean {
  return node.depth > longestUnread && !node.tracked;
}

/** Whether a value's history has grown so long that it should be forgotten. Tracked history never is. */
export function isBeyondHorizon(node: Node): boolean {
  if (node.tracked || node.depth < 16) return false;
  return node.depth > horizon || node.depth * sizeOf(node.shape) * bytesPerElement(node.dtype) > horizonBytes;
}

/** A source node with the value of a settled node, which no longer knows what it was computed from. */
export function forgetHistory(node: Node, settled: Node<'data'>): Node<'data'> {
  for (const ancestor of topologicalOrder([node])) forgottenBySome.add(ancestor);
  return data(settled.attributes.storage, node.shape, node.dtype, { forgetful: true });
}

/** Whether a gradient from a graph (its nodes) to `target` might miss a path that was forgotten. */
export function mayHaveForgotten(graph: readonly Node[], target: Node): boolean {
  return forgottenBySome.has(target) && graph.some((node) => isOp(node, 'data') && node.attributes.forgetful);
}
