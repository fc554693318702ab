/**
 * @file The negative log-likelihood of classes that are given by number: some of them ignored, weighted, smoothed. It
 * knows scores and what makes log-probabilities of them, not where they come from.
 */
import { arange, equal, full, indexSelect, iota, notEqual, type Tensor, tensor, where } from '@windfall/core';
import { check, equalShapes, formatShape } from '@windfall/core/extension';
import { checkTensor } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import type { Reduction } from './reduction.ts';

/** Log-probabilities: scores [C], [N, C] or [N, C, …] less a normalizer for each place, the axis of the classes kept. */
export interface LogProbabilities {
  readonly scores: Tensor;
  /** Null for 0. */
  readonly normalizer: Tensor | null;
}

/** What the negative log-likelihood depends on besides its two tensors. */
export interface LikelihoodOptions {
  /** [C] */
  readonly weight: Tensor | null;
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;
  readonly reduction: Reduction;
}

/** The axis of the classes: the second, or the only one of a single unbatched example. */
export function classAxisOf(input: Tensor): 0 | 1 {
  return input.rank === 1 ? 0 : 1;
}

/** Throws unless the target holds a class number for every place of the input [C], [N, C] or [N, C, …]. */
export function checkClasses(input: Tensor, target: unknown, operation: string, name: string): void {
  checkTensor(target, operation, 'the target');
  const axis = classAxisOf(input);
  const expected = input.shape.filter((_, k) => k !== axis);
  check(
    equalShapes(target.shape, expected),
    operation,
    () =>
      `${name} ${formatShape(input.shape)} need a target ${formatShape(expected)}, got ${formatShape(target.shape)}`,
  );
  check(
    target.dtype === 'i32',
    operation,
    () => `the target holds i32 class numbers, not ${target.dtype}; use cast(target, 'i32')`,
  );
}

/** The values if they can be had now: not while a function is traced. */
function valuesOf(target: Tensor): number[] | null {
  try {
    return Array.from(target.data());
  } catch {
    return null;
  }
}

/** The class numbers as they are; one out of range is an error, at the call if it is at hand then, else when computed. */
function checkedClasses(target: Tensor, classes: number, ignoreIndex: number, operation: string): Tensor {
  const look = (index: Tensor): Tensor =>
    inTheNameOf(`${operation}: the target's classes`, 'indexSelect', () =>
      indexSelect(arange(classes), 0, index),
    );
  if (ignoreIndex >= 0 && ignoreIndex < classes) return look(target);
  try {
    look(target);
  } catch (error) {
    // Something at hand is out of range, which only the class to ignore may be.
    const values = valuesOf(target);
    const wrong = values?.find((value) => !(value === ignoreIndex || (value >= 0 && value < classes)));
    if (classes === 0) throw error;
    if (wrong !== undefined) look(tensor([wrong], { dtype: 'i32' }));
  }
  return look(where(equal(target, ignoreIndex), 0, target));
}

/**
 * −log-probability of the target, weighted by class, ignored places counting for nothing; with smoothing the target is
 * mixed with all classes evenly. The mean is over the weights.
 */
export function negativeLogLikelihood(
  { scores, normalizer }: LogProbabilities,
  target: Tensor,
  { weight, ignoreIndex, labelSmoothing, reduction }: LikelihoodOptions,
  operation: string,
): Tensor {
  const { dtype, shape } = scores;
  const axis = classAxisOf(scores);
  const classes = shape[axis]!;
  const checked = checkedClasses(target, classes, ignoreIndex, operation);
  const isCounted = notEqual(target, ignoreIndex);
  // Comparing costs nothing where all classes are read anyway; looking up would need the scores in memory.
  const isTarget = equal(checked.unsqueeze(axis), iota(shape, axis));
  const uniform = labelSmoothing / classes;
  let losses: Tensor;
  if (labelSmoothing === 0) {
    // Scores can be summed up while the normalizer is still being computed.
    const score = where(isTarget, scores, 0).sum(axis);
    losses = normalizer === null ? score.neg() : normalizer.squeeze(axis).sub(score);
    if (weight !== null) losses = losses.mul(indexSelect(weight, 0, checked));
  } else {
    const share = where(isTarget, full([], 1 - labelSmoothing + uniform, { dtype }), uniform);
    const perClass = weight === null ? share : share.mul(alongClasses(weight, scores));
    const logProbabilities = normalizer === null ? scores : scores.sub(normalizer);
    losses = logProbabilities.mul(perClass).sum(axis).neg();
  }
  losses = where(isCounted, losses, 0);
  if (reduction === 'none') return losses;
  const total = losses.sum();
  if (reduction === 'sum') return total;
  const count =
    weight === null
      ? isCounted.sum().cast(dtype)
      : where(isCounted, indexSelect(weight, 0, checked), 0).sum();
  return total.div(count);
}

/** One number per class, in the shape that broadcasts over the input. */
export function alongClasses(weight: Tensor, input: Tensor): Tensor {
  const axis = classAxisOf(input);
  return weight.reshape(input.shape.map((extent, k) => (k === axis ? extent : 1)));
}
