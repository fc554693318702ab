/**
 * @file The one-dimensional transposed convolution layer.
 */
import type { PerAxis, Tensor } from '@windfall/core';
import { convTranspose1d } from '../functional/transposed-convolution.ts';
import {
  type OutputSizeOptions,
  TransposedConvolution,
  type TransposedConvolutionLayerOptions,
} from './transposed-convolution.ts';

/** For {@link ConvTranspose1d}. */
export type ConvTranspose1dOptions = TransposedConvolutionLayerOptions;

/**
 * A transposed convolution along one axis: PyTorch's `nn.ConvTranspose1d`, with its initialization: weight and bias evenly
 * distributed over ±1/√n, n = outChannels/groups · kernelSize.
 * The weight is laid out [inChannels, outChannels / groups, kernelSize].
 * @example new ConvTranspose1d(8, 4, 4, { stride: 2, padding: 1 }).forward(zeros([2, 8, 10])).shape; // [2, 4, 20]
 */
export class ConvTranspose1d extends TransposedConvolution {
  /**
   * @throws if a size is not a whole number in its range, groups does not divide both channel counts, outputPadding is
   *   not less than stride or dilation, or an option is unknown
   */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvTranspose1dOptions = {},
  ) {
    super(1, inChannels, outChannels, kernelSize, options);
  }

  /**
   * @param x [N, inChannels, L] or [inChannels, L], of the layer's dtype
   * @param options.outputSize the result's extents, where the stride leaves a choice
   * @returns [N, outChannels, length] or [outChannels, length]
   * @throws if the axes, the channels or the dtype do not fit, or outputSize cannot be reached
   */
  forward(x: Tensor, options: OutputSizeOptions = {}): Tensor {
    return this.compute(x, options, 'convTranspose1d', convTranspose1d);
  }
}
