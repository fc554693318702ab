/**
 * @file Convolution and pooling, composed from windows: pad, unfold the spatial axes, then contract or reduce.
 * No gradient is written here: it falls out of those parts.
 */
import { isFloat, lowestOf, promote } from '../dtype.ts';
import { check, checkFlag, describe, describeList, formatShape, isList, optionsOf } from '../errors.ts';
import {
  cast as castNode,
  constant as constantNode,
  contract as contractNode,
  pad as padNode,
  unfold as unfoldNode,
  windowCount,
} from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { checkSize, sizeOf } from '../shape.ts';
import { add, div, greater, logicalAnd, logicalNot, logicalOr, where } from './elementwise.ts';
import { isNaN } from './activation.ts';
import { ones } from './create.ts';
import { reshape, slice } from './movement.ts';
import { mean, sum } from './reduce.ts';
import { nodeOf, type Tensor, wrap } from './tensor.ts';

/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[];

/** How windows lie over the spatial axes. */
export interface WindowOptions {
  /** From the start of one window to the start of the next; for pooling, by default the window's size. */
  stride?: PerAxis;
  /** What is added at both ends of each axis; by default 0. */
  padding?: PerAxis;
  /** The distance between neighbours within a window; by default 1. */
  dilation?: PerAxis;
}

const windowKeys = ['stride', 'padding', 'dilation'] as const;

function perAxis(value: PerAxis, axes: number, lowest: number, operation: string, name: string): number[] {
  const list =
    typeof value === 'number'
      ? new Array<number>(axes).fill(value)
      : isList(value)
        ? Array.from(value)
        : value;
  const fits =
    isList(list) && list.length === axes && list.every((item) => Number.isInteger(item) && item >= lowest);
  check(
    fits,
    operation,
    () => `${name} is a whole number ≥ ${lowest}, or ${axes} of them, not ${describeList(value)}`,
  );
  return [...list];
}

