/**
 * @file Pooling to a given size: the i-th of m windows over n elements reaches from ⌊i·n/m⌋ to ⌈(i + 1)·n/m⌉. Where m does
 * not divide n windows differ in length and overlap, and their elements are gathered.
 */
import { type Tensor, tensor, where } from '@windfall/core';
import { check, describeList } from '@windfall/core/extension';
import { checkFloats } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { avgPool1d, avgPool2d } from './avg-pool.ts';
import { maxPool1d, maxPool2d } from './max-pool.ts';
import { checkImages } from './windows.ts';

/** The extent of the result along all spatial axes, or along each; `null` keeps the input's. */
export type OutputSize = number | null | readonly (number | null)[];

/** One entry for each axis, after checking them. */
export function outputSizeOf(
  outputSize: OutputSize,
  axes: 1 | 2,
  operation: string,
): readonly (number | null)[] {
  // Also what stands at holes in a list.
  const list: unknown = Array.isArray(outputSize)
    ? Array.from<unknown>(outputSize)
    : new Array(axes).fill(outputSize);
  check(
    Array.isArray(list) &&
      list.length === axes &&
      list.every(
        (entry) => entry === null || (Number.isSafeInteger(entry) && entry >= 1 && entry < mostWindows),
      ),
    operation,
    () =>
      `outputSize is a whole number ≥ 1 or null, or ${axes === 1 ? 'a list of one' : 'two of them'}, not ${describeList(outputSize)}`,
  );
  return list as (number | null)[];
}

/** No axis of a result is longer than 2²⁴: each window is looked for by itself. */
const mostWindows = 2 ** 24;

/** The windows along one axis: which elements they have, shorter ones filled up by others, and which of these are theirs. */
function windowsAlong(extent: number, count: number): { index: Tensor; isInside: Tensor; lengths: number[] } {
  const starts = Array.from({ length: count }, (_, k) => Math.floor((k * extent) / count));
  const lengths = starts.map((start, k) => Math.ceil(((k + 1) * extent) / count) - start);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const places = Array.from({ length: longest }, (_, place) => place);
  return {
    index: tensor(
      starts.map((start) => places.map((place) => Math.min(start + place, extent - 1))),
      { dtype: 'i32' },
    ),
    isInside: tensor(lengths.map((length) => places.map((place) => place < length))),
    lengths,
  };
}

/** Values laid out along an axis of x and those behind it: [n, m] as [n, m, 1, …]. */
function before(values: Tensor, axesBehind: number): Tensor {
  return values.reshape([...values.shape, ...new Array<number>(axesBehind).fill(1)]);
}

/** The mean of each of `count` windows along an axis. */
function meansAlong(x: Tensor, axis: number, count: number): Tensor {
  const { index, isInside, lengths } = windowsAlong(x.shape[axis]!, count);
  const behind = x.rank - axis - 1;
  const elements = where(before(isInside, behind), x.indexSelect(axis, index), 0);
  return elements.sum(axis + 1).div(before(tensor(lengths, { dtype: x.dtype }), behind));
}

/** The largest, and of several the first, element of each of `count` windows along an axis. */
function largestAlong(x: Tensor, axis: number, count: number): Tensor {
  const { index, isInside } = windowsAlong(x.shape[axis]!, count);
  const elements = x.indexSelect(axis, index);
  const inside = where(before(isInside, x.rank - axis - 1), elements, -Infinity);
  const position = inside.argmax(axis + 1, { keepDims: true });
  return elements.gather(axis + 1, position).squeeze(axis + 1);
}

function adaptivePool(
  x: Tensor,
  outputSize: OutputSize,
  axes: 1 | 2,
  operation: string,
  pool: (x: Tensor, size: readonly number[]) => Tensor,
  poolAlong: (x: Tensor, axis: number, count: number) => Tensor,
): Tensor {
  checkFloats(x, operation, 'the input');
  const wanted = outputSizeOf(outputSize, axes, operation);
  checkImages(x, axes, operation);
  const extents = x.shape.slice(-axes);
  check(
    extents.every((extent) => extent > 0),
    operation,
    () => 'there is nothing to pool over an axis of extent 0',
  );
  const counts = wanted.map((count, k) => count ?? extents[k]!);
  const divides = counts.map((count, k) => extents[k]! % count === 0);
  const sizes = counts.map((count, k) => extents[k]! / count);
  if (divides.every(Boolean)) return pool(x, sizes);
  // The last axis first: the first of the largest in row-major order is then the first in the first row that has one.
  return counts.reduceRight<Tensor>((value, count, k) => {
    if (!divides[k]!)
      return inTheNameOf(operation, 'indexSelect', () => poolAlong(value, x.rank - axes + k, count));
    return pool(
      value,
      sizes.map((size, axis) => (axis === k ? size : 1)),
    );
  }, x);
}

/**
 * The means of as many windows as asked for along an axis: PyTorch's `adaptive_avg_pool1d`.
 * @param x [N, C, L] or [C, L], f32 or f64
 * @returns [N, C, outputSize] or [C, outputSize]
 * @throws if the axes or the size do not fit
 * @example functional.adaptiveAvgPool1d(tensor([[1, 2, 3]]), 2).toArray(); // [[1.5, 2.5]]
 */
export function adaptiveAvgPool1d(x: Tensor, outputSize: OutputSize): Tensor {
  return adaptivePool(x, outputSize, 1, 'adaptiveAvgPool1d', avgPool1d, meansAlong);
}

/**
 * The means of as many windows of an image as asked for: PyTorch's `adaptive_avg_pool2d`.
 * @param x [N, C, H, W] or [C, H, W], f32 or f64
 * @param outputSize one number for both axes, or [rows, columns]; `null` keeps an extent
 * @returns the same axes with the last two of the size asked for
 * @throws if the axes or the size do not fit
 * @example functional.adaptiveAvgPool2d(ones([8, 7, 5]), [3, null]).shape; // [8, 3, 5]
 */
export function adaptiveAvgPool2d(x: Tensor, outputSize: OutputSize): Tensor {
  return adaptivePool(x, outputSize, 2, 'adaptiveAvgPool2d', avgPool2d, meansAlong);
}

/**
 * The largest elements of as many windows as asked for along an axis: PyTorch's `adaptive_max_pool1d`.
 * @param x [N, C, L] or [C, L], f32 or f64
 * @returns [N, C, outputSize] or [C, outputSize]
 * @throws if the axes or the size do not fit
 * @example functional.adaptiveMaxPool1d(tensor([[1, 2, 3]]), 2).toArray(); // [[2, 3]]
 */
export function adaptiveMaxPool1d(x: Tensor, outputSize: OutputSize): Tensor {
  return adaptivePool(x, outputSize, 1, 'adaptiveMaxPool1d', maxPool1d, largestAlong);
}

/**
 * The largest elements of as many windows of an image as asked for: PyTorch's `adaptive_max_pool2d`.
 * @param x [N, C, H, W] or [C, H, W], f32 or f64
 * @param outputSize one number for both axes, or [rows, columns]; `null` keeps an extent
 * @returns the same axes with the last two of the size asked for
 * @throws if the axes or the size do not fit
 * @example functional.adaptiveMaxPool2d(ones([8, 7, 5]), 3).shape; // [8, 3, 3]
 */
export function adaptiveMaxPool2d(x: Tensor, outputSize: OutputSize): Tensor {
  return adaptivePool(x, outputSize, 2, 'adaptiveMaxPool2d', maxPool2d, largestAlong);
}
