/**
 * @file Digit networks for the trials of an experiment, which begin anew again and again. It knows nothing of what is compared.
 */
import { Generator as RandomGenerator } from '@windfall/core';
import { SGD } from '@windfall/nn';
import { type Deviation, DigitNetwork, drawWeights, hiddenLayers } from '../digit-network.ts';
import { type Learner, learnerOf } from './digit-training.ts';

/** A network with initial weights, and how fast it learns. */
export interface Beginning {
  readonly seed: number;
  readonly deviation: number | Deviation;
  /** The number of hidden layers. */
  readonly depth: number;
  readonly normalize: boolean;
  /** The learning rate of plain gradient descent. */
  readonly rate: number;
}

/**
 * What puts a network where it begins. Networks that differ in neither depth nor normalization take turns in one learner, because
 * to compile a step takes as long as to make hundreds.
 */
export function digitLearners(): (beginning: Beginning) => Learner & { network: DigitNetwork } {
  const learners = new Map<string, Learner & { network: DigitNetwork }>();
  return ({ seed, deviation, depth, normalize, rate }) => {
    const weights = drawWeights(new RandomGenerator(seed), { hidden: hiddenLayers(depth), deviation });
    const network = new DigitNetwork(weights, { normalize });
    const key = `${depth} ${normalize}`;
    const learner = learners.get(key) ?? {
      ...learnerOf(network, new SGD(network.parameters(), { learningRate: rate })),
      network,
    };
    learners.set(key, learner);
    // Parameters and running statistics; gradient descent itself remembers nothing.
    learner.network.loadStateDict(network.stateDict());
    learner.optimizer.learningRate = rate;
    return learner;
  };
}
