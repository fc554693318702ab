/**
 * @file Max pooling over images.
 */
import type { PerAxis, Tensor } from '@windfall/core';
import { maxPool2d, type MaxPoolOptions } from '../functional/max-pool.ts';
import { MaxPool } from './max-pool.ts';

/** For {@link MaxPool2d}. A pair is [vertical, horizontal]. */
export type MaxPool2dOptions = MaxPoolOptions;

/**
 * The largest element of each window: PyTorch's `nn.MaxPool2d`. Of several that tie the first gets the gradient.
 * @example new MaxPool2d(2).forward(zeros([8, 16, 28, 28])).shape; // [8, 16, 14, 14]
 */
export class MaxPool2d extends MaxPool {
  /**
   * @throws if a size is not a whole number in its range, the padding is more than half of the window, or an option is
   *   unknown
   */
  constructor(kernelSize: PerAxis, options: MaxPool2dOptions = {}) {
    super(2, kernelSize, options);
  }

  /**
   * @param x [N, C, H, W] or [C, H, W]
   * @returns the same axes, the last two counting windows
   * @throws if x has other axes, or the window is larger than the padded image
   */
  forward(x: Tensor): Tensor {
    return this.compute(x, 'maxPool2d', maxPool2d);
  }
}
