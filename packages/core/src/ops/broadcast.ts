/**
 * @file Broadcasting, in its only place: a reshape that drops the axes of extent 1, then one expand that grows them.
 */
import { expand as expandNode, reshape } from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { equalShapes, type Shape } from '../shape.ts';

/** The node repeated up to `shape`, to which its own shape must broadcast. */
export function broadcastNode(node: Node, shape: Shape): Node {
  if (equalShapes(node.shape, shape)) return node;
  const missing = shape.length - node.shape.length;
  const grown: number[] = [];
  const kept: number[] = [];
  for (let axis = 0; axis < shape.length; axis++) {
    const extent = shape[axis]!;
    const own = axis < missing ? 1 : node.shape[axis - missing]!;
    if (own === extent) kept.push(extent);
    else grown.push(axis);
  }
  return expandNode(reshape(node, kept), shape, grown);
}
