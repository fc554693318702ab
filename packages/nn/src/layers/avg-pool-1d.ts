/**
 * @file Average pooling along one axis.
 */
import type { PerAxis, Tensor } from '@windfall/core';
import { avgPool1d, type AvgPool1dOptions } from '../functional/avg-pool.ts';
import { AvgPool } from './avg-pool.ts';

/**
 * The mean of each window: PyTorch's `nn.AvgPool1d`.
 * @example new AvgPool1d(2).forward(zeros([8, 16, 28])).shape; // [8, 16, 14]
 */
export class AvgPool1d extends AvgPool {
  /**
   * @throws if a size is not a whole number in its range, the padding is more than half of the window, or an option is
   *   unknown
   */
  constructor(kernelSize: PerAxis, options: AvgPool1dOptions = {}) {
    super(1, kernelSize, options);
  }

  /**
   * @param x [N, C, L] or [C, L]
   * @returns the same axes, the last counting windows
   * @throws if x has other axes, or the window is larger than the padded input
   */
  forward(x: Tensor): Tensor {
    return this.compute(x, 'avgPool1d', avgPool1d);
  }
}
