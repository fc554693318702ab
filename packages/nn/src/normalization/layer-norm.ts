/**
 * @file Layer normalization as a layer.
 */
import { type DType, ones, type Shape, type Tensor, zeros } from '@windfall/core';
import { checkFlag, formatShape, sizeOf } from '@windfall/core/extension';
import { checkInput, checkNumber, checkParameterDType, optionsOf } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { layerNorm } from '../functional/layer-norm.ts';
import { normalizedShapeOf } from '../functional/normalized-shape.ts';
import { Module } from '../module/module.ts';
import { Parameter } from '../module/parameter.ts';

/** For {@link LayerNorm}. */
export interface LayerNormOptions {
  /** ε, added to the variance; by default 1e-5. */
  eps?: number;
  /** Whether γ and β are learned, one per element of the normalized shape; by default true. */
  elementwiseAffine?: boolean;
  /** Whether there is a β, too; by default true. */
  bias?: boolean;
  /** The dtype of the parameters and of the input: f32 (the default) or f64. */
  dtype?: DType;
}

/**
 * Normalizes over the last axes, then scales by γ and shifts by β (Ba, Kiros & Hinton 2016, arXiv 1607.06450): PyTorch's
 * `nn.LayerNorm`. Training and evaluation do the same.
 *
 * @example new LayerNorm(2).forward(tensor([[1, 3], [10, 30]])).toArray(); // ≈ [[-1, 1], [-1, 1]]
 */
export class LayerNorm extends Module {
  /** γ, of the normalized shape, ones at first; null when not learned */
  readonly weight: Parameter | null;
  /** β, of the normalized shape, zeros at first; null when not learned */
  readonly bias: Parameter | null;
  readonly normalizedShape: Shape;
  readonly eps: number;
  readonly #dtype: DType;

  /** @throws if an extent is not a whole number ≥ 1, eps is negative, the dtype is no float, or an option is unknown */
  constructor(normalizedShape: number | Shape, options: LayerNormOptions = {}) {
    super();
    const known = ['eps', 'elementwiseAffine', 'bias', 'dtype'] as const;
    const {
      eps = 1e-5,
      elementwiseAffine = true,
      bias = true,
      dtype = 'f32',
    } = optionsOf(options, 'LayerNorm', known);
    this.normalizedShape = normalizedShapeOf(normalizedShape, 'LayerNorm');
    checkNumber(eps, 'LayerNorm', 'eps', { low: 0 });
    checkFlag(elementwiseAffine, 'LayerNorm', 'elementwiseAffine');
    checkFlag(bias, 'LayerNorm', 'bias');
    checkParameterDType(dtype, 'LayerNorm');
    this.eps = eps;
    this.#dtype = dtype;
    this.weight = elementwiseAffine ? new Parameter(ones(this.normalizedShape, { dtype })) : null;
    this.bias = elementwiseAffine && bias ? new Parameter(zeros(this.normalizedShape, { dtype })) : null;
  }

  /**
   * @param x [..., ...normalizedShape], of the layer's dtype
   * @returns x's shape
   * @throws if the last axes or the dtype do not fit
   */
  forward(x: Tensor): Tensor {
    checkInput(x, 'LayerNorm', this.#dtype);
    const { weight, bias, eps } = this;
    return inTheNameOf('LayerNorm', 'layerNorm', () =>
      layerNorm(x, this.normalizedShape, { weight, bias, eps }),
    );
  }

  override multiplyAdds(_input: Shape, output: Shape): number {
    return this.parameters().length * sizeOf(output);
  }

  protected override details(): string {
    const { weight, bias, eps } = this;
    return `${formatShape(this.normalizedShape)}, eps=${eps}, elementwiseAffine=${weight !== null}, bias=${bias !== null}`;
  }
}
