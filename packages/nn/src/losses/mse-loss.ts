/**
 * @file The loss of regression.
 */
import type { Tensor } from '@windfall/core';
import { checkFloats, equalShapes } from '../arguments.ts';
import { check, formatShape } from '../errors.ts';
import { type LossOptions, reduceLosses } from './reduction.ts';

/** For {@link mseLoss}. */
export type MseLossOptions = LossOptions;

/**
 * The mean squared error (input − target)²: PyTorch's `mse_loss`, but shapes and dtypes that differ are errors: nothing
 * is broadcast or promoted.
 *
 * @param input any shape, f32 or f64
 * @param target the same shape and dtype
 * @returns a single number, or with reduction 'none' the input's shape
 * @throws if shapes or dtypes differ, or an option is unknown
 * @example mseLoss(tensor([1, 2]), tensor([1, 4])).item(); // 2
 */
export function mseLoss(input: Tensor, target: Tensor, options: MseLossOptions = {}): Tensor {
  checkFloats(input, 'mseLoss', 'the input');
  checkFloats(target, 'mseLoss', 'the target');
  check(
    equalShapes(input.shape, target.shape),
    'mseLoss',
    () => `shapes differ: input ${formatShape(input.shape)}, target ${formatShape(target.shape)}`,
  );
  check(
    input.dtype === target.dtype,
    'mseLoss',
    () => `dtypes differ: input ${input.dtype}, target ${target.dtype}; use cast(target, '${input.dtype}')`,
  );
  return reduceLosses(input.sub(target).square(), options, 'mseLoss');
}
