/**
 * @file Adam (Kingma & Ba 2015, arXiv 1412.6980).
 */
import { pow, sub, type Tensor, type Variable, zeros, zerosLike } from '@windfall/core';
import { checkNumber, optionsOf } from '../arguments.ts';
import { check, describeNumbers } from '../errors.ts';
import { Optimizer, type Update, type UpdateInput } from './optimizer.ts';

/** For {@link Adam}. */
export interface AdamOptions {
  /** The size of a step, ≥ 0; by default 0.001. */
  learningRate?: number;
  /** How much of the running averages of gradient and squared gradient is kept, in [0, 1); by default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the denominator; by default 1e-8. */
  eps?: number;
  /** How much of the parameter is added to its gradient (an L2 penalty, not AdamW's decay); by default 0. */
  weightDecay?: number;
}

type AdamState = Readonly<Record<'step' | 'expAvg' | 'expAvgSq', Tensor>>;

/**
 * Adam: PyTorch's `optim.Adam`.
 *
 * g ← ∇ + weightDecay·p, m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g²,
 * p ← p − learningRate · m/(1 − β₁ⁿ) / (√v/√(1 − β₂ⁿ) + ε) at the parameter's n-th step.
 *
 * @example const optimizer = new Adam(model.parameters(), { learningRate: 0.01 });
 */
export class Adam extends Optimizer<AdamState> {
  readonly #betas: readonly [number, number];
  readonly #eps: number;
  readonly #weightDecay: number;

  /** @throws if a number is out of range or an option unknown */
  constructor(parameters: readonly Variable[], options: AdamOptions = {}) {
    const known = ['learningRate', 'betas', 'eps', 'weightDecay'] as const;
    const {
      learningRate = 1e-3,
      betas = [0.9, 0.999],
      eps = 1e-8,
      weightDecay = 0,
    } = optionsOf(options, 'Adam', known);
    super(parameters, learningRate);
    const list: readonly number[] = betas;
    check(
      Array.isArray(list) && list.length === 2 && list.every((beta) => beta >= 0 && beta < 1),
      'Adam',
      () => `betas are two numbers in [0, 1), not ${describeNumbers(betas)}`,
    );
    checkNumber(eps, 'Adam', 'eps', { low: 0 });
    checkNumber(weightDecay, 'Adam', 'weightDecay', { low: 0 });
    this.#betas = [betas[0], betas[1]];
    this.#eps = eps;
    this.#weightDecay = weightDecay;
  }

  protected initialState(parameter: Tensor): AdamState {
    return {
      step: zeros([], { dtype: 'i32' }),
      expAvg: zerosLike(parameter),
      expAvgSq: zerosLike(parameter),
    };
  }

  protected update({ parameter, gradient, learningRate, state }: UpdateInput<AdamState>): Update<AdamState> {
    const before = state ?? this.initialState(parameter);
    const [beta1, beta2] = this.#betas;
    const slope = this.#weightDecay === 0 ? gradient : gradient.add(parameter.mul(this.#weightDecay));
    const step = before.step.add(1);
    const expAvg = before.expAvg.mul(beta1).add(slope.mul(1 - beta1));
    const expAvgSq = before.expAvgSq.mul(beta2).add(slope.square().mul(1 - beta2));
    // The averages start from 0; dividing by 1 − βⁿ makes up for it. In f64, where 1 − 0.999ⁿ does not cancel.
    const correction = (beta: number): Tensor => sub(1, pow(beta, step.cast('f64')));
    const size = learningRate.div(correction(beta1)).cast(parameter.dtype);
    const scale = correction(beta2).sqrt().cast(parameter.dtype);
    const direction = expAvg.div(expAvgSq.sqrt().div(scale).add(this.#eps));
    return { parameter: parameter.sub(direction.mul(size)), state: { step, expAvg, expAvgSq } };
  }
}
