/**
 * @file Reading and adding at positions that are themselves tensors. Positions are i32; one outside its axis is an
 * error: at the call when the values are at hand, else when the result is computed.
 */
import { check, fail, formatShape, outOfRange } from '../errors.ts';
import {
  cast as castNode,
  gather as gatherNode,
  permute as permuteNode,
  reshape as reshapeNode,
  scatterAdd as scatterAddNode,
} from '../graph/build.ts';
import { identity } from '../graph/history.ts';
import { isOp, type Node } from '../graph/node.ts';
import { checkSize, equalShapes, normalizeAxis, sizeOf, stridesOf } from '../shape.ts';
import { iota } from './create.ts';
import { add, greaterEqual, less, logicalAnd, mul, where } from './elementwise.ts';
import { nodeOf, type Tensor, wrap } from './tensor.ts';

/** The index's node, after checking its dtype and, where they are in memory, its values. */
function indexNodeOf(index: Tensor, extent: number, operation: string): Node {
  const node = nodeOf(index, operation);
  check(
    node.dtype === 'i32',
    operation,
    () => `needs an i32 index, not ${node.dtype}; use cast(index, 'i32')`,
  );
  let source = identity(node);
  while (isOp(source, 'reshape')) source = identity(source.inputs[0]!);
  if (isOp(source, 'data') && source.attributes.storage.isAbstract !== true) {
    for (const position of source.attributes.storage.array) {
      if (position < 0 || position >= extent) fail(operation, outOfRange(position, extent));
    }
  } else {
    check(extent > 0 || sizeOf(node.shape) === 0, operation, () => 'cannot index an axis of extent 0');
  }
  return node;
}

/**
 * Slices at the given positions of an axis: that axis is replaced by the index's axes.
 * @param index i32, any shape, values in [0, extent of the axis)
 * @returns [...x.shape before axis, ...index.shape, ...x.shape after axis]
 * @example tensor([10, 20, 30]).indexSelect(0, tensor([2, 0], { dtype: 'i32' })).toArray(); // [30, 10]
 */
export function indexSelect(x: Tensor, axis: number, index: Tensor): Tensor {
  const node = nodeOf(x, 'indexSelect');
  const along = normalizeAxis(axis, node.shape.length, 'indexSelect');
  const positions = indexNodeOf(index, node.shape[along]!, 'indexSelect');
  const axes = node.shape.map((_, k) => k);
  const inFront = permuteNode(node, [along, ...axes.filter((k) => k !== along)]);
  const taken = gatherNode(inFront, positions);
  checkSize(taken.shape, 'indexSelect');
  // The index's axes stand first; those of x before `along` belong before them.
  const rank = positions.shape.length;
  const before = axes.slice(0, along).map((k) => k + rank);
  const order = [
    ...before,
    ...positions.shape.map((_, k) => k),
    ...axes.slice(along + 1).map((k) => k - 1 + rank),
  ];
  return wrap(permuteNode(taken, order));
}

/**
 * Positions along one axis, as positions in the row-major order of the whole shape; −1, which the primitives refuse, for
 * one that lies outside the axis.
 */
function flatPositions(index: Tensor, shape: readonly number[], axis: number): Tensor {
  const strides = stridesOf(shape);
  let flat = mul(index, strides[axis]!);
  shape.forEach((_, k) => {
    if (k !== axis) flat = add(flat, mul(iota(index.shape, k), strides[k]!));
  });
  return where(logicalAnd(greaterEqual(index, 0), less(index, shape[axis]!)), flat, -1);
}

function checkIndexShape(
  operation: string,
  shape: readonly number[],
  index: readonly number[],
  axis: number,
): void {
  const fits = index.length === shape.length && index.every((extent, k) => k === axis || extent <= shape[k]!);
  check(
    fits,
    operation,
    () =>
      `the index ${formatShape(index)} must have the rank of ${formatShape(shape)} and, except along axis ${axis}, no larger extents`,
  );
}

/**
 * Elements at given positions along an axis: out[i][j] = x[index[i][j]][j] for axis 0. PyTorch's `gather`.
 * @param index i32, of x's rank, values in [0, extent of the axis)
 * @returns the shape of the index
 * @example tensor([[1, 2], [3, 4]]).gather(1, tensor([[1], [0]], { dtype: 'i32' })).toArray(); // [[2], [3]]
 */
export function gather(x: Tensor, axis: number, index: Tensor): Tensor {
  const node = nodeOf(x, 'gather');
  const along = normalizeAxis(axis, node.shape.length, 'gather');
  const positions = indexNodeOf(index, node.shape[along]!, 'gather');
  checkIndexShape('gather', node.shape, positions.shape, along);
  return wrap(
    gatherNode(reshapeNode(node, [sizeOf(node.shape)]), flatPositions(index, node.shape, along).node),
  );
}

/**
 * x with every element of `source` added at a position along an axis: out[index[i][j]][j] += source[i][j] for axis 0.
 * Positions may repeat. PyTorch's `scatter_add`.
 * @param index i32, of x's rank, values in [0, extent of the axis)
 * @param source of the index's shape and x's dtype
 * @returns the shape and dtype of x; booleans count as i32
 * @example zeros([3]).scatterAdd(0, tensor([2, 2], { dtype: 'i32' }), tensor([1, 5])).toArray(); // [0, 0, 6]
 */
export function scatterAdd(x: Tensor, axis: number, index: Tensor, source: Tensor): Tensor {
  const node = nodeOf(x, 'scatterAdd');
  const added = nodeOf(source, 'scatterAdd');
  const along = normalizeAxis(axis, node.shape.length, 'scatterAdd');
  const positions = indexNodeOf(index, node.shape[along]!, 'scatterAdd');
  checkIndexShape('scatterAdd', node.shape, positions.shape, along);
  check(
    equalShapes(added.shape, positions.shape),
    'scatterAdd',
    () => `source and index differ in shape: ${formatShape(added.shape)} and ${formatShape(positions.shape)}`,
  );
  check(
    added.dtype === node.dtype,
    'scatterAdd',
    () => `dtypes differ: ${node.dtype} and ${added.dtype}; use cast`,
  );
  const counted = added.dtype === 'bool' ? castNode(added, 'i32') : added;
  const sums = scatterAddNode(counted, flatPositions(index, node.shape, along).node, sizeOf(node.shape));
  return add(x, wrap(reshapeNode(sums, node.shape)));
}
