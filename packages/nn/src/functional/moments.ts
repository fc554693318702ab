/**
 * @file Mean and variance over some axes, in a form that keeps f32 accurate, and what every normalization does with them.
 * All of it is composed from core's operations; it knows no layer.
 */
import { type Shape, type Tensor, where } from '@windfall/core';
import { sizeOf } from '@windfall/core/extension';

/** The statistics of a tensor over some axes, which stay with extent 1. */
export interface Moments {
  /** x − pivot; 0 at masked places */
  readonly shifted: Tensor;
  /** A constant near the values, of the statistics' shape */
  readonly pivot: Tensor;
  /** Of `shifted`: the mean of x is mean + pivot. */
  readonly mean: Tensor;
  /** Biased: Σ (x − μ)²/n */
  readonly variance: Tensor;
  /** Over how many values: a number, or with a mask a tensor that broadcasts over the statistics. */
  readonly count: number | Tensor;
}

/** The axes of a shape that are not among `kept`. */
export function otherAxes(shape: Shape, kept: readonly number[]): number[] {
  return shape.map((_, axis) => axis).filter((axis) => !kept.includes(axis));
}

/** 1/√(σ² + ε), and 0 for 1/√0, so that constant values without ε give 0 and get gradient 0, as in PyTorch's BatchNorm. */
export function inverseDeviation(variance: Tensor, eps: number): Tensor {
  if (eps > 0) return variance.add(eps).rsqrt();
  const isConstant = variance.equal(0);
  return where(isConstant, 0, where(isConstant, 1, variance).rsqrt());
}

/** The value itself, or 0 where it is not finite, as a constant. */
function finitePivot(value: Tensor): Tensor {
  const constant = value.stopGradient();
  return where(constant.isFinite(), constant, 0);
}

/**
 * The first element along the axes, or 0 where that is not finite.
 *
 * Subtracted before the statistics are taken, it makes all of them small: with mean 10⁴ and standard deviation 10⁻²
 * a mean rounded to f32 is itself wrong by 5 % of a deviation. And constant values become exactly 0. The result does
 * not depend on a shift, so treating this one as a constant is exact at every order. An element rather than the
 * mean, because it costs no sweep over the data; the price is its distance from the mean in units of rounding, √m
 * deviations at the very most.
 */
function pivotOf(x: Tensor, axes: readonly number[]): Tensor {
  return finitePivot(x.slice(x.shape.map((_, axis) => (axes.includes(axis) ? [0, 1] : null))));
}

/** The moments of x over the axes, none of which is empty. */
export function momentsOf(x: Tensor, axes: readonly number[]): Moments {
  const pivot = pivotOf(x, axes);
  const shifted = x.sub(pivot);
  // μ = 1/m · Σ x
  const mean = shifted.mean(axes, { keepDims: true });
  // σ² = 1/m · Σ (x − μ)²
  const variance = shifted.variance(axes, { correction: 0, keepDims: true });
  const count = sizeOf(axes.map((axis) => x.shape[axis]!));
  return { shifted, pivot, mean, variance, count };
}

/**
 * The moments of those elements where the mask is true; without any, mean and variance are 0. What stands at the other
 * places, be it NaN, has no influence and gets gradient 0.
 * @param mask bool, of x's axes, that broadcasts to x
 */
export function maskedMomentsOf(x: Tensor, axes: readonly number[], mask: Tensor): Moments {
  // The largest is an element, too, and where the first one stands depends on the mask.
  const pivot = finitePivot(where(mask, x, -Infinity).max(axes, { keepDims: true }));
  const shifted = where(mask, x.sub(pivot), 0);
  const maskAxes = axes.filter((axis) => mask.shape[axis] !== 1);
  const repeats = sizeOf(axes.map((axis) => (mask.shape[axis] === 1 ? x.shape[axis]! : 1)));
  const count = mask.cast(x.dtype).sum(maskAxes, { keepDims: true }).mul(repeats);
  const divisor = count.maximum(1);
  const mean = shifted.sum(axes, { keepDims: true }).div(divisor);
  const variance = where(mask, shifted.sub(mean), 0).square().sum(axes, { keepDims: true }).div(divisor);
  return { shifted, pivot, mean, variance, count };
}

/** x̂ = (x − μ)/√(σ² + ε) */
export function standardize({ shifted, mean, variance }: Moments, eps: number): Tensor {
  return shifted.sub(mean).mul(inverseDeviation(variance, eps));
}

/** Values [C] laid out to broadcast over a tensor of `rank` axes whose axis `axis` they belong to. */
export function alongAxis(values: Tensor, rank: number, axis: number): Tensor {
  return values.reshape([values.size, ...Array<number>(rank - axis - 1).fill(1)]);
}
