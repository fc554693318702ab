/**
 * @file The largest element of each window: core's max pooling, with a rest at the end if asked for.
 */
import {
  type DType,
  maxPool1d as fullMaxPool1d,
  maxPool2d as fullMaxPool2d,
  type PerAxis,
  type Tensor,
} from '@windfall/core';
import { checkTensor, optionsOf } from '../arguments.ts';
import { checkImages, lackingFor, type PoolOptions, windowsOf } from './windows.ts';

/** For {@link maxPool1d} and {@link maxPool2d}. What is added around is never the largest. */
export interface MaxPoolOptions extends PoolOptions {
  /** The distance between neighbours within a window; by default 1. */
  dilation?: PerAxis;
}

export const maxPoolKeys = ['stride', 'padding', 'dilation', 'ceilMode'] as const;

/** What no element is smaller than. */
const lowest: Readonly<Record<DType, number>> = { f32: -Infinity, f64: -Infinity, i32: -(2 ** 31), bool: 0 };

function maxPool(
  x: Tensor,
  kernelSize: PerAxis,
  options: MaxPoolOptions,
  axes: 1 | 2,
  operation: string,
  pool: typeof fullMaxPool1d,
): Tensor {
  checkTensor(x, operation);
  const windows = windowsOf(kernelSize, optionsOf(options, operation, maxPoolKeys), axes, operation);
  checkImages(x, axes, operation);
  const { stride, padding, dilation } = windows;
  const lacking = lackingFor(x, windows);
  const whole = x.pad(
    lacking.map((count) => [0, count]),
    { value: lowest[x.dtype] },
  );
  return pool(whole, windows.kernelSize, { stride, padding, dilation });
}

/**
 * The largest element of each window along an axis: PyTorch's `max_pool1d`. Of several that tie the first gets the
 * gradient.
 * @param x [N, C, L] or [C, L]
 * @returns the same axes, the last counting windows
 * @throws if axes or options do not fit, or the window is larger than the padded input
 * @example functional.maxPool1d(tensor([[1, 3, 2, 4, 0]]), 2, { ceilMode: true }).toArray(); // [[3, 4, 0]]
 */
export function maxPool1d(x: Tensor, kernelSize: PerAxis, options: MaxPoolOptions = {}): Tensor {
  return maxPool(x, kernelSize, options, 1, 'maxPool1d', fullMaxPool1d);
}

/**
 * The largest element of each window of an image: PyTorch's `max_pool2d`. Of several that tie the first gets the
 * gradient.
 * @param x [N, C, H, W] or [C, H, W]
 * @returns the same axes, the last two counting windows
 * @throws if axes or options do not fit, or the window is larger than the padded image
 * @example functional.maxPool2d(ones([3, 5, 5]), 2, { ceilMode: true }).shape; // [3, 3, 3]
 */
export function maxPool2d(x: Tensor, kernelSize: PerAxis, options: MaxPoolOptions = {}): Tensor {
  return maxPool(x, kernelSize, options, 2, 'maxPool2d', fullMaxPool2d);
}
