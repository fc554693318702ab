/**
 * @file Forgetting how a value came to be, which is what bounds the memory of `x = f(x)` in an endless loop, and
 * knowing that it was forgotten, so that a gradient through a forgotten path is an error and never a wrong number.
 */
import { bytesPerElement } from '../dtype.ts';
import { sizeOf } from '../shape.ts';
import { data } from './build.ts';
import { isOp, type Node, type Storage } from './node.ts';
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
function isBeyondHorizon(node: Node): boolean {
  if (node.tracked || node.depth < 16) return false;
  return node.depth > horizon || node.depth * sizeOf(node.shape) * bytesPerElement(node.dtype) > horizonBytes;
}

/** The node itself, or the data node that stands for it since its value was computed. */
export const identity = (node: Node): Node => node.settled ?? node;

/** Whether a node's value is there, given or computed: what it was computed from is then of no interest. */
export const isSource = (node: Node): boolean => isOp(identity(node), 'data');

/** Remembers the value of a node, and lets go of the history that it no longer needs. Gives the node of the value. */
export function settle(node: Node, storage: Storage): Node<'data'> {
  if (node.settled !== undefined) return node.settled;
  const forgetful = isBeyondHorizon(node);
  if (forgetful) markForgotten(topologicalOrder(node.inputs));
  // A tracked source stays one; everything else that is tracked keeps its history instead.
  const tracked = node.tracked && isOp(node, 'stopGradient');
  const value = data(storage, node.shape, node.dtype, { tracked, forgetful });
  node.settled = value;
  if (forgottenBySome.has(node)) forgottenBySome.add(value);
  if (isOp(node, 'stopGradient')) node.inputs = [];
  return value;
}

/** Notes that a value has been computed from nodes which does not remember them. */
export function markForgotten(nodes: readonly Node[]): void {
  for (const node of nodes) {
    forgottenBySome.add(node);
    if (node.settled !== undefined) forgottenBySome.add(node.settled);
  }
}

/** Whether a tensor should stand for the value alone from now on: no gradient passes, or the history was forgotten. */
export function hasNoHistory(node: Node): boolean {
  return isOp(node, 'stopGradient') || node.settled?.attributes.forgetful === true;
}

/** Whether a gradient from a graph (its nodes) to `target` might miss a path that was forgotten. */
export function mayHaveForgotten(graph: readonly Node[], target: Node): boolean {
  return forgottenBySome.has(target) && graph.some((node) => isOp(node, 'data') && node.attributes.forgetful);
}
