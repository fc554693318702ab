/**
 * @file The running statistics that batch normalizations would have at several momenta, from one training: in training nothing
 * depends on them, so one network is enough.
 */
import { assignAll, type Tensor, Variable, zeros } from '@windfall/core';
import { BatchNorm, type Module } from '@windfall/nn';

/** As in BatchNormOptions: null is the plain average over all batches. */
export type Momentum = number | null;

/** One layer's buffer of running statistics, and what it would be at a momentum. */
interface Followed {
  /** With a momentum of 1: what the last batch had. */
  readonly latest: Variable;
  readonly running: Variable;
}

/** The batch normalizations of a network, in order. */
export function normalizationsOf(network: Module): BatchNorm[] {
  return network
    .namedModules()
    .map(([, module]) => module)
    .filter((module) => module instanceof BatchNorm);
}

export class FollowedStatistics {
  readonly #followed: ReadonlyMap<Momentum, readonly Followed[]>;
  readonly #batches = new Variable(zeros([]));

  /** From now on the network's own statistics are those of its last batch. */
  constructor(network: Module, momenta: readonly Momentum[]) {
    const layers = normalizationsOf(network);
    for (const layer of layers) layer.momentum = 1;
    const buffers = layers.flatMap(({ runningMean, runningVar }) => [runningMean!, runningVar!]);
    this.#followed = new Map(
      momenta.map((momentum) => [
        momentum,
        buffers.map((latest) => ({ latest, running: new Variable(latest.detach()) })),
      ]),
    );
  }

  /** Takes in the batch that the network has just been trained on; in a compiled step, too. */
  follow(): void {
    const batches = this.#batches.add(1);
    const assignments: [Variable, Tensor][] = [[this.#batches, batches]];
    for (const [momentum, layers] of this.#followed) {
      const weight = momentum ?? batches.reciprocal();
      for (const { latest, running } of layers)
        assignments.push([running, running.add(latest.sub(running).mul(weight))]);
    }
    assignAll(assignments);
  }

  /** Gives the network the statistics of a momentum, until its next batch. */
  use(momentum: Momentum): void {
    assignAll(this.#followed.get(momentum)!.map(({ latest, running }) => [latest, running.detach()]));
  }
}
