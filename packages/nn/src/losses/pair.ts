/**
 * @file The checks of what losses compare: an input with a target of the same shape and dtype, and weights for them. It
 * knows no loss.
 */
import { type DType, type Shape, type Tensor, Variable } from '@windfall/core';
import { check, equalShapes, formatShape } from '@windfall/core/extension';
import { checkFloats, checkTensor } from '../arguments.ts';

/** Throws unless both are tensors of floats, of one shape and dtype. */
export function checkPair(input: unknown, target: unknown, operation: string): asserts input is Tensor {
  checkFloats(input, operation, 'the input');
  checkFloats(target, operation, 'the target');
  check(
    equalShapes(input.shape, target.shape),
    operation,
    () => `shapes differ: input ${formatShape(input.shape)}, target ${formatShape(target.shape)}`,
  );
  checkSameDType(input, target, operation);
}

/** Throws unless the target has the input's dtype. */
export function checkSameDType(input: Tensor, target: Tensor, operation: string): void {
  check(
    input.dtype === target.dtype,
    operation,
    () => `dtypes differ: input ${input.dtype}, target ${target.dtype}; use cast(target, '${input.dtype}')`,
  );
}

function checkWeightDType(weight: unknown, dtype: DType, operation: string, name: string): void {
  checkFloats(weight, operation, name);
  check(
    weight.dtype === dtype,
    operation,
    () => `${name} is ${weight.dtype}, the input ${dtype}; use cast(${name}, '${dtype}')`,
  );
}

/** Throws unless a weight has the input's dtype and broadcasts to its shape. */
export function checkWeight(
  weight: unknown,
  input: { readonly shape: Shape; readonly dtype: DType },
  operation: string,
  name: string,
): asserts weight is Tensor {
  checkWeightDType(weight, input.dtype, operation, name);
  const { shape } = weight as Tensor;
  const offset = input.shape.length - shape.length;
  check(
    offset >= 0 && shape.every((extent, axis) => extent === 1 || extent === input.shape[axis + offset]),
    operation,
    () => `${name} ${formatShape(shape)} does not broadcast to the input ${formatShape(input.shape)}`,
  );
}

/** Throws unless a weight has the input's dtype and one number for each class. */
export function checkClassWeight(
  weight: unknown,
  dtype: DType,
  classes: number,
  operation: string,
): asserts weight is Tensor {
  checkWeightDType(weight, dtype, operation, 'weight');
  const { shape } = weight as Tensor;
  check(
    equalShapes(shape, [classes]),
    operation,
    () =>
      `weight has one number for each of ${classes} classes, shape [${classes}], not ${formatShape(shape)}`,
  );
}

/** A weight as a buffer of a loss. */
export function bufferOf(weight: Tensor | null, operation: string, name: string): Variable | null {
  if (weight === null) return null;
  checkTensor(weight, operation, name);
  return new Variable(weight);
}
