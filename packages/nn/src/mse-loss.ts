/**
 * @file The loss of regression.
 */
import type { Tensor } from '@windfall/core';
import { checkTensor } from './arguments.ts';
import { check, formatShape } from './errors.ts';
import { type LossOptions, reduceLosses } from './reduction.ts';

/** For {@link mseLoss}. */
export type MseLossOptions = LossOptions;

/**
 * The mean squared error (input − target)²: PyTorch's `mse_loss`, but shapes that differ are an error, never broadcast.
 *
 * @param input any shape
 * @param target the same shape
 * @returns a single number, or with reduction 'none' the input's shape
 * @throws if the shapes differ
 * @example mseLoss(tensor([1, 2]), tensor([1, 4])).item(); // 2
 */
export function mseLoss(input: Tensor, target: Tensor, options: MseLossOptions = {}): Tensor {
  checkTensor(input, 'mseLoss');
  checkTensor(target, 'mseLoss', 'the target');
  check(
    input.shape.join() === target.shape.join(),
    'mseLoss',
    () => `shapes differ: input ${formatShape(input.shape)}, target ${formatShape(target.shape)}`,
  );
  return reduceLosses(input.sub(target).square(), options, 'mseLoss');
}
