/**
 * @file Max pooling along one axis.
 */
import type { PerAxis, Tensor } from '@windfall/core';
import { maxPool1d, type MaxPoolOptions } from '../functional/max-pool.ts';
import { MaxPool } from './max-pool.ts';

/** For {@link MaxPool1d}. */
export type MaxPool1dOptions = MaxPoolOptions;

/**
 * The largest element of each window: PyTorch's `nn.MaxPool1d`. Of several that tie the first gets the gradient.
 * @example new MaxPool1d(2).forward(zeros([8, 16, 28])).shape; // [8, 16, 14]
 */
export class MaxPool1d extends MaxPool {
  /**
   * @throws if a size is not a whole number in its range, the padding is more than half of the window, or an option is
   *   unknown
   */
  constructor(kernelSize: PerAxis, options: MaxPool1dOptions = {}) {
    super(1, kernelSize, options);
  }

  /**
   * @param x [N, C, L] or [C, L]
   * @returns the same axes, the last counting windows
   * @throws if x has other axes, or the window is larger than the padded input
   */
  forward(x: Tensor): Tensor {
    return this.compute(x, 'maxPool1d', maxPool1d);
  }
}
