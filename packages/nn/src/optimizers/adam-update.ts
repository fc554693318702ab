/**
 * @file The running moments of Adam, and the step that they give; Adam and AdamW differ in what they do with weight decay.
 */
import { maximum, pow, type Tensor, zeros, zerosLike } from '@windfall/core';
import type { OptionRules } from './option-rules.ts';
import type { ParameterState, Update, UpdateInput } from './optimizer.ts';

/** For Adam and AdamW. */
export interface AdamFamilyOptions {
  /** The size of a step, ≥ 0; by default 0.001. */
  learningRate?: number;
  /** How much of the running averages of gradient and squared gradient is kept, in [0, 1); by default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the denominator; by default 1e-8. */
  eps?: number;
  /** Whether the largest average of the squared gradient so far is used (Reddi et al. 2018); by default false. */
  amsgrad?: boolean;
  /** Whether to climb instead of to descend; by default false. */
  maximize?: boolean;
}

export const adamFamilyRules: OptionRules<AdamFamilyOptions> = {
  learningRate: { kind: 'number', low: 0, initial: 1e-3 },
  betas: { kind: 'decays', initial: [0.9, 0.999] },
  eps: { kind: 'number', low: 0, initial: 1e-8 },
  amsgrad: { kind: 'flag', initial: false },
  maximize: { kind: 'flag', initial: false },
};

export interface AdamState extends ParameterState {
  readonly step: Tensor;
  readonly expAvg: Tensor;
  readonly expAvgSq: Tensor;
}

/** Nothing seen yet. */
export function initialAdamState(parameter: Tensor, amsgrad: boolean): AdamState {
  return {
    step: zeros([], { dtype: 'i32' }),
    expAvg: zerosLike(parameter),
    expAvgSq: zerosLike(parameter),
    ...(amsgrad ? { maxExpAvgSq: zerosLike(parameter) } : {}),
  };
}

/** The step from `parameter` against `slope`. */
export function adamUpdate(
  parameter: Tensor,
  slope: Tensor,
  { options, state }: Pick<UpdateInput<AdamFamilyOptions, AdamState>, 'options' | 'state'>,
): Update<AdamState> {
  const { dtype } = parameter;
  const [beta1, beta2] = options.betas;
  const averaged = (average: Tensor, value: Tensor, beta: Tensor): Tensor =>
    average.mul(beta.cast(dtype)).add(value.mul(beta.neg().add(1).cast(dtype)));
  const step = state.step.add(1);
  const expAvg = averaged(state.expAvg, slope, beta1);
  const expAvgSq = averaged(state.expAvgSq, slope.square(), beta2);
  const largest = options.amsgrad ? maximum(state['maxExpAvgSq']!, expAvgSq) : expAvgSq;
  // The averages start from 0; dividing by 1 − βⁿ makes up for it. In f64, where 1 − 0.999ⁿ does not cancel.
  const correction = (beta: Tensor): Tensor => pow(beta, step.cast('f64')).neg().add(1);
  const size = options.learningRate.div(correction(beta1)).cast(dtype);
  const scale = correction(beta2).sqrt().cast(dtype);
  const direction = expAvg.div(largest.sqrt().div(scale).add(options.eps.cast(dtype)));
  return {
    parameter: parameter.sub(direction.mul(size)),
    state: { step, expAvg, expAvgSq, ...(options.amsgrad ? { maxExpAvgSq: largest } : {}) },
  };
}
