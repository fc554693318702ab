/**
 * @file Layer normalization (Ba, Kiros & Hinton 2016, arXiv 1607.06450) as a function.
 */
import type { Shape, Tensor } from '@windfall/core';
import { checkFloats, checkNumber, optionsOf } from '../arguments.ts';
import { momentsOf, standardize } from './moments.ts';
import { elementwise, lastAxes, normalizedShapeOf } from './normalized-shape.ts';

/** For {@link layerNorm}. */
export interface LayerNormFunctionOptions {
  /** γ, of the normalized shape and x's dtype; without, nothing is scaled */
  weight?: Tensor | null;
  /** β, of the normalized shape and x's dtype; without, nothing is shifted */
  bias?: Tensor | null;
  /** ε, added to the variance; by default 1e-5. */
  eps?: number;
}

/**
 * Normalizes over the last axes, by the biased variance: PyTorch's `functional.layer_norm`. A large mean costs no accuracy;
 * constant values give β exactly, also with ε = 0, where PyTorch gives NaN. Derivatives are right at every order.
 *
 * @param x [..., ...normalizedShape], f32 or f64
 * @param normalizedShape the extents of the last axes, or of the last axis
 * @throws if shapes or dtypes do not fit, or an option is out of range or unknown
 * @example layerNorm(tensor([[1, 3], [10, 30]]), 2).toArray(); // ≈ [[-1, 1], [-1, 1]]
 */
export function layerNorm(
  x: Tensor,
  normalizedShape: number | Shape,
  options: LayerNormFunctionOptions = {},
): Tensor {
  const {
    weight = null,
    bias = null,
    eps = 1e-5,
  } = optionsOf(options, 'layerNorm', ['weight', 'bias', 'eps']);
  checkFloats(x, 'layerNorm', 'the input');
  checkNumber(eps, 'layerNorm', 'eps', { low: 0 });
  const shape = normalizedShapeOf(normalizedShape, 'layerNorm');
  const axes = lastAxes(x, shape, 'layerNorm');
  const scale = elementwise(weight, 'weight', shape, x.dtype, 'layerNorm');
  const shift = elementwise(bias, 'bias', shape, x.dtype, 'layerNorm');
  const normalized = x.size === 0 ? x : standardize(momentsOf(x, axes), eps);
  const scaled = scale === null ? normalized : normalized.mul(scale);
  return shift === null ? scaled : scaled.add(shift);
}
