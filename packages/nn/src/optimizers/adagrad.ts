/**
 * @file Gradients divided by the size of all before (Duchi, Hazan & Singer 2011).
 */
import { type Tensor, zeros } from '@windfall/core';
import type { OptionRules } from './option-rules.ts';
import {
  type GroupSettings,
  Optimizer,
  type OptimizerParameters,
  type Update,
  type UpdateInput,
} from './optimizer.ts';
import { type SlopeOptions, slopeOf } from './slope.ts';

/** For {@link Adagrad}. */
export interface AdagradOptions extends SlopeOptions {
  /** The size of a step, ≥ 0; by default 0.01. */
  learningRate?: number;
  /** How fast the learning rate falls: at the n-th step it is divided by 1 + (n − 1)·lrDecay; by default 0. */
  lrDecay?: number;
  /** What the sums of squares start from, ≥ 0; by default 0. */
  initialAccumulatorValue?: number;
  /** Added to the denominator; by default 1e-10. */
  eps?: number;
}

const rules: OptionRules<AdagradOptions> = {
  learningRate: { kind: 'number', low: 0, initial: 0.01 },
  lrDecay: { kind: 'number', low: 0, initial: 0 },
  weightDecay: { kind: 'number', low: 0, initial: 0, offAtZero: true },
  initialAccumulatorValue: { kind: 'constant', low: 0, initial: 0 },
  eps: { kind: 'number', low: 0, initial: 1e-10 },
  maximize: { kind: 'flag', initial: false },
};

type AdagradState = Readonly<Record<'step' | 'sum', Tensor>>;

/**
 * Adagrad: PyTorch's `optim.Adagrad`.
 *
 * g ← ∇ + weightDecay·p, s ← s + g², p ← p − learningRate/(1 + (n − 1)·lrDecay) · g/(√s + ε) at the parameter's n-th
 * step. With `maximize` ∇ is negated.
 *
 * @example
 * const optimizer = new Adagrad(model.parameters(), { learningRate: 0.1 });
 * crossEntropy(model.forward(x), y).backward();
 * optimizer.step();
 */
export class Adagrad extends Optimizer<AdagradOptions, AdagradState> {
  /** @throws if a number is out of range or an option unknown */
  constructor(parameters: OptimizerParameters<AdagradOptions>, options: AdagradOptions = {}) {
    super(parameters, options, rules);
  }

  protected initialState({ shape, dtype }: Tensor, { options }: GroupSettings<AdagradOptions>): AdagradState {
    const sum = options.initialAccumulatorValue.cast(dtype).expand(shape);
    return { step: zeros([], { dtype: 'i32' }), sum };
  }

  protected update(input: UpdateInput<AdagradOptions, AdagradState>): Update<AdagradState> {
    const { parameter, options, state } = input;
    const { dtype } = parameter;
    const slope = slopeOf(input);
    const sum = state.sum.add(slope.square());
    const size = options.learningRate.div(state.step.cast('f64').mul(options.lrDecay).add(1)).cast(dtype);
    const direction = slope.div(sum.sqrt().add(options.eps.cast(dtype)));
    return { parameter: parameter.sub(direction.mul(size)), state: { step: state.step.add(1), sum } };
  }
}
