/**
 * @file Root-mean-square normalization as a layer.
 */
import { type DType, ones, type Shape, type Tensor } from '@windfall/core';
import { checkFlag, formatShape, sizeOf } from '@windfall/core/extension';
import { checkInput, checkNumber, checkParameterDType, optionsOf } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { normalizedShapeOf } from '../functional/normalized-shape.ts';
import { rmsNorm } from '../functional/rms-norm.ts';
import { Module } from '../module/module.ts';
import { Parameter } from '../module/parameter.ts';

/** For {@link RMSNorm}. */
export interface RMSNormOptions {
  /** ε, added to the mean square; by default null: the dtype's machine epsilon. */
  eps?: number | null;
  /** Whether γ is learned, one per element of the normalized shape; by default true. */
  elementwiseAffine?: boolean;
  /** The dtype of the parameters and of the input: f32 (the default) or f64. */
  dtype?: DType;
}

/**
 * Divides by the root of the mean square over the last axes, then scales by γ (Zhang & Sennrich 2019, arXiv 1910.07467):
 * PyTorch 2's `nn.RMSNorm`. Training and evaluation do the same.
 *
 * @example new RMSNorm(2).forward(tensor([3, 4])).toArray(); // [0.8485…, 1.1313…] (divided by √12.5)
 */
export class RMSNorm extends Module {
  /** γ, of the normalized shape, ones at first; null when not learned */
  readonly weight: Parameter | null;
  readonly normalizedShape: Shape;
  readonly eps: number | null;
  readonly #dtype: DType;

  /** @throws if an extent is not a whole number ≥ 1, eps is negative, the dtype is no float, or an option is unknown */
  constructor(normalizedShape: number | Shape, options: RMSNormOptions = {}) {
    super();
    const known = ['eps', 'elementwiseAffine', 'dtype'] as const;
    const { eps = null, elementwiseAffine = true, dtype = 'f32' } = optionsOf(options, 'RMSNorm', known);
    this.normalizedShape = normalizedShapeOf(normalizedShape, 'RMSNorm');
    if (eps !== null) checkNumber(eps, 'RMSNorm', 'eps', { low: 0 });
    checkFlag(elementwiseAffine, 'RMSNorm', 'elementwiseAffine');
    checkParameterDType(dtype, 'RMSNorm');
    this.eps = eps;
    this.#dtype = dtype;
    this.weight = elementwiseAffine ? new Parameter(ones(this.normalizedShape, { dtype })) : null;
  }

  /**
   * @param x [..., ...normalizedShape], of the layer's dtype
   * @returns x's shape
   * @throws if the last axes or the dtype do not fit
   */
  forward(x: Tensor): Tensor {
    checkInput(x, 'RMSNorm', this.#dtype);
    const { weight, eps } = this;
    return inTheNameOf('RMSNorm', 'rmsNorm', () => rmsNorm(x, this.normalizedShape, { weight, eps }));
  }

  override multiplyAdds(_input: Shape, output: Shape): number {
    return this.parameters().length * sizeOf(output);
  }

  protected override details(): string {
    return `${formatShape(this.normalizedShape)}, eps=${this.eps}, elementwiseAffine=${this.weight !== null}`;
  }
}
