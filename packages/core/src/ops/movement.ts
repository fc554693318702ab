/**
 * @file Rearranging elements without computing on them. Each function's gradient is another function of this file,
 * or the sum over what was repeated.
 */
import { checkFits } from '../dtype.ts';
import { check, describe, describeList, fail, formatShape, isList, optionsOf } from '../errors.ts';
import * as build from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import {
  broadcastShapes,
  checkShape,
  checkSize,
  equalShapes,
  normalizeAxes,
  normalizeAxis,
  type Axes,
  type Shape,
  sizeOf,
} from '../shape.ts';
import { broadcastNode } from './broadcast.ts';
import { iota } from './create.ts';
import { add, lessEqual, where } from './elementwise.ts';
import { nodeOf, type Tensor, wrap } from './tensor.ts';

/**
 * The same elements, in row-major order, in another shape; one extent may be −1, "whatever remains".
 * @example arange(6).reshape([2, -1]).shape; // [2, 3]
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const node = nodeOf(x, 'reshape');
  const size = sizeOf(node.shape);
  const open = isList(shape) ? shape.indexOf(-1) : -1;
  const known = open < 0 ? shape : shape.with(open, 1);
  checkShape(known, 'reshape');
  const rest = sizeOf(known);
  const target = open < 0 ? known : shape.with(open, rest === 0 ? 0 : size / rest);
  check(
    target.every(Number.isInteger) && sizeOf(target) === size && !(open >= 0 && rest === 0),
    'reshape',
    () =>
      `${formatShape(node.shape)} has ${size} elements, which do not fill ${formatShape(shape)}${open < 0 ? ` (${rest})` : ''}`,
  );
  return wrap(build.reshape(node, [...target]));
}

/**
 * Joins the axes from `start` to `end` (both included) into one.
 * @example zeros([2, 3, 4]).flatten(1).shape; // [2, 12]
 */
export function flatten(x: Tensor, start = 0, end = -1): Tensor {
  const { shape } = nodeOf(x, 'flatten');
  if (shape.length === 0) return reshape(x, [1]);
  const first = normalizeAxis(start, shape.length, 'flatten');
  const last = normalizeAxis(end, shape.length, 'flatten');
  check(first <= last, 'flatten', () => `the start axis ${start} comes after the end axis ${end}`);
  return reshape(x, [
    ...shape.slice(0, first),
    sizeOf(shape.slice(first, last + 1)),
    ...shape.slice(last + 1),
  ]);
}

/**
 * The axes in another order: axis k of the result is axis `order[k]` of x.
 * @example zeros([2, 3, 4]).permute([2, 0, 1]).shape; // [4, 2, 3]
 */
export function permute(x: Tensor, order: readonly number[]): Tensor {
  const node = nodeOf(x, 'permute');
  const rank = node.shape.length;
  check(
    isList(order) && order.length === rank,
    'permute',
    () => `needs one entry per axis: ${describe(order)} for shape ${formatShape(node.shape)}`,
  );
  const axes = Array.from(order, (axis) => normalizeAxis(axis, rank, 'permute'));
  check(new Set(axes).size === rank, 'permute', () => `an axis is named twice: ${formatShape(order)}`);
  return wrap(build.permute(node, axes));
}

/**
 * Swaps two axes, by default the last two.
 * @example tensor([[1, 2], [3, 4]]).transpose().toArray(); // [[1, 3], [2, 4]]
 */
export function transpose(x: Tensor, first = -2, second = -1): Tensor {
  const node = nodeOf(x, 'transpose');
  const a = normalizeAxis(first, node.shape.length, 'transpose');
  const b = normalizeAxis(second, node.shape.length, 'transpose');
  const order = node.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis));
  return wrap(build.permute(node, order));
}

/**
 * Without the given axes, which must have extent 1; without all of extent 1 when none is given.
 * @example zeros([1, 3, 1]).squeeze().shape; // [3]
 */
export function squeeze(x: Tensor, axes?: Axes): Tensor {
  const { shape } = nodeOf(x, 'squeeze');
  const named = normalizeAxes(axes, shape.length, 'squeeze');
  const removed = axes === undefined ? named.filter((axis) => shape[axis] === 1) : named;
  for (const axis of removed)
    check(
      shape[axis] === 1,
      'squeeze',
      () => `axis ${axis} of ${formatShape(shape)} has extent ${shape[axis]}, not 1`,
    );
  return reshape(
    x,
    shape.filter((_, axis) => !removed.includes(axis)),
  );
}

/**
 * With new axes of extent 1 at the given positions of the result.
 * @example zeros([3]).unsqueeze(0).shape; // [1, 3]
 */
