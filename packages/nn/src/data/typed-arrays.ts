/**
 * @file Typed arrays for the values of tensors.
 */
import type { DType, TypedArray } from '@windfall/core';

/** The typed array of each dtype. */
export const typedArrays = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  bool: Uint8Array,
} as const;

/** Zeros for so many elements of a dtype. */
export function zerosOf(dtype: DType, size: number): TypedArray {
  return new typedArrays[dtype](size);
}
