/**
 * @file Stochastic gradient descent.
 */
import { equal, type Tensor, where, zeros, zerosLike } from '@windfall/core';
import { check } from '@windfall/core/extension';
import type { OptionRules } from './option-rules.ts';
import {
  type GroupSettings,
  Optimizer,
  type OptimizerParameters,
  type Update,
  type UpdateInput,
} from './optimizer.ts';
import { type SlopeOptions, slopeOf } from './slope.ts';

/** For {@link SGD}. */
export interface SGDOptions extends SlopeOptions {
  /** The factor of every step, ≥ 0. Groups may have their own instead. */
  learningRate?: number;
  /** How much of the last step's velocity is kept; by default 0. */
  momentum?: number;
  /** How much of the gradient is left out of the velocity; by default 0. */
  dampening?: number;
  /** Nesterov's momentum, which looks one velocity ahead; by default false. */
  nesterov?: boolean;
}

const rules: OptionRules<SGDOptions> = {
  learningRate: { kind: 'number', low: 0 },
  momentum: { kind: 'number', low: 0, initial: 0, offAtZero: true },
  dampening: { kind: 'number', initial: 0, offAtZero: true },
  nesterov: { kind: 'flag', initial: false },
  weightDecay: { kind: 'number', low: 0, initial: 0, offAtZero: true },
  maximize: { kind: 'flag', initial: false },
};

/** Without momentum there is nothing to remember. The number of the step matters only to dampening, which spares the first. */
type SGDState = Readonly<Record<string, Tensor>> & {
  readonly momentumBuffer?: Tensor;
  readonly step?: Tensor;
};

/**
 * Gradient descent with momentum: PyTorch's `optim.SGD`.
 *
 * g ← ∇ + weightDecay·p, v ← momentum·v + (1 − dampening)·g (at first v = g), p ← p − learningRate·v;
 * with Nesterov p ← p − learningRate·(g + momentum·v). With `maximize` ∇ is negated.
 *
 * @example
 * const optimizer = new SGD(model.parameters(), { learningRate: 0.1, momentum: 0.9 });
 * crossEntropy(model.forward(x), y).backward();
 * optimizer.step();
 */
export class SGD extends Optimizer<SGDOptions, SGDState> {
  /** @throws if a number is out of range, an option unknown, or nesterov comes without momentum or with dampening */
  constructor(parameters: OptimizerParameters<SGDOptions>, options: SGDOptions) {
    super(parameters, options, rules);
  }

  protected override checkOptions({ nesterov, momentum, dampening }: Required<SGDOptions>): void {
    check(
      !nesterov || (momentum > 0 && dampening === 0),
      'SGD',
      () =>
        `nesterov needs momentum > 0 and no dampening, got momentum ${momentum} and dampening ${dampening}`,
    );
  }

  protected initialState(parameter: Tensor, { uses }: GroupSettings<SGDOptions>): SGDState {
    if (!uses('momentum')) return {};
    const velocity = { momentumBuffer: zerosLike(parameter) };
    return uses('dampening') ? { step: zeros([], { dtype: 'i32' }), ...velocity } : velocity;
  }

  protected update(input: UpdateInput<SGDOptions, SGDState>): Update<SGDState> {
    const { parameter, options, uses, state } = input;
    const { dtype } = parameter;
    const slope = slopeOf(input);
    const moved = (direction: Tensor): Tensor =>
      parameter.sub(direction.mul(options.learningRate.cast(dtype)));
    if (!uses('momentum')) return { parameter: moved(slope), state: {} };
    const momentum = options.momentum.cast(dtype);
    const kept = state.momentumBuffer!.mul(momentum);
    let velocity: Tensor;
    let rest: { step?: Tensor } = {};
    if (uses('dampening')) {
      const share = where(equal(state.step!, 0), 1, options.dampening.neg().add(1));
      velocity = kept.add(slope.mul(share.cast(dtype)));
      rest = { step: state.step!.add(1) };
    } else velocity = kept.add(slope);
    const direction = options.nesterov ? slope.add(velocity.mul(momentum)) : velocity;
    return { parameter: moved(direction), state: { ...rest, momentumBuffer: velocity } };
  }
}
