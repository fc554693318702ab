/**
 * @file Adaptive average pooling over images.
 */
import type { Tensor } from '@windfall/core';
import { adaptiveAvgPool2d, type OutputSize } from '../functional/adaptive-pool.ts';
import { AdaptivePool } from './adaptive-pool.ts';

/**
 * The means of as many windows as asked for, spread evenly: PyTorch's `nn.AdaptiveAvgPool2d`.
 * @example new AdaptiveAvgPool2d([1, null]).forward(zeros([8, 16, 7, 7])).shape; // [8, 16, 1, 7]
 */
export class AdaptiveAvgPool2d extends AdaptivePool {
  /**
   * @param outputSize one number for both axes, or [rows, columns]; `null` keeps an extent
   * @throws if it is anything else
   */
  constructor(outputSize: OutputSize) {
    super(2, outputSize);
  }

  /**
   * @param x [N, C, H, W] or [C, H, W], f32 or f64
   * @returns the same axes with the last two of the size asked for
   * @throws if x has other axes, or one without elements
   */
  forward(x: Tensor): Tensor {
    return this.compute(x, 'adaptiveAvgPool2d', adaptiveAvgPool2d);
  }
}
