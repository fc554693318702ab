/**
 * @file The two-dimensional convolution layer.
 */
import { conv2d, type PerAxis, type Tensor } from '@windfall/core';
import { checkFlag, checkInput, checkParameterDType, checkWhole, optionsOf, pairOf } from '../arguments.ts';
import { check, formatShape, inTheNameOf } from '../errors.ts';
import { fanInUniform, type InitializationOptions } from '../init/init.ts';
import { Module } from '../module/module.ts';
import { Parameter } from '../module/parameter.ts';

/** For {@link Conv2d}. A pair is [vertical, horizontal]. */
export interface Conv2dOptions extends InitializationOptions {
  /** From one window's start to the next; by default 1. */
  stride?: PerAxis;
  /** Zeros added on both sides; by default 0. */
  padding?: PerAxis;
  /** The distance between neighbours within a window; by default 1. */
  dilation?: PerAxis;
  /** Splits the channels into this many independent convolutions; by default 1. */
  groups?: number;
  /** Whether a learned offset is added to each output channel; by default true. */
  bias?: boolean;
}

/**
 * A convolution (cross-correlation) over images: PyTorch's `nn.Conv2d`, with its initialization: weight and bias evenly
 * distributed over ±1/√fanIn, fanIn = inChannels/groups · kernel height · kernel width.
 * @example new Conv2d(3, 16, 3, { padding: 1 }).forward(zeros([8, 3, 32, 32])).shape; // [8, 16, 32, 32]
 */
export class Conv2d extends Module {
  /** [outChannels, inChannels / groups, kernel height, kernel width] */
  readonly weight: Parameter;
  /** [outChannels], or null */
  readonly bias: Parameter | null;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;

  /**
   * @throws if a size is not a whole number in its range, groups does not divide both channel counts, or an option is
   *   unknown
   */
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: Conv2dOptions = {}) {
    super();
    const known = ['stride', 'padding', 'dilation', 'groups', 'bias', 'dtype', 'generator'] as const;
    const {
      stride = 1,
      padding = 0,
      dilation = 1,
      groups = 1,
      bias = true,
      ...initialization
    } = optionsOf(options, 'Conv2d', known);
    const { dtype = 'f32' } = initialization;
    checkWhole(inChannels, 'Conv2d', 'inChannels');
    checkWhole(outChannels, 'Conv2d', 'outChannels');
    checkWhole(groups, 'Conv2d', 'groups');
    check(
      inChannels % groups === 0 && outChannels % groups === 0,
      'Conv2d',
      () => `groups must divide the channels: ${groups} groups, ${inChannels} in, ${outChannels} out`,
    );
    checkFlag(bias, 'Conv2d', 'bias');
    checkParameterDType(dtype, 'Conv2d');
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = pairOf(kernelSize, 'Conv2d', 'kernelSize');
    this.stride = pairOf(stride, 'Conv2d', 'stride');
    this.padding = pairOf(padding, 'Conv2d', 'padding', 0);
    this.dilation = pairOf(dilation, 'Conv2d', 'dilation');
    this.groups = groups;
    const channelsPerGroup = inChannels / groups;
    const fanIn = channelsPerGroup * this.kernelSize[0] * this.kernelSize[1];
    this.weight = new Parameter(
      fanInUniform([outChannels, channelsPerGroup, ...this.kernelSize], fanIn, initialization),
    );
    this.bias = bias ? new Parameter(fanInUniform([outChannels], fanIn, initialization)) : null;
  }

  /**
   * @param x [N, inChannels, height, width], of the layer's dtype
   * @returns [N, outChannels, rows, columns]
   * @throws if the axes, the channels or the dtype do not fit, or the window is larger than the padded image
   */
  forward(x: Tensor): Tensor {
    checkInput(x, 'Conv2d', this.weight.dtype);
    check(
      x.rank === 4 && x.shape[1] === this.inChannels,
      'Conv2d',
      () => `expected [N, ${this.inChannels}, H, W], got ${formatShape(x.shape)}`,
    );
    const { bias, stride, padding, dilation, groups } = this;
    return inTheNameOf('Conv2d', 'conv2d', () =>
      conv2d(x, this.weight, { bias, stride, padding, dilation, groups }),
    );
  }

  protected override details(): string {
    const pairs = (['kernelSize', 'stride', 'padding', 'dilation'] as const).map(
      (name) => `${name}=${formatShape(this[name])}`,
    );
    return [
      this.inChannels,
      this.outChannels,
      ...pairs,
      `groups=${this.groups}`,
      `bias=${this.bias !== null}`,
    ].join(', ');
  }
}
