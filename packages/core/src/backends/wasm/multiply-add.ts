/**
 * @file sum + a·b, the step of products of matrices, sums of products and polynomials.
 */
import type { Code } from './assembler.ts';
import { f32x4, f64x2, i32x4 } from './instructions.ts';

/**
 * For one vector register.
 * @param isFused whether floats are rounded once; needs relaxed SIMD
 */
export function multiplyAdd(
  type: 'f32' | 'f64' | 'i32',
  isFused: boolean,
): (sum: Code, a: Code, b: Code) => Code {
  if (type === 'i32') return (sum, a, b) => i32x4.add(sum, i32x4.mul(a, b));
  const { add, mul, relaxedMadd } = type === 'f32' ? f32x4 : f64x2;
  return isFused ? (sum, a, b) => relaxedMadd(a, b, sum) : (sum, a, b) => add(sum, mul(a, b));
}
