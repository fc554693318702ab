/**
 * @file Average pooling over images.
 */
import type { PerAxis, Tensor } from '@windfall/core';
import { avgPool2d, type AvgPool2dOptions, divisorOf } from '../functional/avg-pool.ts';
import { AvgPool } from './avg-pool.ts';

/**
 * The mean of each window: PyTorch's `nn.AvgPool2d`.
 * @example new AvgPool2d(2).forward(zeros([8, 16, 28, 28])).shape; // [8, 16, 14, 14]
 */
export class AvgPool2d extends AvgPool {
  /** What sums are divided by; null for the number of elements. */
  readonly divisorOverride: number | null;

  /**
   * @throws if a size is not a whole number in its range, the padding is more than half of the window, or an option is
   *   unknown
   */
  constructor(kernelSize: PerAxis, options: AvgPool2dOptions = {}) {
    super(2, kernelSize, options, ['divisorOverride']);
    this.divisorOverride = divisorOf(options, 'AvgPool2d').divisorOverride;
  }

  /**
   * @param x [N, C, H, W] or [C, H, W]
   * @returns the same axes, the last two counting windows
   * @throws if x has other axes, or the window is larger than the padded image
   */
  forward(x: Tensor): Tensor {
    const { divisorOverride } = this;
    return this.compute(x, 'avgPool2d', (images, kernelSize, options) =>
      avgPool2d(images, kernelSize, { ...options, divisorOverride }),
    );
  }

  protected override details(): string {
    return `${super.details()}, divisorOverride=${this.divisorOverride}`;
  }
}
