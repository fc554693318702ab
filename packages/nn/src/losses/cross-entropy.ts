/**
 * @file The loss of classifiers.
 */
import { arange, indexSelect, logSoftmax, oneHot, type Tensor, where } from '@windfall/core';
import { checkFloats, checkTensor, equalShapes } from '../arguments.ts';
import { check, formatShape, inTheNameOf } from '../errors.ts';
import { type LossOptions, reduceLosses } from './reduction.ts';

/** For {@link crossEntropy}. */
export type CrossEntropyOptions = LossOptions;

/**
 * −log softmax(logits)[target], computed without overflow: PyTorch's `cross_entropy` with class indices.
 *
 * @param logits unnormalized scores [N, C], or [N, C, …] with one classification per place; f32 or f64
 * @param target the right classes, i32 in [0, C): [N], or [N, …]
 * @returns a single number, or with reduction 'none' the target's shape
 * @throws if shapes do not fit, logits are no floats, the target is not i32, an option is unknown, or a class is out of
 *   range (when the result is computed, where the target itself still has to be)
 * @example crossEntropy(tensor([[0, 0]]), tensor([1], { dtype: 'i32' })).item(); // 0.6931… = ln 2
 */
export function crossEntropy(logits: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  checkFloats(logits, 'crossEntropy', 'logits');
  checkTensor(target, 'crossEntropy', 'the target');
  check(
    logits.rank >= 2,
    'crossEntropy',
    () => `expected logits [N, C] or [N, C, …], got ${formatShape(logits.shape)}`,
  );
  const expected = [logits.shape[0]!, ...logits.shape.slice(2)];
  check(
    equalShapes(target.shape, expected),
    'crossEntropy',
    () =>
      `logits ${formatShape(logits.shape)} need a target ${formatShape(expected)}, got ${formatShape(target.shape)}`,
  );
  check(
    target.dtype === 'i32',
    'crossEntropy',
    () => `the target holds i32 class numbers, not ${target.dtype}; use cast(target, 'i32')`,
  );
  const classes = logits.shape[1]!;
  const logProbabilities = logSoftmax(logits, 1);
  // Each class as itself, if there is such a class.
  const checked = inTheNameOf("crossEntropy: the target's classes", 'indexSelect', () =>
    indexSelect(arange(classes), 0, target),
  );
  // Comparing costs nothing where all logits are read anyway; looking up would need the probabilities in memory.
  const isTarget = oneHot(checked, classes, { dtype: 'bool' }).permute([
    0,
    target.rank,
    ...target.shape.slice(1).map((_, k) => k + 1),
  ]);
  const chosen = where(isTarget, logProbabilities, 0).sum(1);
  return reduceLosses(chosen.neg(), options, 'crossEntropy');
}
