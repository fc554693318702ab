/**
 * @file What the transposed convolution layers share.
 */
import type { PerAxis, Shape, Tensor } from '@windfall/core';
import { check, formatShape, sizeOf } from '@windfall/core/extension';
import { optionsOf, perAxis } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import type { TransposedConvolutionOptions } from '../functional/transposed-convolution.ts';
import { Convolution, type ConvolutionLayerOptions } from './convolution.ts';

/** What every transposed convolution layer accepts. For images, a pair is [vertical, horizontal]. */
export interface TransposedConvolutionLayerOptions extends ConvolutionLayerOptions {
  /** How much is cut off on both sides of the result; by default 0. */
  padding?: PerAxis;
  /** How much longer the result is at its end, less than the stride or the dilation; by default 0. */
  outputPadding?: PerAxis;
}

/** For a transposed convolution's forward. */
export interface OutputSizeOptions {
  /** The spatial extents of the result; the layer's outputPadding then does not count. */
  outputSize?: PerAxis;
}

/** The base of the transposed convolution layers. */
export abstract class TransposedConvolution extends Convolution {
  declare readonly padding: readonly number[];
  readonly outputPadding: readonly number[];

  constructor(
    axes: 1 | 2,
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: TransposedConvolutionLayerOptions,
  ) {
    super(
      { axes, isTransposed: true, more: ['outputPadding'] },
      inChannels,
      outChannels,
      kernelSize,
      options,
    );
    const { name } = this.constructor;
    this.outputPadding = perAxis(options.outputPadding ?? 0, axes, name, 'outputPadding', 0);
    this.outputPadding.forEach((more, k) => {
      check(
        more < Math.max(this.stride[k]!, this.dilation[k]!),
        name,
        () =>
          `outputPadding ${more} is not less than stride ${this.stride[k]} or dilation ${this.dilation[k]}`,
      );
    });
  }

  /** The result of the function behind the layer. */
  protected compute(
    x: Tensor,
    options: OutputSizeOptions,
    operation: string,
    fn: (x: Tensor, weight: Tensor, options: TransposedConvolutionOptions) => Tensor,
  ): Tensor {
    this.checkImage(x);
    const { outputSize } = optionsOf(options, this.constructor.name, ['outputSize']);
    const outputPadding = outputSize === undefined ? this.outputPadding : this.#paddingFor(x, outputSize);
    const { bias, stride, padding, groups, dilation } = this;
    return inTheNameOf(this.constructor.name, operation, () =>
      fn(x, this.weight, { bias, stride, padding, outputPadding, groups, dilation }),
    );
  }

  #paddingFor(x: Tensor, outputSize: PerAxis): number[] {
    const { name } = this.constructor;
    const axes = this.kernelSize.length as 1 | 2;
    const wanted = perAxis(outputSize, axes, name, 'outputSize');
    const spatial = x.shape.slice(-axes);
    const least = spatial.map(
      (extent, k) =>
        (extent - 1) * this.stride[k]! +
        this.dilation[k]! * (this.kernelSize[k]! - 1) +
        1 -
        2 * this.padding[k]!,
    );
    const most = least.map((extent, k) => extent + this.stride[k]! - 1);
    check(
      wanted.every((extent, k) => least[k]! <= extent && extent <= most[k]!),
      name,
      () =>
        `outputSize is from ${formatShape(least)} to ${formatShape(most)} for an input of ${formatShape(spatial)}, not ${formatShape(wanted)}`,
    );
    return wanted.map((extent, k) => extent - least[k]!);
  }

  /** Every element of the input meets the whole window of each output of its group. */
  override multiplyAdds(input: Shape, output: Shape): number {
    return sizeOf(input) * sizeOf(this.weight.shape.slice(1)) + (this.bias === null ? 0 : sizeOf(output));
  }

  protected override moreDetails(): string[] {
    return [`outputPadding=${formatShape(this.outputPadding)}`];
  }
}
