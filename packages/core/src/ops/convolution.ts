/**
 * @file Convolution and pooling, composed from windows: pad, unfold the spatial axes, then contract or reduce.
 * No gradient is written here: it falls out of those parts.
 */
import { lowestOf, promote } from '../dtype.ts';
import { check, checkFlag, describe, formatShape, isList, optionsOf } from '../errors.ts';
import {
  cast as castNode,
  contract as contractNode,
  pad as padNode,
  unfold as unfoldNode,
  windowCount,
} from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { checkSize } from '../shape.ts';
import { add, div, greater, logicalOr, where } from './elementwise.ts';
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
  const list = typeof value === 'number' ? new Array<number>(axes).fill(value) : value;
  const fits =
    isList(list) && list.length === axes && list.every((item) => Number.isInteger(item) && item >= lowest);
  check(
    fits,
    operation,
    () =>
      `${name} is a whole number ≥ ${lowest}, or ${axes} of them, not ${isList(value) ? formatShape(value) : describe(value)}`,
  );
  return [...list];
}

interface Windows {
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
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
    const available = padded.shape[leading + k]!;
    check(
      windowCount(available, extent, stride[k]!, dilation[k]!) > 0,
      operation,
      () =>
        `the window reaches over ${(extent - 1) * dilation[k]! + 1} elements, but spatial axis ${k} of ${formatShape(node.shape)} has ${available} with its padding`,
    );
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
  const windows = windowsOf(
    castNode(input, dtype),
    operation,
    {
      size,
      stride: perAxis(stride, axes, 1, operation, 'stride'),
      padding: perAxis(padding, axes, 0, operation, 'padding'),
      dilation: perAxis(dilation, axes, 1, operation, 'dilation'),
    },
    0,
  );
  const positions = windows.shape.slice(2, 2 + axes);
  // Labels: 0 batch, 1 group, 2 output, 3 channel, then positions, then places within the window.
  const position = positions.map((_, k) => 4 + k);
  const place = positions.map((_, k) => 4 + axes + k);
  const left = reshape(wrap(windows), [batch, groups, channelsPerGroup, ...windows.shape.slice(2)]).node;
  const right = castNode(reshape(weight, [groups, outputs / groups, channelsPerGroup, ...size]).node, dtype);
  const product = contractNode(left, right, {
    left: [0, 1, 3, ...position, ...place],
    right: [1, 2, 3, ...place],
    output: [0, 1, 2, ...position],
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

/** The windows of a pooling, [..., n₁, n₂, k₁, k₂]. */
function poolWindows(
  x: Tensor,
  size: PerAxis,
  options: WindowOptions,
  axes: number,
  operation: string,
  padValue: number,
): Tensor {
  const node = nodeOf(x, operation);
  check(
    node.shape.length > axes,
    operation,
    () => `needs at least ${axes + 1} axes [channels, …], not ${formatShape(node.shape)}`,
  );
  const windowSize = perAxis(size, axes, 1, operation, 'the window size');
  const padding = perAxis(options.padding ?? 0, axes, 0, operation, 'padding');
  padding.forEach((width, k) => {
    check(
      2 * width <= windowSize[k]!,
      operation,
      () => `padding ${width} is more than half of the window size ${windowSize[k]}`,
    );
  });
  const stride = perAxis(options.stride ?? windowSize, axes, 1, operation, 'stride');
  const dilation = perAxis(options.dilation ?? 1, axes, 1, operation, 'dilation');
  return wrap(windowsOf(node, operation, { size: windowSize, stride, padding, dilation }, padValue));
}

/** The largest element of each window; of several the first, which alone gets the gradient (as PyTorch's pooling). */
function maxPool(x: Tensor, size: PerAxis, options: WindowOptions, axes: number, operation: string): Tensor {
  const { dtype } = nodeOf(x, operation);
  const checked = optionsOf(options, operation, windowKeys);
  const windows = poolWindows(x, size, checked, axes, operation, lowestOf(dtype));
  const positions = windows.shape.slice(0, -axes);
  const places = windows.shape.slice(-axes).reduce((count, extent) => count * extent, 1);
  const flat = reshape(windows, [...positions, places]);
  const place = (k: number): Tensor => slice(flat, [...positions.map(() => null), k]);
  let largest = place(0);
  for (let k = 1; k < places; k++) {
    const candidate = place(k);
    largest = where(logicalOr(greater(candidate, largest), isNaN(candidate)), candidate, largest);
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
