/**
 * @file Adam with decoupled weight decay (Loshchilov & Hutter 2019, arXiv 1711.05101).
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

/** For {@link AdamW}. */
export interface AdamWOptions extends AdamFamilyOptions {
  /** How much of itself every parameter loses at a step, times the learning rate; by default 0.01. */
  weightDecay?: number;
}

const rules: OptionRules<AdamWOptions> = {
  ...adamFamilyRules,
  weightDecay: { kind: 'number', low: 0, initial: 0.01, offAtZero: true },
};

/**
 * AdamW: PyTorch's `optim.AdamW`. p ← p·(1 − learningRate·weightDecay), then {@link Adam}'s step without weight decay.
 *
 * @example
 * const optimizer = new AdamW(decayGroups(model, { weightDecay: 0.05 }), { learningRate: 0.001 });
 * crossEntropy(model.forward(x), y).backward();
 * optimizer.step();
 */
export class AdamW extends Optimizer<AdamWOptions, AdamState> {
  /** @throws if a number is out of range or an option unknown */
  constructor(parameters: OptimizerParameters<AdamWOptions>, options: AdamWOptions = {}) {
    super(parameters, options, rules);
  }

  protected initialState(parameter: Tensor, { options }: GroupSettings<AdamWOptions>): AdamState {
    return initialAdamState(parameter, options.amsgrad);
  }

  protected update(input: UpdateInput<AdamWOptions, AdamState>): Update<AdamState> {
    const { parameter, gradient, options, uses } = input;
    const kept = options.learningRate.mul(options.weightDecay).neg().add(1).cast(parameter.dtype);
    const decayed = uses('weightDecay') ? parameter.mul(kept) : parameter;
    return adamUpdate(decayed, options.maximize ? gradient.neg() : gradient, input);
  }
}
