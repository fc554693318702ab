/**
 * @file The losses of yes-or-no questions, from probabilities and from logits.
 */
import {
  equal,
  greaterEqual,
  less,
  logicalAnd,
  softplus,
  type Tensor,
  type Variable,
  where,
} from '@windfall/core';
import { optionsOf } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { Loss } from './loss.ts';
import { bufferOf, checkPair, checkWeight } from './pair.ts';
import { checkReduction, type LossOptions, reduceLosses, type Reduction } from './reduction.ts';

/** For {@link binaryCrossEntropy}. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** A factor for each loss, of the input's dtype, that broadcasts to the input's shape; by default 1. */
  weight?: Tensor | null;
}

/** For {@link binaryCrossEntropyWithLogits}. */
export interface BinaryCrossEntropyWithLogitsOptions extends BinaryCrossEntropyOptions {
  /** The weight of the answer yes against no, of the input's dtype, that broadcasts to the input's shape; by default 1. */
  posWeight?: Tensor | null;
}

/** PyTorch's lower limit of logarithms. */
const lowestLog = -100;

/** ln x, at least −100 for x ≥ 0. A limited logarithm is constant. */
function limitedLog(x: Tensor): Tensor {
  const isTiny = logicalAnd(greaterEqual(x, 0), less(x, Math.exp(lowestLog)));
  return where(isTiny, lowestLog, where(isTiny, 1, x).log());
}

/** ln(1 − x), at least −100 for x ≤ 1. */
function limitedLogOfRest(x: Tensor): Tensor {
  const isOne = equal(x, 1);
  return where(isOne, lowestLog, where(isOne, 0, x).neg().log1p());
}

/** Losses times their weights, if there are some. */
function weighted(losses: Tensor, weight: Tensor | null, input: Tensor, operation: string): Tensor {
  if (weight === null) return losses;
  checkWeight(weight, input, operation, 'weight');
  return losses.mul(weight);
}

/**
 * −(target·ln input + (1 − target)·ln(1 − input)): PyTorch's `binary_cross_entropy`, each logarithm being at least −100.
 * Better give logits to {@link binaryCrossEntropyWithLogits}. Nothing is broadcast or promoted.
 *
 * A limited logarithm has the gradient 0; PyTorch has ±1e12 there, and 0 for an input of exactly 0 or 1 that is right.
 *
 * @param input probabilities, any shape, f32 or f64; outside [0, 1] the loss is NaN
 * @param target the same shape and dtype, in [0, 1]
 * @returns a single number, or with reduction 'none' the input's shape
 * @throws if shapes or dtypes differ, or an option is unknown or does not fit
 * @example binaryCrossEntropy(tensor([0.5]), tensor([1])).item(); // 0.6931… (ln 2)
 */
export function binaryCrossEntropy(
  input: Tensor,
  target: Tensor,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  const operation = 'binaryCrossEntropy';
  const { weight = null, reduction = 'mean' } = optionsOf(options, operation, ['weight', 'reduction']);
  checkReduction(reduction, operation);
  checkPair(input, target, operation);
  const losses = target
    .sub(1)
    .mul(limitedLogOfRest(input))
    .sub(target.mul(limitedLog(input)));
  return reduceLosses(weighted(losses, weight, input, operation), reduction);
}

/**
 * {@link binaryCrossEntropy} of the sigmoid of the input, without overflow: PyTorch's
 * `binary_cross_entropy_with_logits`, (1 − target)·input + (1 + (posWeight − 1)·target)·ln(1 + e^−input).
 * Nothing is broadcast or promoted but the weights.
 *
 * @param input logits, any shape, f32 or f64
 * @param target the same shape and dtype, in [0, 1]
 * @returns a single number, or with reduction 'none' the input's shape
 * @throws if shapes or dtypes differ, or an option is unknown or does not fit
 * @example binaryCrossEntropyWithLogits(tensor([0]), tensor([1])).item(); // 0.6931… (ln 2)
 */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  options: BinaryCrossEntropyWithLogitsOptions = {},
): Tensor {
  const operation = 'binaryCrossEntropyWithLogits';
  const known = ['weight', 'posWeight', 'reduction'] as const;
  const { weight = null, posWeight = null, reduction = 'mean' } = optionsOf(options, operation, known);
  checkReduction(reduction, operation);
  checkPair(input, target, operation);
  let logLikelihood = softplus(input.neg());
  if (posWeight !== null) {
    checkWeight(posWeight, input, operation, 'posWeight');
    logLikelihood = logLikelihood.mul(target.mul(posWeight.sub(1)).add(1));
  }
  const losses = target.neg().add(1).mul(input).add(logLikelihood);
  return reduceLosses(weighted(losses, weight, input, operation), reduction);
}

/**
 * {@link binaryCrossEntropy} as a module: PyTorch's `nn.BCELoss`. A weight is a buffer of the state dict.
 * @example new BCELoss().forward(tensor([0.5]), tensor([1])).item(); // 0.6931… (ln 2)
 */
export class BCELoss extends Loss {
  readonly weight: Variable | null;
  readonly reduction: Reduction;

  /** @throws if an option is unknown or out of range */
  constructor(options: BinaryCrossEntropyOptions = {}) {
    super();
    const { weight = null, reduction = 'mean' } = optionsOf(options, 'BCELoss', ['weight', 'reduction']);
    checkReduction(reduction, 'BCELoss');
    this.weight = bufferOf(weight, 'BCELoss', 'the weight');
    this.reduction = reduction;
  }

  /** @returns what `binaryCrossEntropy` gives */
  forward(input: Tensor, target?: Tensor): Tensor {
    const { weight, reduction } = this;
    return inTheNameOf('BCELoss', 'binaryCrossEntropy', () =>
      binaryCrossEntropy(input, target!, { weight, reduction }),
    );
  }
}

/**
 * {@link binaryCrossEntropyWithLogits} as a module: PyTorch's `nn.BCEWithLogitsLoss`. Weights are buffers of the state
 * dict, `weight` and `pos_weight`.
 * @example new BCEWithLogitsLoss().forward(tensor([0]), tensor([1])).item(); // 0.6931… (ln 2)
 */
export class BCEWithLogitsLoss extends Loss {
  readonly weight: Variable | null;
  readonly posWeight: Variable | null;
  readonly reduction: Reduction;

  /** @throws if an option is unknown or out of range */
  constructor(options: BinaryCrossEntropyWithLogitsOptions = {}) {
    super();
    const known = ['weight', 'posWeight', 'reduction'] as const;
    const {
      weight = null,
      posWeight = null,
      reduction = 'mean',
    } = optionsOf(options, 'BCEWithLogitsLoss', known);
    checkReduction(reduction, 'BCEWithLogitsLoss');
    this.weight = bufferOf(weight, 'BCEWithLogitsLoss', 'the weight');
    this.posWeight = bufferOf(posWeight, 'BCEWithLogitsLoss', 'posWeight');
    this.reduction = reduction;
  }

  /** @returns what `binaryCrossEntropyWithLogits` gives */
  forward(input: Tensor, target?: Tensor): Tensor {
    const { weight, posWeight, reduction } = this;
    return inTheNameOf('BCEWithLogitsLoss', 'binaryCrossEntropyWithLogits', () =>
      binaryCrossEntropyWithLogits(input, target!, { weight, posWeight, reduction }),
    );
  }
}
