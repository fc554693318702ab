/**
 * @file Convolutions as PyTorch calls them: core's, with padding by name and with inputs that have no batch axis.
 */
import {
  conv1d as conv1dOfBatch,
  conv2d as conv2dOfBatch,
  type ConvolutionOptions as BatchOptions,
  type PerAxis,
  type Tensor,
} from '@windfall/core';
import { check, describe, formatShape } from '@windfall/core/extension';
import { checkTensor, optionsOf, perAxis } from '../arguments.ts';

/** Zeros on both sides of each axis; 'valid' for none, 'same' for as many as leave the extents as they are. */
export type Padding = PerAxis | 'same' | 'valid';

/** For {@link conv1d} and {@link conv2d}. */
export interface ConvolutionOptions {
  /** Added to each output channel: [outputs]; by default nothing is. */
  bias?: Tensor | null;
  /** From one window's start to the next; by default 1. */
  stride?: PerAxis;
  /** By default 0. With 'same', an odd number of zeros has its larger half behind. */
  padding?: Padding;
  /** The distance between neighbours within a window; by default 1. */
  dilation?: PerAxis;
  /** Splits the channels into this many independent convolutions; by default 1. */
  groups?: number;
}

/** How messages print the axes of an input, with its batch or without. */
export function layoutsOf(channels: string | number, axes: 1 | 2): string {
  const sample = `${channels}, ${axes === 1 ? 'L' : 'H, W'}`;
  return `[N, ${sample}] or [${sample}]`;
}

/** Calls `compute` with a batch of one where the input has no batch axis. */
export function withBatch(x: Tensor, axes: 1 | 2, compute: (batch: Tensor) => Tensor): Tensor {
  return x.rank === axes + 2 ? compute(x) : compute(x.unsqueeze(0)).squeeze(0);
}

/** Padding as given, after checking what is not checked by whoever takes numbers. */
export function checkPadding(padding: unknown, stride: readonly number[], operation: string): void {
  check(
    typeof padding !== 'string' || padding === 'same' || padding === 'valid',
    operation,
    () => `padding is 'same', 'valid' or numbers, not ${describe(padding)}`,
  );
  check(
    padding !== 'same' || stride.every((step) => step === 1),
    operation,
    () => `padding 'same' needs stride 1, not ${formatShape(stride)}`,
  );
}

function convolution(
  x: Tensor,
  weight: Tensor,
  options: ConvolutionOptions,
  axes: 1 | 2,
  operation: string,
  convolve: (x: Tensor, weight: Tensor, options: BatchOptions) => Tensor,
): Tensor {
  const known = ['bias', 'stride', 'padding', 'dilation', 'groups'] as const;
  const {
    bias = null,
    stride = 1,
    padding = 0,
    dilation = 1,
    groups = 1,
  } = optionsOf(options, operation, known);
  checkTensor(x, operation);
  checkTensor(weight, operation, 'the weight');
  check(
    x.rank === axes + 1 || x.rank === axes + 2,
    operation,
    () => `expected ${axes + 1} or ${axes + 2} axes ${layoutsOf('C', axes)}, got ${formatShape(x.shape)}`,
  );
  checkPadding(padding, perAxis(stride, axes, operation, 'stride'), operation);
  return withBatch(x, axes, (batch) => {
    if (padding !== 'same') {
      const numbers = padding === 'valid' ? 0 : padding;
      return convolve(batch, weight, { bias, stride, padding: numbers, dilation, groups });
    }
    check(
      weight.rank === axes + 2,
      operation,
      () =>
        `the weight has ${axes + 2} axes [outputs, channels / groups, …], not ${formatShape(weight.shape)}`,
    );
    const distances = perAxis(dilation, axes, operation, 'dilation');
    const zeros = weight.shape.slice(2).map((extent, axis) => (extent - 1) * distances[axis]!);
    const behind = batch.pad(zeros.map((count) => [0, count % 2]));
    return convolve(behind, weight, {
      bias,
      padding: zeros.map((count) => Math.floor(count / 2)),
      dilation,
      groups,
    });
  });
}

/**
 * A convolution (cross-correlation) along one axis: PyTorch's `conv1d`.
 * @param x [N, C, L] or [C, L]
 * @param weight [outputs, C / groups, window]
 * @returns [N, outputs, positions] or [outputs, positions]
 * @throws if axes, channels, groups or dtypes do not fit, or the window is larger than the padded input
 * @example functional.conv1d(ones([1, 4]), ones([1, 1, 3]), { padding: 'same' }).toArray(); // [[2, 3, 3, 2]]
 */
export function conv1d(x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor {
  return convolution(x, weight, options, 1, 'conv1d', conv1dOfBatch);
}

/**
 * A convolution (cross-correlation) over images: PyTorch's `conv2d`.
 * @param x [N, C, H, W] or [C, H, W]
 * @param weight [outputs, C / groups, window height, window width]
 * @returns [N, outputs, rows, columns] or [outputs, rows, columns]
 * @throws if axes, channels, groups or dtypes do not fit, or the window is larger than the padded image
 * @example functional.conv2d(ones([3, 8, 8]), ones([5, 3, 3, 3]), { padding: 'same' }).shape; // [5, 8, 8]
 */
export function conv2d(x: Tensor, weight: Tensor, options: ConvolutionOptions = {}): Tensor {
  return convolution(x, weight, options, 2, 'conv2d', conv2dOfBatch);
}
