/**
 * @file The two-dimensional transposed convolution layer.
 */
import type { PerAxis, Tensor } from '@windfall/core';
import { convTranspose2d } from '../functional/transposed-convolution.ts';
import {
  type OutputSizeOptions,
  TransposedConvolution,
  type TransposedConvolutionLayerOptions,
} from './transposed-convolution.ts';

/** For {@link ConvTranspose2d}. */
export type ConvTranspose2dOptions = TransposedConvolutionLayerOptions;

/**
 * A transposed convolution over images: PyTorch's `nn.ConvTranspose2d`, with its initialization: weight and bias evenly
 * distributed over ±1/√n, n = outChannels/groups · kernel height · kernel width.
 * The weight is laid out [inChannels, outChannels / groups, kernel height, kernel width].
 * @example new ConvTranspose2d(8, 4, 2, { stride: 2 }).forward(zeros([2, 8, 5, 5])).shape; // [2, 4, 10, 10]
 */
export class ConvTranspose2d extends TransposedConvolution {
  /**
   * @throws if a size is not a whole number in its range, groups does not divide both channel counts, outputPadding is
   *   not less than stride or dilation, or an option is unknown
   */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvTranspose2dOptions = {},
  ) {
    super(2, inChannels, outChannels, kernelSize, options);
  }

  /**
   * @param x [N, inChannels, H, W] or [inChannels, H, W], of the layer's dtype
   * @param options.outputSize the result's extents, where the stride leaves a choice
   * @returns [N, outChannels, height, width] or [outChannels, height, width]
   * @throws if the axes, the channels or the dtype do not fit, or outputSize cannot be reached
   */
  forward(x: Tensor, options: OutputSizeOptions = {}): Tensor {
    return this.compute(x, options, 'convTranspose2d', convTranspose2d);
  }
}