interface Windows {
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

/** Throws unless at least one window fits along every axis. */
function checkWindows(node: Node, operation: string, { size, stride, padding, dilation }: Windows): void {
  size.forEach((extent, k) => {
    const available = node.shape.at(k - size.length)! + 2 * padding[k]!;
    check(
      windowCount(available, extent, stride[k]!, dilation[k]!) > 0,
      operation,
      () =>
        `the window reaches over ${(extent - 1) * dilation[k]! + 1} elements, but spatial axis ${k} of ${formatShape(node.shape)} has ${available} with its padding`,
    );
  });
}

/** Pads the trailing spatial axes and unfolds them: [..., s₁, s₂] becomes [..., n₁, n₂, k₁, k₂]. */
function windowsOf(
  node: Node,
  operation: string,
  { size, stride, padding, dilation }: Windows,
  padValue: number,
): Node {
  const leading = node.shape.length - size.length;
  const none = { low: 0, high: 0, interior: 0 };
  const border = padding.map((width) => ({ low: width, high: width, interior: 0 }));
  const padded = padNode(node, [...new Array<typeof none>(leading).fill(none), ...border], padValue);
  checkSize(padded.shape, operation);
  let unfolded = padded;
  size.forEach((extent, k) => {
    unfolded = unfoldNode(unfolded, leading + k, extent, stride[k]!, dilation[k]!);
    checkSize(unfolded.shape, operation);
  });
  return unfolded;
}

/** For convolutions. */
export interface ConvolutionOptions extends WindowOptions {
  /** Added to each output channel: [outputChannels]. */
  bias?: Tensor | null;
  /** Splits the channels into this many independent convolutions; by default 1. */
  groups?: number;
}

/** [N, C, …spatial] * [O, C/groups, …window] → [N, O, …positions], for any number of spatial axes. */
function convolution(
  x: Tensor,
  weight: Tensor,
  options: ConvolutionOptions,
  axes: number,
  operation: string,
): Tensor {
  const {
    bias = null,
    stride = 1,
    padding = 0,
    dilation = 1,
    groups = 1,
  } = optionsOf(options, operation, [...windowKeys, 'bias', 'groups']);
  const input = nodeOf(x, operation);
  const kernel = nodeOf(weight, operation);
  const layout = (shape: readonly number[]): boolean => shape.length === axes + 2;
  check(
    layout(input.shape),
    operation,
    () => `the input has ${axes + 2} axes [batch, channels, …], not ${formatShape(input.shape)}`,
  );
  check(
    layout(kernel.shape),
    operation,
    () => `the weight has ${axes + 2} axes [outputs, channels / groups, …], not ${formatShape(kernel.shape)}`,
  );
  check(
    input.dtype === kernel.dtype,
    operation,
    () => `dtypes differ: ${input.dtype} × ${kernel.dtype}; use cast`,
  );
  const [batch, channels] = input.shape as [number, number];
  const [outputs, channelsPerGroup, ...size] = kernel.shape as [number, number, ...number[]];
  check(
    size.every((extent) => extent > 0),
    operation,
    () => `the window of the weight ${formatShape(kernel.shape)} has no elements`,
  );
  const divides = Number.isInteger(groups) && groups > 0 && channels % groups === 0 && outputs % groups === 0;
  check(
    divides,
    operation,
    () =>
      `groups (${describe(groups)}) must divide the input's ${channels} channels and the weight's ${outputs} outputs`,
  );
  check(
    channelsPerGroup * groups === channels,
    operation,
    () =>
      `the weight ${formatShape(kernel.shape)} with ${groups} groups needs ${channelsPerGroup * groups} channels, but the input ${formatShape(input.shape)} has ${channels}`,
  );
  // Booleans count as i32, as in matmul.
  const dtype = promote(input.dtype, 'i32');
  const places = {
    size,
    stride: perAxis(stride, axes, 1, operation, 'stride'),
    padding: perAxis(padding, axes, 0, operation, 'padding'),
    dilation: perAxis(dilation, axes, 1, operation, 'dilation'),
  };
  checkWindows(input, operation, places);
  const windows = windowsOf(castNode(input, dtype), operation, places, 0);
  const positions = windows.shape.slice(2, 2 + axes);
  // Labels: 0 batch, 1 group, 2 output, 3 channel, then positions, then places within the window.
  const position = positions.map((_, k) => 4 + k);
  const place = positions.map((_, k) => 4 + axes + k);
  const [group, split] = groups === 1 ? [[], []] : [[1], [groups]];
  const left = reshape(wrap(windows), [batch, ...split, channelsPerGroup, ...windows.shape.slice(2)]);
  const right = reshape(weight, [...split, outputs / groups, channelsPerGroup, ...size]);
  const product = contractNode(left.node, castNode(right.node, dtype), {
    left: [0, ...group, 3, ...position, ...place],
    right: [...group, 2, 3, ...place],
    output: [0, ...group, 2, ...position],
  });
  checkSize(product.shape, operation);
  const result = reshape(wrap(product), [batch, outputs, ...positions]);
  if (bias === null) return result;
  const offset = nodeOf(bias, operation);
  check(
    offset.shape.length === 1 && offset.shape[0] === outputs,
    operation,
    () => `the bias has shape ${formatShape([outputs])}, not ${formatShape(offset.shape)}`,
  );
  check(
    offset.dtype === dtype,
    operation,
    () => `the bias has dtype ${dtype}, as the product, not ${offset.dtype}; use cast`,
  );
  return add(result, reshape(bias, [outputs, ...positions.map(() => 1)]));
}

/**
 * One-dimensional convolution (cross-correlation, as in every deep-learning library).
 * @param x [batch, channels, length]
 * @param weight [outputs, channels / groups, window]
 * @returns [batch, outputs, positions]
 * @example conv1d(ones([1, 1, 5]), ones([1, 1, 3])).toArray(); // [[[3, 3, 3]]]
 */
export function conv1d(x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor {
  return convolution(x, weight, options, 1, 'conv1d');
}

/**
 * Two-dimensional convolution (cross-correlation, as in every deep-learning library).
 * @param x [batch, channels, height, width]
 * @param weight [outputs, channels / groups, window height, window width]
 * @returns [batch, outputs, rows, columns]
 * @example conv2d(ones([1, 3, 8, 8]), ones([5, 3, 3, 3]), { padding: 1 }).shape; // [1, 5, 8, 8]
 */
export function conv2d(x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor {
  return convolution(x, weight, options, 2, 'conv2d');
}

/** A pooling's input and windows, both checked. */
function poolingOf(
  x: Tensor,
  size: PerAxis,
  options: WindowOptions,
  axes: number,
  operation: string,
): { node: Node; windows: Windows } {
  const node = nodeOf(x, operation);
  check(
    node.shape.length > axes,
    operation,
    () => `needs at least ${axes + 1} axes [channels, …], not ${formatShape(node.shape)}`,
  );
  const windowSize = perAxis(size, axes, 1, operation, 'the window size');
  const { stride = windowSize, padding = 0, dilation = 1 } = options;
  const widths = perAxis(padding, axes, 0, operation, 'padding');
  widths.forEach((width, k) => {
    check(
      2 * width <= windowSize[k]!,
      operation,
      () => `padding ${width} is more than half of the window size ${windowSize[k]}`,
    );
  });
  const windows = {
    size: windowSize,
    stride: perAxis(stride, axes, 1, operation, 'stride'),
    padding: widths,
    dilation: perAxis(dilation, axes, 1, operation, 'dilation'),
  };
  checkWindows(node, operation, windows);
  return { node, windows };
}

/** The windows of a pooling, [..., n₁, n₂, k₁, k₂]. */
function poolWindows(
  x: Tensor,
  size: PerAxis,
  options: WindowOptions,
  axes: number,
  operation: string,
  padValue: number,
): Tensor {
  const { node, windows } = poolingOf(x, size, options, axes, operation);
  return wrap(windowsOf(node, operation, windows, padValue));
}

/** Up to so many places windows are searched at once, larger ones along one axis after the other. */
const mostPlaces = 16;

/** The largest element of each window; of several the first, which alone gets the gradient (as PyTorch's pooling). */
function maxPool(x: Tensor, size: PerAxis, options: WindowOptions, axes: number, operation: string): Tensor {
  const checked = optionsOf(options, operation, windowKeys);
  const { node, windows } = poolingOf(x, size, checked, axes, operation);
  if (sizeOf(windows.size) <= mostPlaces) return largestOf(node, windows, operation);
  // The first of the largest in the first row that has one: rows are searched first, then the column of their results.
  return windows.size.reduceRight<Tensor>((largest, _, axis) => {
    const along = (list: readonly number[], none: number): number[] =>
      list.map((value, k) => (k === axis ? value : none));
    const { size: sizes, stride, padding, dilation } = windows;
    const line = {
      size: along(sizes, 1),
      stride: along(stride, 1),
      padding: along(padding, 0),
      dilation: along(dilation, 1),
    };
    return largestOf(largest.node, line, operation);
  }, x);
}

/** The largest element of each window, found by looking at one place after the other. */
function largestOf(node: Node, windows: Windows, operation: string): Tensor {
  const { size, padding, dilation } = windows;
  const axes = size.length;
  const flatten = (unfolded: Node): ((place: number) => Tensor) => {
    const positions = unfolded.shape.slice(0, -axes);
    const flat = reshape(wrap(unfolded), [...positions, sizeOf(size)]);
    return (place) => slice(flat, [...positions.map(() => null), place]);
  };
  const elementAt = flatten(windowsOf(node, operation, windows, lowestOf(node.dtype)));
  // Padding is as large as −∞, but it never wins.
  const inside = constantNode(1, node.shape.slice(-axes), 'bool');
  const insideAt = flatten(windowsOf(inside, operation, windows, 0));
  const mayBePadding = (place: number): boolean =>
    isFloat(node.dtype) &&
    size.some((extent, axis) => {
      const along = Math.floor(place / sizeOf(size.slice(axis + 1))) % extent;
      return Math.min(along, extent - 1 - along) * dilation[axis]! < padding[axis]!;
    });
  const isInside = (place: number): Tensor | null => (mayBePadding(place) ? insideAt(place) : null);

  let largest = elementAt(0);
  let found = isInside(0);
  for (let place = 1; place < sizeOf(size); place++) {
    const candidate = elementAt(place);
    let wins = logicalOr(greater(candidate, largest), isNaN(candidate));
    if (found !== null) {
      const here = isInside(place);
      const first = here === null ? logicalNot(found) : logicalAnd(here, logicalNot(found));
      wins = logicalOr(wins, first);
      found = here && logicalOr(found, here);
    }
    largest = where(wins, candidate, largest);
  }
  return largest;
}

/**
 * The largest element of each window along the last axis; padding never wins.
 * @param x [..., channels, length]
 * @example maxPool1d(tensor([[1, 3, 2, 4]]), 2).toArray(); // [[3, 4]]
 */
export function maxPool1d(x: Tensor, size: PerAxis, options: WindowOptions = {}): Tensor {
  return maxPool(x, size, options, 1, 'maxPool1d');
}

/**
 * The largest element of each window over the last two axes; padding never wins.
 * @param x [..., channels, height, width]
 * @example maxPool2d(ones([1, 1, 4, 4]), 2).shape; // [1, 1, 2, 2]
 */
export function maxPool2d(x: Tensor, size: PerAxis, options: WindowOptions = {}): Tensor {
  return maxPool(x, size, options, 2, 'maxPool2d');
}

/** For average pooling. */
export interface AveragePoolOptions extends WindowOptions {
  /** Whether padding counts as zeros in the mean (the default, as PyTorch's) or is left out of it. */
  countIncludePad?: boolean;
}

function avgPool(
  x: Tensor,
  size: PerAxis,
  options: AveragePoolOptions,
  axes: number,
  operation: string,
): Tensor {
  const { countIncludePad = true } = optionsOf(options, operation, [...windowKeys, 'countIncludePad']);
  checkFlag(countIncludePad, operation, 'countIncludePad');
  const windows = poolWindows(x, size, options, axes, operation, 0);
  const places = Array.from({ length: axes }, (_, k) => k - axes);
  if (countIncludePad) return mean(windows, places);
  const counted = poolWindows(
    ones(x.shape.slice(-axes - 1).with(0, 1), { dtype: x.dtype }),
    size,
    options,
    axes,
    operation,
    0,
  );
  return div(sum(windows, places), sum(counted, places));
}

/**
 * The mean of each window along the last axis.
 * @param x [..., channels, length]
 * @example avgPool1d(tensor([[1, 3, 2, 4]]), 2).toArray(); // [[2, 3]]
 */
export function avgPool1d(x: Tensor, size: PerAxis, options: AveragePoolOptions = {}): Tensor {
  return avgPool(x, size, options, 1, 'avgPool1d');
}

/**
 * The mean of each window over the last two axes.
 * @param x [..., channels, height, width]
 * @example avgPool2d(ones([1, 1, 4, 4]), 2).toArray(); // [[[[1, 1], [1, 1]]]]
 */
export function avgPool2d(x: Tensor, size: PerAxis, options: AveragePoolOptions = {}): Tensor {
  return avgPool(x, size, options, 2, 'avgPool2d');
}
