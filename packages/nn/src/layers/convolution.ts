/**
 * @file What all convolution layers share: their sizes, their parameters and how these are filled at first.
 */
import type { PerAxis, Tensor } from '@windfall/core';
import { check, checkFlag, describe, formatShape, sizeOf } from '@windfall/core/extension';
import {
  checkGenerator,
  checkInput,
  checkParameterDType,
  checkWhole,
  optionsOf,
  perAxis,
} from '../arguments.ts';
import { checkPadding, layoutsOf, type Padding } from '../functional/convolution.ts';
import { fanInUniform, type InitializationOptions } from '../init/init.ts';
import { Module } from '../module/module.ts';
import { Parameter } from '../module/parameter.ts';

/** What every convolution layer accepts. For images, a pair is [vertical, horizontal]. */
export interface ConvolutionLayerOptions extends InitializationOptions {
  /** From one window's start to the next; by default 1. */
  stride?: PerAxis;
  /** The distance between neighbours within a window; by default 1. */
  dilation?: PerAxis;
  /** Splits the channels into this many independent convolutions; by default 1. */
  groups?: number;
  /** Whether a learned offset is added to each output channel; by default true. */
  bias?: boolean;
  /** What is added around: only 'zeros', the default, is there. */
  paddingMode?: 'zeros';
}

const keys = [
  'stride',
  'padding',
  'dilation',
  'groups',
  'bias',
  'paddingMode',
  'dtype',
  'generator',
] as const;

/** How a kind of convolution differs from the others. */
interface Kind {
  readonly axes: 1 | 2;
  /** Whether the weight is laid out [in, out / groups, …window], not [out, in / groups, …window]. */
  readonly isTransposed: boolean;
  /** The options it has besides those of all. */
  readonly more: readonly string[];
}

/** The base of the convolution layers, which say what they compute. */
export abstract class Convolution extends Module {
  readonly weight: Parameter;
  /** [outChannels], or null */
  readonly bias: Parameter | null;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | 'same' | 'valid';
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly #axes: 1 | 2;

  constructor(
    kind: Kind,
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvolutionLayerOptions & { padding?: Padding },
  ) {
    super();
    const { name } = this.constructor;
    const { axes, isTransposed, more } = kind;
    const known: readonly string[] = [...keys, ...more];
    const {
      stride = 1,
      padding = 0,
      dilation = 1,
      groups = 1,
      bias = true,
      paddingMode = 'zeros',
      dtype = 'f32',
      generator,
    } = optionsOf(options, name, known as typeof keys);
    checkWhole(inChannels, name, 'inChannels');
    checkWhole(outChannels, name, 'outChannels');
    checkWhole(groups, name, 'groups');
    check(
      inChannels % groups === 0 && outChannels % groups === 0,
      name,
      () => `groups must divide the channels: ${groups} groups, ${inChannels} in, ${outChannels} out`,
    );
    checkFlag(bias, name, 'bias');
    check(
      (paddingMode as unknown) === 'zeros',
      name,
      () => `paddingMode is 'zeros', the only one there is, not ${describe(paddingMode)}`,
    );
    checkParameterDType(dtype, name);
    checkGenerator(generator, name);
    this.#axes = axes;
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = perAxis(kernelSize, axes, name, 'kernelSize');
    this.stride = perAxis(stride, axes, name, 'stride');
    if (!isTransposed) checkPadding(padding, this.stride, name);
    this.padding =
      typeof padding === 'string' && !isTransposed
        ? padding
        : perAxis(padding as PerAxis, axes, name, 'padding', 0);
    this.dilation = perAxis(dilation, axes, name, 'dilation');
    this.groups = groups;
    const [outermost, inner] = isTransposed ? [inChannels, outChannels] : [outChannels, inChannels];
    const shape = [outermost, inner / groups, ...this.kernelSize];
    // PyTorch counts a transposed convolution's fan by the same axes of its weight, though they are the outputs.
    const fanIn = sizeOf(shape.slice(1));
    const initialization = { dtype, ...(generator === undefined ? {} : { generator }) };
    this.weight = new Parameter(fanInUniform(shape, fanIn, initialization));
    this.bias = bias ? new Parameter(fanInUniform([outChannels], fanIn, initialization)) : null;
  }

  /** Throws unless x has the layer's axes, channels and dtype. */
  protected checkImage(x: unknown): asserts x is Tensor {
    const { name } = this.constructor;
    const axes = this.#axes;
    checkInput(x, name, this.weight.dtype);
    check(
      (x.rank === axes + 1 || x.rank === axes + 2) && x.shape.at(-axes - 1) === this.inChannels,
      name,
      () => `expected ${layoutsOf(this.inChannels, axes)}, got ${formatShape(x.shape)}`,
    );
  }

  /** What `details` says between padding and dilation. */
  protected moreDetails(): string[] {
    return [];
  }

  protected override details(): string {
    const text = (value: readonly number[] | string): string =>
      typeof value === 'string' ? `'${value}'` : formatShape(value);
    return [
      this.inChannels,
      this.outChannels,
      `kernelSize=${text(this.kernelSize)}`,
      `stride=${text(this.stride)}`,
      `padding=${text(this.padding)}`,
      ...this.moreDetails(),
      `dilation=${text(this.dilation)}`,
      `groups=${this.groups}`,
      `bias=${this.bias !== null}`,
    ].join(', ');
  }
}
