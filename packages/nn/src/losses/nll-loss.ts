/**
 * @file The loss of classifiers that give logarithms of probabilities.
 */
import type { Tensor, Variable } from '@windfall/core';
import { check, formatShape } from '@windfall/core/extension';
import { checkFloats, checkWhole, optionsOf } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { checkClasses, classAxisOf, negativeLogLikelihood } from './class-target.ts';
import { Loss } from './loss.ts';
import { bufferOf, checkClassWeight } from './pair.ts';
import { checkReduction, type LossOptions, type Reduction } from './reduction.ts';

/** For {@link nllLoss}. */
export interface NllLossOptions extends LossOptions {
  /** A factor for the losses of each class, [C], of the input's dtype; by default 1. The mean is the weighted one. */
  weight?: Tensor | null;
  /** Places with this target count for nothing, also in the mean; by default −100. */
  ignoreIndex?: number;
}

type Settings = Required<NllLossOptions>;

function settingsOf(options: NllLossOptions, operation: string): Settings {
  const known = ['weight', 'ignoreIndex', 'reduction'] as const;
  const { weight = null, ignoreIndex = -100, reduction = 'mean' } = optionsOf(options, operation, known);
  checkWhole(ignoreIndex, operation, 'ignoreIndex', -(2 ** 31));
  checkReduction(reduction, operation);
  return { weight, ignoreIndex, reduction };
}

/**
 * −input[target]: PyTorch's `nll_loss`, for log-probabilities such as `logSoftmax` gives.
 *
 * @param input log-probabilities [C], [N, C], or [N, C, …] with one classification per place; f32 or f64
 * @param target the right classes, i32 in [0, C) or `ignoreIndex`: [], [N], or [N, …]
 * @returns a single number, or with reduction 'none' the target's shape; a mean over nothing is NaN
 * @throws if shapes or dtypes do not fit, an option is unknown, or a class is out of range (when the result is computed,
 *   where the target itself still has to be)
 * @example nllLoss(tensor([[-1, -2]]), tensor([1], { dtype: 'i32' })).item(); // 2
 */
export function nllLoss(input: Tensor, target: Tensor, options: NllLossOptions = {}): Tensor {
  const settings = settingsOf(options, 'nllLoss');
  checkFloats(input, 'nllLoss', 'the input');
  check(
    input.rank >= 1,
    'nllLoss',
    () => `expected an input [C], [N, C] or [N, C, …], got ${formatShape(input.shape)}`,
  );
  checkClasses(input, target, 'nllLoss', 'log-probabilities');
  const { weight } = settings;
  if (weight !== null) checkClassWeight(weight, input.dtype, input.shape[classAxisOf(input)]!, 'nllLoss');
  const logProbabilities = { scores: input, normalizer: null };
  return negativeLogLikelihood(logProbabilities, target, { ...settings, labelSmoothing: 0 }, 'nllLoss');
}

/**
 * {@link nllLoss} as a module: PyTorch's `nn.NLLLoss`. A weight is a buffer of the state dict.
 * @example new NLLLoss().forward(tensor([[-1, -2]]), tensor([1], { dtype: 'i32' })).item(); // 2
 */
export class NLLLoss extends Loss {
  readonly weight: Variable | null;
  readonly ignoreIndex: number;
  readonly reduction: Reduction;

  /** @throws if an option is unknown or out of range */
  constructor(options: NllLossOptions = {}) {
    super();
    const { weight, ignoreIndex, reduction } = settingsOf(options, 'NLLLoss');
    this.weight = bufferOf(weight, 'NLLLoss', 'the weight');
    this.ignoreIndex = ignoreIndex;
    this.reduction = reduction;
  }

  /** @returns what `nllLoss` gives */
  forward(input: Tensor, target?: Tensor): Tensor {
    const { weight, ignoreIndex, reduction } = this;
    return inTheNameOf('NLLLoss', 'nllLoss', () =>
      nllLoss(input, target!, { weight, ignoreIndex, reduction }),
    );
  }
}
