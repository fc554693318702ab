/**
 * @file A sum of overlapping windows that few windows overlap at once, read rather than scattered: each element adds up
 * what the windows over it hold, in the order in which scattering would.
 */
import * as build from '../graph/build.ts';
import { isOp, type Node } from '../graph/node.ts';
import { scalarFunction } from '../graph/scalar-functions.ts';
import { sizeOf } from '../shape.ts';
import { isView } from './coordinates.ts';

/** How many windows may overlap at one element. */
const mostTurns = 8;

/** Zeros on both sides of one axis, up to an extent; negative ones crop. */
function fit(node: Node, axis: number, low: number, extent: number): Node {
  return build.padAxis(node, axis, low, extent - low - node.shape[axis]!);
}

/** Whether a value was added to 0 already, so that it holds no −0. */
function isSum(node: Node): boolean {
  if (isView(node)) return isSum(node.inputs[0]!);
  const [, added] = node.inputs;
  return (
    isOp(node, 'elementwise') &&
    Object.is(scalarFunction(node.attributes.function).neutral, -0) &&
    added !== undefined &&
    isOp(added, 'constant') &&
    Object.is(added.attributes.value, 0)
  );
}

/** A sum of overlapping windows as a sum of views; the node itself if too many windows overlap. */
export function gatherWindows(node: Node<'fold'>): Node {
  const { axis, extent, stride, dilation } = node.attributes;
  const [input] = node.inputs as [Node];
  const size = input.shape.at(-1)!;
  const turns = Math.ceil(size / stride);
  if (sizeOf(input.shape) === 0 || turns > mostTurns || (stride > 1 && dilation > 1)) return node;
  // A sum from 0 is never −0.
  const held = isSum(input) ? input : build.withoutNegativeZeros(input);
  const last = input.shape.length - 1;
  // Of a window's places every stride-th reaches the same element: element = stride · position + phase.
  const filled = fit(held, last, 0, turns * stride);
  const positions = Math.ceil(extent / stride);
  const shifted = Array.from({ length: turns }, (_, turn) =>
    fit(build.sliceAxis(filled, last, turn * stride, stride), axis, turn * dilation, positions),
  );
  // The first window over an element reaches it with its last places.
  const sum = shifted.reduceRight((earlier, later) => build.add(earlier, later));
  const order = sum.shape
    .map((_, k) => k)
    .slice(0, -1)
    .toSpliced(axis + 1, 0, last);
  const inOrder = build.permute(sum, order);
  const joined = build.reshape(inOrder, inOrder.shape.toSpliced(axis, 2, positions * stride));
  return build.sliceAxis(joined, axis, 0, extent);
}
