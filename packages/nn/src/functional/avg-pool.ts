/**
 * @file The mean of each window: core's average pooling, with a rest at the end or another divisor if asked for.
 */
import {
  avgPool1d as fullAvgPool1d,
  avgPool2d as fullAvgPool2d,
  ones,
  type PerAxis,
  type Tensor,
} from '@windfall/core';
import { check, checkFlag, sizeOf } from '@windfall/core/extension';
import { checkNumber, checkTensor, optionsOf } from '../arguments.ts';
import { checkImages, lackingFor, type PoolOptions, type Windows, windowsOf } from './windows.ts';

/** For {@link avgPool1d}. */
export interface AvgPool1dOptions extends PoolOptions {
  /** Whether padding counts as zeros in the mean (the default) or is left out of it. */
  countIncludePad?: boolean;
}

/** For {@link avgPool2d}. */
export interface AvgPool2dOptions extends AvgPool1dOptions {
  /** What sums are divided by instead of the number of elements; `null` (the default) for that number. */
  divisorOverride?: number | null;
}

export const avgPoolKeys = ['stride', 'padding', 'ceilMode', 'countIncludePad'] as const;

/** The options that only average pooling has, after checking them. */
export function divisorOf(
  { countIncludePad = true, divisorOverride = null }: AvgPool2dOptions,
  operation: string,
): { countIncludePad: boolean; divisorOverride: number | null } {
  checkFlag(countIncludePad, operation, 'countIncludePad');
  if (divisorOverride !== null) {
    checkNumber(divisorOverride, operation, 'divisorOverride');
    check(divisorOverride !== 0, operation, () => 'divisorOverride is not 0');
  }
  return { countIncludePad, divisorOverride };
}

/** What share of each window counts, where it is not the whole of it: [1, …windows]. */
function shareOf(
  x: Tensor,
  { kernelSize, stride, padding }: Windows,
  lacking: readonly number[],
  countIncludePad: boolean,
  pool: typeof fullAvgPool1d,
): Tensor {
  const border = countIncludePad ? padding : padding.map(() => 0);
  const counted = x.shape.slice(-padding.length).map((extent, axis) => extent + 2 * border[axis]!);
  const whole = ones([1, ...counted], { dtype: x.dtype }).pad(
    lacking.map((count, axis) => {
      const rest = padding[axis]! - border[axis]!;
      return [rest, rest + count];
    }),
  );
  return pool(whole, kernelSize, { stride });
}

function avgPool(
  x: Tensor,
  kernelSize: PerAxis,
  options: AvgPool2dOptions,
  axes: 1 | 2,
  operation: string,
  pool: typeof fullAvgPool1d,
): Tensor {
  checkTensor(x, operation);
  const known = axes === 1 ? avgPoolKeys : ([...avgPoolKeys, 'divisorOverride'] as const);
  const { countIncludePad, divisorOverride } = divisorOf(optionsOf(options, operation, known), operation);
  const windows = windowsOf(kernelSize, options, axes, operation);
  checkImages(x, axes, operation);
  const { kernelSize: size, stride, padding } = windows;
  const lacking = lackingFor(x, windows);
  const means = pool(x.pad(lacking.map((count) => [0, count])), size, { stride, padding });
  if (divisorOverride !== null) return means.mul(sizeOf(size) / divisorOverride);
  const countsAll = countIncludePad || padding.every((width) => width === 0);
  if (countsAll && lacking.every((count) => count === 0)) return means;
  return means.div(shareOf(x, windows, lacking, countIncludePad, pool));
}

/**
 * The mean of each window along an axis: PyTorch's `avg_pool1d`.
 * @param x [N, C, L] or [C, L]
 * @returns the same axes, the last counting windows
 * @throws if axes or options do not fit, or the window is larger than the padded input
 * @example functional.avgPool1d(tensor([[1, 3, 2, 4, 5]]), 2, { ceilMode: true }).toArray(); // [[2, 3, 5]]
 */
export function avgPool1d(x: Tensor, kernelSize: PerAxis, options: AvgPool1dOptions = {}): Tensor {
  return avgPool(x, kernelSize, options, 1, 'avgPool1d', fullAvgPool1d);
}

/**
 * The mean of each window of an image: PyTorch's `avg_pool2d`.
 * @param x [N, C, H, W] or [C, H, W]
 * @returns the same axes, the last two counting windows
 * @throws if axes or options do not fit, or the window is larger than the padded image
 * @example functional.avgPool2d(ones([1, 2, 2]), 2, { divisorOverride: 2 }).toArray(); // [[[2]]]
 */
export function avgPool2d(x: Tensor, kernelSize: PerAxis, options: AvgPool2dOptions = {}): Tensor {
  return avgPool(x, kernelSize, options, 2, 'avgPool2d', fullAvgPool2d);
}
