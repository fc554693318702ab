/**
 * @file Adaptive max pooling along one axis.
 */
import type { Tensor } from '@windfall/core';
import { adaptiveMaxPool1d, type OutputSize } from '../functional/adaptive-pool.ts';
import { AdaptivePool } from './adaptive-pool.ts';

/**
 * The largest elements of as many windows as asked for, spread evenly: PyTorch's `nn.AdaptiveMaxPool1d`.
 * @example new AdaptiveMaxPool1d(4).forward(zeros([8, 16, 30])).shape; // [8, 16, 4]
 */
export class AdaptiveMaxPool1d extends AdaptivePool {
  /**
   * @param outputSize the number of windows; `null` keeps the length
   * @throws if it is anything else
   */
  constructor(outputSize: OutputSize) {
    super(1, outputSize);
  }

  /**
   * @param x [N, C, L] or [C, L], f32 or f64
   * @returns the same axes with the last of the size asked for
   * @throws if x has other axes, or one without elements
   */
  forward(x: Tensor): Tensor {
    return this.compute(x, 'adaptiveMaxPool1d', adaptiveMaxPool1d);
  }
}
