/**
 * @file Root-mean-square normalization (Zhang & Sennrich 2019, arXiv 1910.07467) as a function.
 */
import type { DType, Shape, Tensor } from '@windfall/core';
import { checkFloats, checkNumber, optionsOf } from '../arguments.ts';
import { inverseDeviation } from './moments.ts';
import { elementwise, lastAxes, normalizedShapeOf } from './normalized-shape.ts';

/** For {@link rmsNorm}. */
export interface RmsNormFunctionOptions {
  /** γ, of the normalized shape and x's dtype; without, nothing is scaled */
  weight?: Tensor | null;
  /** ε, added to the mean square; by default null: the dtype's machine epsilon, 2⁻²³ for f32 and 2⁻⁵² for f64. */
  eps?: number | null;
}

/** The distance from 1 to the next number. */
function machineEpsilon(dtype: DType): number {
  return dtype === 'f32' ? 2 ** -23 : 2 ** -52;
}

/**
 * x/√(mean(x²) + ε)·γ over the last axes: PyTorch's `functional.rms_norm`. Zeros give 0, also with ε = 0.
 *
 * @param x [..., ...normalizedShape], f32 or f64
 * @param normalizedShape the extents of the last axes, or of the last axis
 * @throws if shapes or dtypes do not fit, or an option is out of range or unknown
 * @example rmsNorm(tensor([3, 4]), 2).toArray(); // [0.8485…, 1.1313…] (divided by √12.5)
 */
export function rmsNorm(
  x: Tensor,
  normalizedShape: number | Shape,
  options: RmsNormFunctionOptions = {},
): Tensor {
  const { weight = null, eps = null } = optionsOf(options, 'rmsNorm', ['weight', 'eps']);
  checkFloats(x, 'rmsNorm', 'the input');
  if (eps !== null) checkNumber(eps, 'rmsNorm', 'eps', { low: 0 });
  const shape = normalizedShapeOf(normalizedShape, 'rmsNorm');
  const axes = lastAxes(x, shape, 'rmsNorm');
  const scale = elementwise(weight, 'weight', shape, x.dtype, 'rmsNorm');
  const meanSquare = x.square().mean(axes, { keepDims: true });
  const normalized = x.mul(inverseDeviation(meanSquare, eps ?? machineEpsilon(x.dtype)));
  return scale === null ? normalized : normalized.mul(scale);
}
