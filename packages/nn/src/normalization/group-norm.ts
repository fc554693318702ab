/**
 * @file Group normalization as a layer.
 */
import { type DType, ones, type Tensor, zeros } from '@windfall/core';
import { check, checkFlag, formatShape } from '@windfall/core/extension';
import { checkInput, checkNumber, checkParameterDType, checkWhole, optionsOf } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { groupNorm } from '../functional/group-norm.ts';
import { Module } from '../module/module.ts';
import { Parameter } from '../module/parameter.ts';

/** For {@link GroupNorm}. */
export interface GroupNormOptions {
  /** ε, added to the variance; by default 1e-5. */
  eps?: number;
  /** Whether γ and β are learned, one per channel; by default true. */
  affine?: boolean;
  /** The dtype of the parameters and of the input: f32 (the default) or f64. */
  dtype?: DType;
}

/**
 * Normalizes each example by itself, over groups of channels and all places, then scales by γ and shifts by β (Wu & He
 * 2018, arXiv 1803.08494): PyTorch's `nn.GroupNorm`. Training and evaluation do the same.
 *
 * @example new GroupNorm(4, 16).forward(normal([2, 16, 8, 8])).shape; // [2, 16, 8, 8]
 */
export class GroupNorm extends Module {
  /** γ [numChannels], ones at first; null when not learned */
  readonly weight: Parameter | null;
  /** β [numChannels], zeros at first; null when not learned */
  readonly bias: Parameter | null;
  readonly numGroups: number;
  readonly numChannels: number;
  readonly eps: number;
  readonly #dtype: DType;

  /**
   * @throws if a number is not a whole number ≥ 1, numGroups does not divide numChannels, eps is negative, the dtype is no
   *   float, or an option is unknown
   */
  constructor(numGroups: number, numChannels: number, options: GroupNormOptions = {}) {
    super();
    const {
      eps = 1e-5,
      affine = true,
      dtype = 'f32',
    } = optionsOf(options, 'GroupNorm', ['eps', 'affine', 'dtype']);
    checkWhole(numGroups, 'GroupNorm', 'numGroups');
    checkWhole(numChannels, 'GroupNorm', 'numChannels');
    check(
      numChannels % numGroups === 0,
      'GroupNorm',
      () => `numGroups must divide the channels: ${numGroups} groups, ${numChannels} channels`,
    );
    checkNumber(eps, 'GroupNorm', 'eps', { low: 0 });
    checkFlag(affine, 'GroupNorm', 'affine');
    checkParameterDType(dtype, 'GroupNorm');
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = eps;
    this.#dtype = dtype;
    this.weight = affine ? new Parameter(ones([numChannels], { dtype })) : null;
    this.bias = affine ? new Parameter(zeros([numChannels], { dtype })) : null;
  }

  /**
   * @param x [N, numChannels, …], of the layer's dtype
   * @returns x's shape
   * @throws if the axes, the channels or the dtype do not fit
   */
  forward(x: Tensor): Tensor {
    checkInput(x, 'GroupNorm', this.#dtype);
    check(
      x.rank >= 2 && x.shape[1] === this.numChannels,
      'GroupNorm',
      () => `expected [N, ${this.numChannels}, …], got ${formatShape(x.shape)}`,
    );
    const { weight, bias, eps } = this;
    return inTheNameOf('GroupNorm', 'groupNorm', () => groupNorm(x, this.numGroups, { weight, bias, eps }));
  }

  protected override details(): string {
    return `${this.numGroups}, ${this.numChannels}, eps=${this.eps}, affine=${this.weight !== null}`;
  }
}
