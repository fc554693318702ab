/**
 * @file The rows of the scalar table as functions of tensors. Operands broadcast together; dtypes promote as dtype.ts
 * says; a dtype or shape that does not fit is an error at the call. Derivatives stand in the table.
 */
import { apply } from './apply.ts';
import type { Tensor, TensorLike } from './tensor.ts';

/**
 * a + b.
 * @example add(tensor([1, 2]), 10).toArray(); // [11, 12]
 */
export function add(a: TensorLike, b: TensorLike): Tensor {
  return apply('add', a, b);
}

/**
 * a − b.
 * @example sub(tensor([1, 2]), 1).toArray(); // [0, 1]
 */
export function sub(a: TensorLike, b: TensorLike): Tensor {
  return apply('sub', a, b);
}

/**
 * a·b.
 * @example mul(tensor([1, 2]), tensor([[3], [4]])).toArray(); // [[3, 6], [4, 8]]
 */
export function mul(a: TensorLike, b: TensorLike): Tensor {
  return apply('mul', a, b);
}

/**
 * a/b. Integers become f32, so 1/2 is 0.5.
 * @example div(tensor([1, 2]), 2).toArray(); // [0.5, 1]
 */
export function div(a: TensorLike, b: TensorLike): Tensor {
  return apply('div', a, b);
}

/**
 * aᵇ. The gradient for b = 0 is 0 everywhere, also at a = 0.
 * @example pow(tensor([2, 3]), 2).toArray(); // [4, 9]
 */
export function pow(a: TensorLike, b: TensorLike): Tensor {
  return apply('pow', a, b);
}

/**
 * a − b·⌊a/b⌋, with the sign of b, as PyTorch's `remainder`.
 * @example remainder(tensor([-7, 7]), 3).toArray(); // [2, 1]
 */
export function remainder(a: TensorLike, b: TensorLike): Tensor {
  return apply('remainder', a, b);
}

/**
 * The larger of a and b, NaN if either is. Where they tie, each gets half of the gradient.
 * @example maximum(tensor([1, 5]), 3).toArray(); // [3, 5]
 */
export function maximum(a: TensorLike, b: TensorLike): Tensor {
  return apply('maximum', a, b);
}

/**
 * The smaller of a and b, NaN if either is. Where they tie, each gets half of the gradient.
 * @example minimum(tensor([1, 5]), 3).toArray(); // [1, 3]
 */
export function minimum(a: TensorLike, b: TensorLike): Tensor {
  return apply('minimum', a, b);
}

/**
 * The angle of the point (b, a), in (−π, π]. Integers become f32.
 * @example atan2(tensor(0), tensor(1)).item(); // 0
 */
export function atan2(a: TensorLike, b: TensorLike): Tensor {
  return apply('atan2', a, b);
}

/**
 * a = b, as bool. NaN equals nothing.
 * @example equal(tensor([1, 2]), 2).toArray(); // [false, true]
 */
export function equal(a: TensorLike, b: TensorLike): Tensor {
  return apply('equal', a, b);
}

/**
 * a ≠ b, as bool.
 * @example notEqual(tensor([1, 2]), 2).toArray(); // [true, false]
 */
export function notEqual(a: TensorLike, b: TensorLike): Tensor {
  return apply('notEqual', a, b);
}

/**
 * a < b, as bool.
 * @example less(tensor([1, 2]), 2).toArray(); // [true, false]
 */
export function less(a: TensorLike, b: TensorLike): Tensor {
  return apply('less', a, b);
}

/**
 * a ≤ b, as bool.
 * @example lessEqual(tensor([1, 2]), 1).toArray(); // [true, false]
 */
export function lessEqual(a: TensorLike, b: TensorLike): Tensor {
  return apply('lessEqual', a, b);
}

/**
 * a > b, as bool.
 * @example greater(tensor([1, 2]), 1).toArray(); // [false, true]
 */
export function greater(a: TensorLike, b: TensorLike): Tensor {
  return apply('greater', a, b);
}

/**
 * a ≥ b, as bool.
 * @example greaterEqual(tensor([1, 2]), 2).toArray(); // [false, true]
 */
export function greaterEqual(a: TensorLike, b: TensorLike): Tensor {
  return apply('greaterEqual', a, b);
}

/**
 * Whether both are true (not 0).
 * @example logicalAnd(tensor([true, true]), tensor([true, false])).toArray(); // [true, false]
 */
export function logicalAnd(a: TensorLike, b: TensorLike): Tensor {
  return apply('logicalAnd', a, b);
}

/**
 * Whether either is true (not 0).
 * @example logicalOr(tensor([true, false]), tensor([false, false])).toArray(); // [true, false]
 */
export function logicalOr(a: TensorLike, b: TensorLike): Tensor {
  return apply('logicalOr', a, b);
}

/**
 * Whether exactly one is true (not 0).
 * @example logicalXor(tensor([true, true]), tensor([true, false])).toArray(); // [false, true]
 */
export function logicalXor(a: TensorLike, b: TensorLike): Tensor {
  return apply('logicalXor', a, b);
}

/**
 * `a` where the condition is true (not 0), else `b`; all three broadcast. Use it to select by a mask: the side not
 * chosen gets the gradient 0, even where its value is NaN.
 * @example where(tensor([true, false]), tensor([1, 2]), 0).toArray(); // [1, 0]
 */
export function where(condition: TensorLike, a: TensorLike, b: TensorLike): Tensor {
  return apply('where', condition, a, b);
}

/**
 * −x.
 * @example neg(tensor([1, -2])).toArray(); // [-1, 2]
 */
export function neg(x: TensorLike): Tensor {
  return apply('neg', x);
}

/**
 * |x|; its gradient at 0 is 0.
 * @example abs(tensor([-3, 2])).toArray(); // [3, 2]
 */
