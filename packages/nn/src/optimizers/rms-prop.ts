/**
 * @file Gradients divided by their recent size (Tieleman & Hinton 2012, lecture 6.5 of "Neural Networks for Machine
 * Learning").
 */
import { type Tensor, zeros, zerosLike } from '@windfall/core';
import type { OptionRules } from './option-rules.ts';
import {
  type GroupSettings,
  Optimizer,
  type OptimizerParameters,
  type ParameterState,
  type Update,
  type UpdateInput,
} from './optimizer.ts';
import { type SlopeOptions, slopeOf } from './slope.ts';

/** For {@link RMSprop}. */
export interface RMSpropOptions extends SlopeOptions {
  /** The size of a step, ≥ 0; by default 0.01. */
  learningRate?: number;
  /** How much of the running averages is kept, ≥ 0; by default 0.99. */
  alpha?: number;
  /** Added to the denominator; by default 1e-8. */
  eps?: number;
  /** How much of the last step is kept; by default 0. */
  momentum?: number;
  /** Whether to divide by the standard deviation of the gradient instead of its root mean square; by default false. */
  centered?: boolean;
}

const rules: OptionRules<RMSpropOptions> = {
  learningRate: { kind: 'number', low: 0, initial: 0.01 },
  alpha: { kind: 'number', low: 0, initial: 0.99 },
  eps: { kind: 'number', low: 0, initial: 1e-8 },
  weightDecay: { kind: 'number', low: 0, initial: 0, offAtZero: true },
  momentum: { kind: 'number', low: 0, initial: 0, offAtZero: true },
  centered: { kind: 'flag', initial: false },
  maximize: { kind: 'flag', initial: false },
};

/**
 * RMSprop: PyTorch's `optim.RMSprop`.
 *
 * g ← ∇ + weightDecay·p, v ← α·v + (1 − α)·g², d ← g/(√v + ε); centered, a ← α·a + (1 − α)·g and √(v − a²) for √v.
 * p ← p − learningRate·d; with momentum b ← momentum·b + d and p ← p − learningRate·b. With `maximize` ∇ is negated.
 *
 * @example
 * const optimizer = new RMSprop(model.parameters(), { learningRate: 0.001, centered: true });
 * crossEntropy(model.forward(x), y).backward();
 * optimizer.step();
 */
export class RMSprop extends Optimizer<RMSpropOptions> {
  /** @throws if a number is out of range or an option unknown */
  constructor(parameters: OptimizerParameters<RMSpropOptions>, options: RMSpropOptions = {}) {
    super(parameters, options, rules);
  }

  protected initialState(
    parameter: Tensor,
    { options, uses }: GroupSettings<RMSpropOptions>,
  ): ParameterState {
    return {
      step: zeros([], { dtype: 'i32' }),
      squareAvg: zerosLike(parameter),
      ...(uses('momentum') ? { momentumBuffer: zerosLike(parameter) } : {}),
      ...(options.centered ? { gradAvg: zerosLike(parameter) } : {}),
    };
  }

  protected update(input: UpdateInput<RMSpropOptions, ParameterState>): Update<ParameterState> {
    const { parameter, options, uses, state } = input;
    const { dtype } = parameter;
    const slope = slopeOf(input);
    const averaged = (average: Tensor, value: Tensor): Tensor =>
      average.mul(options.alpha.cast(dtype)).add(value.mul(options.alpha.neg().add(1).cast(dtype)));
    const after: Record<string, Tensor> = {
      step: state['step']!.add(1),
      squareAvg: averaged(state['squareAvg']!, slope.square()),
    };
    let spread = after['squareAvg']!;
    if (options.centered) {
      after['gradAvg'] = averaged(state['gradAvg']!, slope);
      spread = spread.sub(after['gradAvg'].square());
    }
    let direction = slope.div(spread.sqrt().add(options.eps.cast(dtype)));
    if (uses('momentum')) {
      direction = state['momentumBuffer']!.mul(options.momentum.cast(dtype)).add(direction);
      after['momentumBuffer'] = direction;
    }
    return { parameter: parameter.sub(direction.mul(options.learningRate.cast(dtype))), state: after };
  }
}
