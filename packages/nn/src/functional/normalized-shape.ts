/**
 * @file The last axes of a tensor, over which layer and root-mean-square normalization go, and the parameters of their shape.
 */
import type { DType, Shape, Tensor } from '@windfall/core';
import { check, describeList, equalShapes, formatShape } from '@windfall/core/extension';
import { checkTensor } from '../arguments.ts';

/** The shape that a number or a list of numbers stands for. */
export function normalizedShapeOf(value: number | Shape, operation: string): Shape {
  const shape: unknown = typeof value === 'number' ? [value] : value;
  check(
    Array.isArray(shape) &&
      shape.length > 0 &&
      Array.from<number>(shape).every((extent) => Number.isSafeInteger(extent) && extent >= 1),
    operation,
    () => `normalizedShape is a whole number ≥ 1, or a list of them, not ${describeList(value)}`,
  );
  return [...(shape as number[])];
}

/** The axes of x that have this shape, its last ones. */
export function lastAxes(x: Tensor, shape: Shape, operation: string): number[] {
  const first = x.rank - shape.length;
  check(
    first >= 0 && equalShapes(x.shape.slice(first), shape),
    operation,
    () => `expected [..., ${shape.join(', ')}], got ${formatShape(x.shape)}`,
  );
  return shape.map((_, axis) => first + axis);
}

/** A parameter of the given shape and dtype, or null. */
export function elementwise(
  value: unknown,
  name: string,
  shape: Shape,
  dtype: DType,
  operation: string,
): Tensor | null {
  if (value === null) return null;
  checkTensor(value, operation, name);
  check(
    equalShapes(value.shape, shape) && value.dtype === dtype,
    operation,
    () => `${name} is ${dtype} ${formatShape(shape)}, not ${value.dtype} ${formatShape(value.shape)}`,
  );
  return value;
}
