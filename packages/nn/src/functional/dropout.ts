/**
 * @file Setting a random part of the values to zero (Srivastava et al. 2014).
 */
import { bernoulli, type Generator, type Shape, type Tensor } from '@windfall/core';
import { check, checkFlag, formatShape } from '@windfall/core/extension';
import { checkFloats, checkGenerator, checkNumber, optionsOf } from '../arguments.ts';

/** For {@link dropout}, {@link dropout1d} and {@link dropout2d}. */
export interface DropoutFunctionOptions {
  /** Whether anything is dropped; by default true. */
  training?: boolean;
  /** Where the random numbers come from; by default core's generator, which `manualSeed` seeds. */
  generator?: Generator;
}

/** x without what a mask of the given shape drops, and the rest scaled up so that its mean stays. */
function masked(
  x: Tensor,
  p: number,
  options: DropoutFunctionOptions,
  operation: string,
  maskOf: (shape: Shape) => Shape,
): Tensor {
  checkFloats(x, operation, 'the input');
  checkNumber(p, operation, 'p', { low: 0, high: 1 });
  const { training = true, generator } = optionsOf(options, operation, ['training', 'generator']);
  checkFlag(training, operation, 'training');
  checkGenerator(generator, operation);
  const shape = maskOf(x.shape);
  if (!training || p === 0) return x;
  const kept = bernoulli(shape, {
    probability: 1 - p,
    dtype: x.dtype,
    ...(generator === undefined ? {} : { generator }),
  });
  return x.mul(p === 1 ? kept : kept.div(1 - p));
}

/** The shape [..., C, 1, …] of a mask for whole channels, where the input has one of the ranks. */
function channelMask(
  ranks: readonly number[],
  layout: string,
  spatial: (rank: number) => number,
  operation: string,
) {
  return (shape: Shape): Shape => {
    check(
      ranks.includes(shape.length),
      operation,
      () => `expected ${ranks.join(' or ')} axes ${layout}, got ${formatShape(shape)}`,
    );
    const first = shape.length - spatial(shape.length);
    return shape.map((extent, axis) => (axis < first ? extent : 1));
  };
}

/**
 * x with each value set to 0 with probability p, and the others divided by 1 − p: PyTorch's `dropout`.
 * @param x any shape, f32 or f64
 * @throws if p is not in [0, 1], or an option unknown
 * @example functional.dropout(ones([4]), 0.5, { generator: new Generator(1) }).toArray(); // [2, 0, 0, 0]
 */
export function dropout(x: Tensor, p = 0.5, options: DropoutFunctionOptions = {}): Tensor {
  return masked(x, p, options, 'dropout', (shape) => shape);
}

/**
 * The same with whole channels: PyTorch's `dropout1d`.
 * @param x [N, C, L] or [C, L], f32 or f64
 * @throws if x has other axes, p is not in [0, 1], or an option unknown
 * @example functional.dropout1d(ones([8, 16, 10]), 0.2).shape; // [8, 16, 10]
 */
export function dropout1d(x: Tensor, p = 0.5, options: DropoutFunctionOptions = {}): Tensor {
  const maskOf = channelMask([2, 3], '[N, C, L] or [C, L]', () => 1, 'dropout1d');
  return masked(x, p, options, 'dropout1d', maskOf);
}

/**
 * The same with whole channels of images: PyTorch's `dropout2d`. Three axes are [N, C, L], as there.
 * @param x [N, C, H, W] or [N, C, L], f32 or f64
 * @throws if x has other axes, p is not in [0, 1], or an option unknown
 * @example functional.dropout2d(ones([8, 16, 7, 7]), 0.2).shape; // [8, 16, 7, 7]
 */
export function dropout2d(x: Tensor, p = 0.5, options: DropoutFunctionOptions = {}): Tensor {
  const maskOf = channelMask([3, 4], '[N, C, H, W] or [N, C, L]', (rank) => rank - 2, 'dropout2d');
  return masked(x, p, options, 'dropout2d', maskOf);
}