export function unsqueeze(x: Tensor, axes: number | readonly number[]): Tensor {
  const { shape } = nodeOf(x, 'unsqueeze');
  if (typeof axes !== 'number' && !isList(axes))
    fail('unsqueeze', `axes are a number or an array of numbers, not ${describe(axes)}`);
  const count = typeof axes === 'number' ? 1 : axes.length;
  const added = normalizeAxes(axes, shape.length + count, 'unsqueeze');
  const grown = [...shape];
  for (const axis of added) grown.splice(axis, 0, 1);
  return reshape(x, grown);
}

/**
 * Repeated along axes of extent 1 and along new leading axes up to `shape`; −1 keeps an extent.
 * @example tensor([[1], [2]]).expand([2, 3]).toArray(); // [[1, 1, 1], [2, 2, 2]]
 */
export function expand(x: Tensor, shape: Shape): Tensor {
  const node = nodeOf(x, 'expand');
  const missing = isList(shape) ? shape.length - node.shape.length : 0;
  check(missing >= 0, 'expand', () => `${formatShape(shape)} has fewer axes than ${formatShape(node.shape)}`);
  const target = isList(shape)
    ? shape.map((extent: number, axis: number) =>
        extent === -1 ? (node.shape[axis - missing] ?? extent) : extent,
      )
    : shape;
  checkShape(target, 'expand');
  check(
    equalShapes(broadcastShapes([node.shape, target], 'expand'), target),
    'expand',
    () =>
      `${formatShape(node.shape)} does not expand to ${formatShape(target)}: only axes of extent 1 can grow`,
  );
  return wrap(broadcastNode(node, [...target]));
}

/** How much to pad each axis: one pair [before, after] per axis; negative numbers crop. */
export type PadWidths = readonly (readonly [before: number, after: number])[];

/**
 * With `value` (0 by default) added around. Pairs are for the last axes when there are fewer pairs than axes.
 * @example tensor([1, 2]).pad([[1, 2]]).toArray(); // [0, 1, 2, 0, 0]
 */
export function pad(x: Tensor, widths: PadWidths, options: { value?: number } = {}): Tensor {
  const node = nodeOf(x, 'pad');
  const { value = 0 } = optionsOf(options, 'pad', ['value']);
  check(typeof value === 'number', 'pad', () => `the value is a number, not ${describe(value)}`);
  checkFits(value, node.dtype, 'pad');
  const missing = node.shape.length - (isList(widths) ? widths.length : 0);
  check(
    isList(widths) && missing >= 0,
    'pad',
    () => `needs at most one [before, after] per axis of ${formatShape(node.shape)}, not ${describe(widths)}`,
  );
  for (const pair of Array.from<unknown>(widths)) {
    check(
      isList(pair) && pair.length === 2 && Array.from(pair).every(Number.isInteger),
      'pad',
      () => `widths are pairs [before, after] of whole numbers, not ${describeList(pair)}`,
    );
  }
  const padding = node.shape.map((extent, axis) => {
    const [low, high] = widths[axis - missing] ?? [0, 0];
    check(
      low + high + extent >= 0 && -low <= extent && -high <= extent,
      'pad',
      () => `cannot crop [${low}, ${high}] from axis ${axis} of ${formatShape(node.shape)}`,
    );
    return { low, high, interior: 0 };
  });
  const padded = build.pad(node, padding, value);
  checkSize(padded.shape, 'pad');
  return wrap(padded);
}

/**
 * What to take along one axis: `null` all of it; a number one element, dropping the axis;
 * [start, stop, step] a range without `stop`. Negative positions count from the end, `null` means "to the end", a
 * negative step walks backwards, and ranges are cut off at the axis' ends, all as in Python.
 */
export type SliceRange = null | number | readonly [start: number | null, stop?: number | null, step?: number];

