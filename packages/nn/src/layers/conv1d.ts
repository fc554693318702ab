/**
 * @file The one-dimensional convolution layer.
 */
import type { PerAxis, Tensor } from '@windfall/core';
import { inTheNameOf } from '../errors.ts';
import { conv1d, type Padding } from '../functional/convolution.ts';
import { Convolution, type ConvolutionLayerOptions } from './convolution.ts';

/** For {@link Conv1d}. */
export interface Conv1dOptions extends ConvolutionLayerOptions {
  /** Zeros added on both sides; 'valid' for none, 'same' for as many as leave the extents as they are; by default 0. */
  padding?: Padding;
}

/**
 * A convolution (cross-correlation) along one axis: PyTorch's `nn.Conv1d`, with its initialization: weight and bias evenly
 * distributed over ±1/√fanIn, fanIn = inChannels/groups · kernelSize.
 * The weight is laid out [outChannels, inChannels / groups, kernelSize].
 * @example new Conv1d(3, 16, 5, { padding: 'same' }).forward(zeros([8, 3, 100])).shape; // [8, 16, 100]
 */
export class Conv1d extends Convolution {
  /**
   * @throws if a size is not a whole number in its range, groups does not divide both channel counts, padding is 'same'
   *   with a stride, or an option is unknown
   */
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: Conv1dOptions = {}) {
    super({ axes: 1, isTransposed: false, more: [] }, inChannels, outChannels, kernelSize, options);
  }

  /**
   * @param x [N, inChannels, L] or [inChannels, L], of the layer's dtype
   * @returns [N, outChannels, positions] or [outChannels, positions]
   * @throws if the axes, the channels or the dtype do not fit, or the window is larger than the padded input
   */
  forward(x: Tensor): Tensor {
    this.checkImage(x);
    const { bias, stride, padding, dilation, groups } = this;
    return inTheNameOf('Conv1d', 'conv1d', () =>
      conv1d(x, this.weight, { bias, stride, padding, dilation, groups }),
    );
  }
}
