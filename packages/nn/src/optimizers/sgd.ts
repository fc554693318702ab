/**
 * @file Stochastic gradient descent.
 */
import { type Tensor, type Variable, zerosLike } from '@windfall/core';
import { checkFlag, checkNumber, optionsOf } from '../arguments.ts';
import { check } from '../errors.ts';
import { Optimizer, type Update, type UpdateInput } from './optimizer.ts';

/** For {@link SGD}. */
export interface SGDOptions {
  /** The factor of every step, ≥ 0. */
  learningRate: number;
  /** How much of the last step's velocity is kept; by default 0. */
  momentum?: number;
  /** How much of the gradient is left out of the velocity; by default 0. */
  dampening?: number;
  /** Nesterov's momentum, which looks one velocity ahead; by default false. */
  nesterov?: boolean;
  /** How much of the parameter is added to its gradient (an L2 penalty); by default 0. */
  weightDecay?: number;
}

/** Without momentum there is nothing to remember. */
type SGDState = Readonly<Record<string, Tensor>> & { readonly momentumBuffer?: Tensor };

/**
 * Gradient descent with momentum: PyTorch's `optim.SGD`.
 *
 * g ← ∇ + weightDecay·p, v ← momentum·v + (1 − dampening)·g (at first v = g), p ← p − learningRate·v;
 * with Nesterov p ← p − learningRate·(g + momentum·v).
 *
 * @example
 * const optimizer = new SGD(model.parameters(), { learningRate: 0.1, momentum: 0.9 });
 * optimizer.zeroGrad();
 * mseLoss(model.forward(x), y).backward();
 * optimizer.step();
 */
export class SGD extends Optimizer<SGDState> {
  readonly #momentum: number;
  readonly #dampening: number;
  readonly #nesterov: boolean;
  readonly #weightDecay: number;

  /** @throws if a number is out of range, an option unknown, or nesterov comes without momentum or with dampening */
  constructor(parameters: readonly Variable[], options: SGDOptions) {
    const known = ['learningRate', 'momentum', 'dampening', 'nesterov', 'weightDecay'] as const;
    const { learningRate, ...rest } = optionsOf(options, 'SGD', known);
    super(parameters, learningRate);
    const { momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 } = rest;
    checkNumber(momentum, 'SGD', 'momentum', { low: 0 });
    checkNumber(dampening, 'SGD', 'dampening');
    checkNumber(weightDecay, 'SGD', 'weightDecay', { low: 0 });
    checkFlag(nesterov, 'SGD', 'nesterov');
    check(
      !nesterov || (momentum > 0 && dampening === 0),
      'SGD',
      () =>
        `nesterov needs momentum > 0 and no dampening, got momentum ${momentum} and dampening ${dampening}`,
    );
    this.#momentum = momentum;
    this.#dampening = dampening;
    this.#nesterov = nesterov;
    this.#weightDecay = weightDecay;
  }

  protected initialState(parameter: Tensor): SGDState {
    return this.#momentum === 0 ? {} : { momentumBuffer: zerosLike(parameter) };
  }

  protected update({ parameter, gradient, learningRate, state }: UpdateInput<SGDState>): Update<SGDState> {
    const slope = this.#weightDecay === 0 ? gradient : gradient.add(parameter.mul(this.#weightDecay));
    const moved = (direction: Tensor): Tensor =>
      parameter.sub(direction.mul(learningRate.cast(parameter.dtype)));
    if (this.#momentum === 0) return { parameter: moved(slope), state: {} };
    const before = state?.momentumBuffer;
    const velocity =
      before === undefined ? slope : before.mul(this.#momentum).add(slope.mul(1 - this.#dampening));
    const direction = this.#nesterov ? slope.add(velocity.mul(this.#momentum)) : velocity;
    return { parameter: moved(direction), state: { momentumBuffer: velocity } };
  }
}
