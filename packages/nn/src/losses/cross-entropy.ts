/**
 * @file The loss of classifiers.
 */
import { logSoftmax, type Tensor, type Variable, where } from '@windfall/core';
import { check, describe, equalShapes, fail, formatShape } from '@windfall/core/extension';
import { checkFloats, checkNumber, checkTensor, optionsOf } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import {
  alongClasses,
  checkClasses,
  classAxisOf,
  type LogProbabilities,
  negativeLogLikelihood,
} from './class-target.ts';
import { Loss } from './loss.ts';
import { bufferOf, checkClassWeight, checkSameDType } from './pair.ts';
import { checkReduction, type LossOptions, reduceLosses, type Reduction } from './reduction.ts';

/** For {@link crossEntropy}. */
export interface CrossEntropyOptions extends LossOptions {
  /** A factor for the losses of each class, [C], of the logits' dtype; by default 1. The mean is the weighted one. */
  weight?: Tensor | null;
  /** Places with this target count for nothing, also in the mean; by default −100. Only for class numbers. */
  ignoreIndex?: number;
  /** How much of the target is spread evenly over all classes, in [0, 1] (arXiv 1512.00567); by default 0. */
  labelSmoothing?: number;
}

type Settings = Required<Omit<CrossEntropyOptions, 'ignoreIndex'>> & { ignoreIndex: number | null };

function settingsOf(options: CrossEntropyOptions, operation: string): Settings {
  const known = ['weight', 'ignoreIndex', 'reduction', 'labelSmoothing'] as const;
  const {
    weight = null,
    ignoreIndex = null,
    reduction = 'mean',
    labelSmoothing = 0,
  } = optionsOf(options, operation, known);
  check(
    ignoreIndex === null || Number.isSafeInteger(ignoreIndex),
    operation,
    () => `ignoreIndex is a whole number, not ${describe(ignoreIndex)}`,
  );
  checkNumber(labelSmoothing, operation, 'labelSmoothing', { low: 0, high: 1 });
  checkReduction(reduction, operation);
  return { weight, ignoreIndex, reduction, labelSmoothing };
}

/** −Σ target·log-probability over the classes, the mean being over places. */
function ofProbabilities(logits: Tensor, target: Tensor, settings: Settings): Tensor {
  const { weight, labelSmoothing, reduction } = settings;
  const axis = classAxisOf(logits);
  const classes = logits.shape[axis]!;
  const smoothed =
    labelSmoothing === 0 ? target : target.mul(1 - labelSmoothing).add(labelSmoothing / classes);
  const perClass = logSoftmax(logits, axis).mul(smoothed);
  const losses = (weight === null ? perClass : perClass.mul(alongClasses(weight, logits))).sum(axis).neg();
  return reduceLosses(losses, reduction);
}

/** Scores of which none is above 0, so that no exponential overflows; their gradient does not depend on the shift. */
function logProbabilitiesOf(logits: Tensor): LogProbabilities {
  const axis = classAxisOf(logits);
  const options = { keepDims: true };
  const largest = (logits.size === 0 ? logits.sum(axis, options) : logits.max(axis, options)).stopGradient();
  const scores = logits.sub(where(largest.equal(-Infinity), 0, largest));
  return { scores, normalizer: scores.exp().sum(axis, options).log() };
}

/**
 * −log softmax(logits)[target], computed without overflow: PyTorch's `cross_entropy`.
 *
 * @param logits unnormalized scores [C], [N, C], or [N, C, …] with one classification per place; f32 or f64
 * @param target the right classes, i32 in [0, C) or `ignoreIndex`: [], [N], or [N, …]; or the probability of every class,
 *   of the logits' shape and dtype
 * @returns a single number, or with reduction 'none' the logits' shape without classes; a mean over nothing is NaN
 * @throws if shapes or dtypes do not fit, an option is unknown or out of range, or a class is out of range (when the
 *   result is computed, where the target itself still has to be)
 * @example crossEntropy(tensor([[0, 0]]), tensor([1], { dtype: 'i32' })).item(); // 0.6931… (ln 2)
 */
export function crossEntropy(logits: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const settings = settingsOf(options, 'crossEntropy');
  checkFloats(logits, 'crossEntropy', 'logits');
  checkTensor(target, 'crossEntropy', 'the target');
  check(
    logits.rank >= 1,
    'crossEntropy',
    () => `expected logits [C], [N, C] or [N, C, …], got ${formatShape(logits.shape)}`,
  );
  const { weight, ignoreIndex } = settings;
  const axis = classAxisOf(logits);
  if (weight !== null) checkClassWeight(weight, logits.dtype, logits.shape[axis]!, 'crossEntropy');
  if (target.dtype !== 'i32' && equalShapes(target.shape, logits.shape)) {
    checkFloats(target, 'crossEntropy', 'the target');
    checkSameDType(logits, target, 'crossEntropy');
    if (ignoreIndex !== null)
      fail('crossEntropy', 'ignoreIndex is for class numbers, but the target holds probabilities');
    return ofProbabilities(logits, target, settings);
  }
  checkClasses(logits, target, 'crossEntropy', 'logits');
  return negativeLogLikelihood(
    logProbabilitiesOf(logits),
    target,
    { ...settings, ignoreIndex: ignoreIndex ?? -100 },
    'crossEntropy',
  );
}

/**
 * {@link crossEntropy} as a module: PyTorch's `nn.CrossEntropyLoss`. A weight is a buffer of the state dict.
 * @example new CrossEntropyLoss().forward(tensor([[0, 0]]), tensor([1], { dtype: 'i32' })).item(); // 0.6931… (ln 2)
 */
export class CrossEntropyLoss extends Loss {
  readonly weight: Variable | null;
  /** Null stands for −100 with class numbers. */
  readonly ignoreIndex: number | null;
  readonly reduction: Reduction;
  readonly labelSmoothing: number;

  /** @throws if an option is unknown or out of range */
  constructor(options: CrossEntropyOptions = {}) {
    super();
    const { weight, ignoreIndex, reduction, labelSmoothing } = settingsOf(options, 'CrossEntropyLoss');
    this.weight = bufferOf(weight, 'CrossEntropyLoss', 'the weight');
    this.ignoreIndex = ignoreIndex;
    this.reduction = reduction;
    this.labelSmoothing = labelSmoothing;
  }

  /** @returns what `crossEntropy` gives */
  forward(logits: Tensor, target?: Tensor): Tensor {
    const { weight, ignoreIndex, reduction, labelSmoothing } = this;
    const options = {
      weight,
      reduction,
      labelSmoothing,
      ...(ignoreIndex === null ? {} : { ignoreIndex }),
    };
    return inTheNameOf('CrossEntropyLoss', 'crossEntropy', () => crossEntropy(logits, target!, options));
  }
}
