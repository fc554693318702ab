/**
 * @file The two-dimensional convolution layer.
 */
import type { PerAxis, Tensor } from '@windfall/core';
import { inTheNameOf } from '../errors.ts';
import { conv2d, type Padding } from '../functional/convolution.ts';
import { Convolution, type ConvolutionLayerOptions } from './convolution.ts';

/** For {@link Conv2d}. */
export interface Conv2dOptions extends ConvolutionLayerOptions {
  /** Zeros added on both sides; 'valid' for none, 'same' for as many as leave the extents as they are; by default 0. */
  padding?: Padding;
}

/**
 * A convolution (cross-correlation) over images: PyTorch's `nn.Conv2d`, with its initialization: weight and bias evenly
 * distributed over ±1/√fanIn, fanIn = inChannels/groups · kernel height · kernel width.
 * The weight is laid out [outChannels, inChannels / groups, kernel height, kernel width].
 * @example new Conv2d(3, 16, 3, { padding: 1 }).forward(zeros([8, 3, 32, 32])).shape; // [8, 16, 32, 32]
 */
export class Conv2d extends Convolution {
  /**
   * @throws if a size is not a whole number in its range, groups does not divide both channel counts, padding is 'same'
   *   with a stride, or an option is unknown
   */
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: Conv2dOptions = {}) {
    super({ axes: 2, isTransposed: false, more: [] }, inChannels, outChannels, kernelSize, options);
  }

  /**
   * @param x [N, inChannels, H, W] or [inChannels, H, W], of the layer's dtype
   * @returns [N, outChannels, rows, columns] or [outChannels, rows, columns]
   * @throws if the axes, the channels or the dtype do not fit, or the window is larger than the padded input
   */
  forward(x: Tensor): Tensor {
    this.checkImage(x);
    const { bias, stride, padding, dilation, groups } = this;
    return inTheNameOf('Conv2d', 'conv2d', () =>
      conv2d(x, this.weight, { bias, stride, padding, dilation, groups }),
    );
  }
}
