/**
 * @file Adam (Kingma & Ba 2015, arXiv 1412.6980).
 */
import type { Tensor } from '@windfall/core';
import {
  type AdamFamilyOptions,
  adamFamilyRules,
  type AdamState,
  adamUpdate,
  initialAdamState,
} from './adam-update.ts';
import type { OptionRules } from './option-rules.ts';
import {
  type GroupSettings,
  Optimizer,
  type OptimizerParameters,
  type Update,
  type UpdateInput,
} from './optimizer.ts';
import { slopeOf } from './slope.ts';

/** For {@link Adam}. */
export interface AdamOptions extends AdamFamilyOptions {
  /** How much of the parameter is added to its gradient (an L2 penalty, not AdamW's decay); by default 0. */
  weightDecay?: number;
}

const rules: OptionRules<AdamOptions> = {
  ...adamFamilyRules,
  weightDecay: { kind: 'number', low: 0, initial: 0, offAtZero: true },
};

/**
 * Adam: PyTorch's `optim.Adam`.
 *
 * g ← ∇ + weightDecay·p, m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g²,
 * p ← p − learningRate · m/(1 − β₁ⁿ) / (√v/√(1 − β₂ⁿ) + ε) at the parameter's n-th step. With `amsgrad` the largest v so
 * far takes the place of v; with `maximize` ∇ is negated.
 *
 * @example
 * const optimizer = new Adam(model.parameters(), { learningRate: 0.01 });
 * crossEntropy(model.forward(x), y).backward();
 * optimizer.step();
 */
export class Adam extends Optimizer<AdamOptions, AdamState> {
  /** @throws if a number is out of range or an option unknown */
  constructor(parameters: OptimizerParameters<AdamOptions>, options: AdamOptions = {}) {
    super(parameters, options, rules);
  }

  protected initialState(parameter: Tensor, { options }: GroupSettings<AdamOptions>): AdamState {
    return initialAdamState(parameter, options.amsgrad);
  }

  protected update(input: UpdateInput<AdamOptions, AdamState>): Update<AdamState> {
    return adamUpdate(input.parameter, slopeOf(input), input);
  }
}