interface NormalizedRange {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

function normalizeRange(range: Exclude<SliceRange, null>, extent: number, axis: number): NormalizedRange {
  if (typeof range === 'number') {
    check(
      Number.isInteger(range) && range >= -extent && range < extent,
      'slice',
      () => `index ${range} is out of range for axis ${axis} of extent ${extent}`,
    );
    return { start: range < 0 ? range + extent : range, step: 1, count: 1 };
  }
  check(
    isList(range) && range.length <= 3,
    'slice',
    () =>
      `a range is null, a number or [start, stop, step], not ${describe(range)}${isList(range) ? ` of ${range.length}` : ''}`,
  );
  const [first, last = null, step = 1] = range;
  check(
    Number.isInteger(step) && step !== 0,
    'slice',
    () => `a step is a whole number other than 0, not ${describe(step)}`,
  );
  for (const bound of [first, last])
    check(
      bound === null || Number.isInteger(bound),
      'slice',
      () => `a bound is a whole number or null, not ${describe(bound)}`,
    );
  const lowest = step > 0 ? 0 : -1;
  const highest = step > 0 ? extent : extent - 1;
  const clip = (bound: number): number =>
    Math.min(Math.max(bound < 0 ? bound + extent : bound, lowest), highest);
  const start = first === null ? (step > 0 ? 0 : extent - 1) : clip(first);
  const stop = last === null ? (step > 0 ? extent : -1) : clip(last);
  return { start, step, count: Math.max(0, Math.ceil((stop - start) / step)) };
}

/**
 * A part of a tensor, by one range per axis (see {@link SliceRange}); axes not mentioned are kept whole.
 * @example
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * x.slice([0]).toArray(); // [1, 2, 3]
 * x.slice([null, [null, null, -2]]).toArray(); // [[3, 1], [6, 4]]
 */
export function slice(x: Tensor, ranges: readonly SliceRange[]): Tensor {
  const node = nodeOf(x, 'slice');
  check(
    isList(ranges) && ranges.length <= node.shape.length,
    'slice',
    () => `needs at most one range per axis of ${formatShape(node.shape)}, not ${describe(ranges)}`,
  );
  const normalized = node.shape.map((extent, axis) => normalizeRange(ranges[axis] ?? [null], extent, axis));
  const shape = normalized.map(({ count }) => count);
  const backwards = normalized.flatMap(({ step }, axis) => (step < 0 ? [axis] : []));
  // A backwards walk is the same elements forwards, flipped.
  const starts = normalized.map(({ start, step, count }) =>
    step < 0 && count > 0 ? start + (count - 1) * step : start,
  );
  const taken = build.flip(
    build.slice(
      node,
      starts,
      normalized.map(({ step }) => Math.abs(step)),
      shape,
    ),
    backwards,
  );
  return wrap(
    build.reshape(
      taken,
      shape.filter((_, axis) => typeof ranges[axis] !== 'number'),
    ),
  );
}

/**
 * In reverse order along the given axes (all when left out).
 * @example tensor([1, 2, 3]).flip().toArray(); // [3, 2, 1]
 */
export function flip(x: Tensor, axes?: Axes): Tensor {
  const node = nodeOf(x, 'flip');
  return wrap(build.flip(node, normalizeAxes(axes, node.shape.length, 'flip')));
}

/** The nodes of several tensors of one rank and dtype. */
function nodesOf(tensors: readonly Tensor[], operation: string): [Node, ...Node[]] {
  if (!isList(tensors)) fail(operation, `expected an array of tensors, not ${describe(tensors)}`);
  const nodes = Array.from(tensors, (tensor) => nodeOf(tensor, operation));
  const [first] = nodes;
  check(first !== undefined, operation, () => 'needs at least one tensor');
  for (const node of nodes) {
    check(
      node.dtype === first.dtype,
      operation,
      () => `dtypes differ: ${first.dtype} and ${node.dtype}; use cast`,
    );
  }
  return nodes as [Node, ...Node[]];
}

/**
 * Tensors joined along an existing axis; their other extents and their dtypes must agree.
 * @example concat([tensor([1]), tensor([2, 3])]).toArray(); // [1, 2, 3]
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const nodes = nodesOf(tensors, 'concat');
  const [{ shape }] = nodes;
  const along = normalizeAxis(axis, shape.length, 'concat');
  for (const node of nodes) {
    const fits =
      node.shape.length === shape.length &&
      node.shape.every((extent, k) => k === along || extent === shape[k]);
    check(
      fits,
      'concat',
      () => `shapes differ outside axis ${along}: ${formatShape(shape)} and ${formatShape(node.shape)}`,
    );
  }
  const joined = build.concat(nodes, along);
  checkSize(joined.shape, 'concat');
  return wrap(joined);
}

/**
 * Tensors of one shape joined along a new axis.
 * @example stack([tensor([1, 2]), tensor([3, 4])]).toArray(); // [[1, 2], [3, 4]]
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const nodes = nodesOf(tensors, 'stack');
  const [{ shape }] = nodes;
  for (const node of nodes)
    check(
      equalShapes(node.shape, shape),
      'stack',
      () => `shapes differ: ${formatShape(shape)} and ${formatShape(node.shape)}`,
    );
  const along = normalizeAxis(axis, shape.length + 1, 'stack');
  return concat(
    tensors.map((tensor) => unsqueeze(tensor, along)),
    along,
  );
}

/**
 * Consecutive parts along an axis: of the given size (the last may be smaller), or of the given sizes.
 * @example arange(5).split(2).map((part) => part.toArray()); // [[0, 1], [2, 3], [4]]
 */
export function split(x: Tensor, sizes: number | readonly number[], axis = 0): Tensor[] {
  const { shape } = nodeOf(x, 'split');
  const along = normalizeAxis(axis, shape.length, 'split');
  const extent = shape[along]!;
  if (typeof sizes !== 'number' && !isList(sizes))
    fail('split', `sizes are a number or an array of numbers, not ${describe(sizes)}`);
  const wholeNumbers = Array.from(typeof sizes === 'number' ? [sizes] : sizes).every(
    (size) => Number.isInteger(size) && size >= 0,
  );
  check(wholeNumbers && sizes !== 0, 'split', () => `sizes are whole numbers, not ${describeList(sizes)}`);
  const list =
    typeof sizes === 'number'
      ? Array.from({ length: Math.max(1, Math.ceil(extent / sizes)) }, (_, k) =>
          Math.min(sizes, extent - k * sizes),
        )
      : sizes;
  const total = list.reduce((sum, size) => sum + size, 0);
  check(
    total === extent,
    'split',
    () =>
      `the sizes ${formatShape(list)} add up to ${total}, but axis ${along} of ${formatShape(shape)} has ${extent}`,
  );
  const before = shape.slice(0, along).map(() => null);
  let start = 0;
  return list.map((size) => {
    start += size;
    return slice(x, [...before, [start - size, start]]);
  });
}

/**
 * The whole tensor repeated `counts[k]` times along axis k; extra counts add leading axes. NumPy's `tile`, PyTorch's `repeat`.
 * @example tensor([1, 2]).repeat([2]).toArray(); // [1, 2, 1, 2]
 */
export function repeat(x: Tensor, counts: readonly number[]): Tensor {
  const { shape } = nodeOf(x, 'repeat');
  checkShape(counts, 'repeat');
  const missing = counts.length - shape.length;
  check(
    missing >= 0,
    'repeat',
    () => `needs at least one count per axis of ${formatShape(shape)}, not ${formatShape(counts)}`,
  );
  const extents = counts.map((_, axis) => shape[axis - missing] ?? 1);
  const repeated = extents.map((extent, axis) => extent * counts[axis]!);
  checkSize(repeated, 'repeat');
  const paired = extents.flatMap((extent) => [1, extent]);
  const grown = extents.flatMap((extent, axis) => [counts[axis]!, extent]);
  return reshape(expand(reshape(x, paired), grown), repeated);
}

/** Keeps the entries whose column − row satisfies a bound, by masking with 0. */
function triangle(
  x: Tensor,
  diagonal: number,
  operation: string,
  keep: (row: Tensor, column: Tensor) => Tensor,
): Tensor {
  const { shape } = nodeOf(x, operation);
  check(
    Number.isInteger(diagonal),
    operation,
    () => `the diagonal is a whole number, not ${describe(diagonal)}`,
  );
  check(shape.length >= 2, operation, () => `needs at least two axes, not ${formatShape(shape)}`);
  return where(keep(iota(shape, -2), iota(shape, -1)), x, false);
}

/**
 * The lower triangle of the last two axes: zeros above diagonal number `diagonal` (0 the main one, 1 the one above it).
 * @example ones([2, 2]).tril().toArray(); // [[1, 0], [1, 1]]
 */
export function tril(x: Tensor, diagonal = 0): Tensor {
  return triangle(x, diagonal, 'tril', (row, column) => lessEqual(column, add(row, diagonal)));
}

/**
 * The upper triangle of the last two axes: zeros below diagonal number `diagonal`.
 * @example ones([2, 2]).triu().toArray(); // [[1, 1], [0, 1]]
 */
export function triu(x: Tensor, diagonal = 0): Tensor {
  return triangle(x, diagonal, 'triu', (row, column) => lessEqual(add(row, diagonal), column));
}

/**
 * The main diagonal of the last two axes, which must have equal extents.
 * @example tensor([[1, 2], [3, 4]]).diagonal().toArray(); // [1, 4]
 */
export function diagonal(x: Tensor): Tensor {
  const { shape } = nodeOf(x, 'diagonal');
  const extent = shape.at(-1) ?? 0;
  check(
    shape.length >= 2 && shape.at(-2) === extent,
    'diagonal',
    () => `needs a square matrix in the last two axes, not ${formatShape(shape)}`,
  );
  const leading = shape.slice(0, -2);
  if (extent === 0) return reshape(x, [...leading, 0]);
  // In rows one longer than the matrix's, its diagonal is the first column.
  const lengthened = reshape(pad(reshape(x, [...leading, extent * extent]), [[0, extent]]), [
    ...leading,
    extent,
    extent + 1,
  ]);
  return slice(lengthened, [...leading.map(() => null), null, 0]);
}