export function abs(x: TensorLike): Tensor {
  return apply('abs', x);
}

/**
 * −1, 0 or 1; its gradient is 0.
 * @example sign(tensor([-3, 0, 2])).toArray(); // [-1, 0, 1]
 */
export function sign(x: TensorLike): Tensor {
  return apply('sign', x);
}

/**
 * The largest whole number ≤ x; its gradient is 0.
 * @example floor(tensor([-1.5, 1.5])).toArray(); // [-2, 1]
 */
export function floor(x: TensorLike): Tensor {
  return apply('floor', x);
}

/**
 * The smallest whole number ≥ x; its gradient is 0.
 * @example ceil(tensor([-1.5, 1.5])).toArray(); // [-1, 2]
 */
export function ceil(x: TensorLike): Tensor {
  return apply('ceil', x);
}

/**
 * The nearest whole number, halves to even; its gradient is 0.
 * @example round(tensor([0.5, 1.5, 2.4])).toArray(); // [0, 2, 2]
 */
export function round(x: TensorLike): Tensor {
  return apply('round', x);
}

/**
 * x without its fraction; its gradient is 0.
 * @example trunc(tensor([-1.5, 1.5])).toArray(); // [-1, 1]
 */
export function trunc(x: TensorLike): Tensor {
  return apply('trunc', x);
}

/**
 * 1/x. Integers become f32.
 * @example reciprocal(tensor([2, 4])).toArray(); // [0.5, 0.25]
 */
export function reciprocal(x: TensorLike): Tensor {
  return apply('reciprocal', x);
}

/**
 * √x; NaN below 0. Integers become f32.
 * @example sqrt(tensor([4, 9])).toArray(); // [2, 3]
 */
export function sqrt(x: TensorLike): Tensor {
  return apply('sqrt', x);
}

/**
 * 1/√x. Integers become f32.
 * @example rsqrt(tensor([4, 0.25])).toArray(); // [0.5, 2]
 */
export function rsqrt(x: TensorLike): Tensor {
  return apply('rsqrt', x);
}

/**
 * eˣ. Integers become f32.
 * @example exp(tensor([0])).toArray(); // [1]
 */
export function exp(x: TensorLike): Tensor {
  return apply('exp', x);
}

/**
 * eˣ − 1, accurate near 0. Integers become f32.
 * @example expm1(tensor(0)).item(); // 0
 */
export function expm1(x: TensorLike): Tensor {
  return apply('expm1', x);
}

/**
 * The natural logarithm: −∞ at 0, NaN below. Integers become f32.
 * @example log(tensor([1])).toArray(); // [0]
 */
export function log(x: TensorLike): Tensor {
  return apply('log', x);
}

/**
 * ln(1 + x), accurate near 0. Integers become f32.
 * @example log1p(tensor(0)).item(); // 0
 */
export function log1p(x: TensorLike): Tensor {
  return apply('log1p', x);
}

/**
 * The sine of x radians. Integers become f32.
 * @example sin(tensor(0)).item(); // 0
 */
export function sin(x: TensorLike): Tensor {
  return apply('sin', x);
}

/**
 * The cosine of x radians. Integers become f32.
 * @example cos(tensor(0)).item(); // 1
 */
export function cos(x: TensorLike): Tensor {
  return apply('cos', x);
}

/**
 * The tangent of x radians. Integers become f32.
 * @example tan(tensor(0)).item(); // 0
 */
export function tan(x: TensorLike): Tensor {
  return apply('tan', x);
}

/**
 * The angle in [−π/2, π/2] whose sine is x. Integers become f32.
 * @example asin(tensor(0)).item(); // 0
 */
export function asin(x: TensorLike): Tensor {
  return apply('asin', x);
}

/**
 * The angle in [0, π] whose cosine is x. Integers become f32.
 * @example acos(tensor(1)).item(); // 0
 */
export function acos(x: TensorLike): Tensor {
  return apply('acos', x);
}

/**
 * The angle in (−π/2, π/2) whose tangent is x. Integers become f32.
 * @example atan(tensor(0)).item(); // 0
 */
export function atan(x: TensorLike): Tensor {
  return apply('atan', x);
}

/**
 * The hyperbolic sine. Integers become f32.
 * @example sinh(tensor(0)).item(); // 0
 */
export function sinh(x: TensorLike): Tensor {
  return apply('sinh', x);
}

/**
 * The hyperbolic cosine. Integers become f32.
 * @example cosh(tensor(0)).item(); // 1
 */
export function cosh(x: TensorLike): Tensor {
  return apply('cosh', x);
}

/**
 * The hyperbolic tangent. Integers become f32.
 * @example tanh(tensor(0)).item(); // 0
 */
export function tanh(x: TensorLike): Tensor {
  return apply('tanh', x);
}

/**
 * The logistic function 1/(1 + e⁻ˣ). Integers become f32.
 * @example sigmoid(tensor(0)).item(); // 0.5
 */
export function sigmoid(x: TensorLike): Tensor {
  return apply('sigmoid', x);
}

/**
 * ln(1 + eˣ), without overflow. Integers become f32.
 * @example softplus(tensor(100)).item(); // 100
 */
export function softplus(x: TensorLike): Tensor {
  return apply('softplus', x);
}

/**
 * The error function 2/√π·∫₀ˣ e^(−t²) dt. Integers become f32.
 * @example erf(tensor(0)).item(); // 0
 */
export function erf(x: TensorLike): Tensor {
  return apply('erf', x);
}

/**
 * Whether x is 0 (false).
 * @example logicalNot(tensor([true, false])).toArray(); // [false, true]
 */
export function logicalNot(x: TensorLike): Tensor {
  return apply('logicalNot', x);
}
