/**
 * @file Training at every point of the grid, for every seed.
 */
import { Generator as RandomGenerator } from '@windfall/core';
import { SGD } from '@windfall/nn';
import { DigitNetwork, drawWeights } from '../../digit-network.ts';
import {
  type Learner,
  learnerOf,
  testBatches,
  trainAndLook,
  type TrainingCurve,
  trainingBatches,
} from '../digit-training.ts';
import { type DigitSets, type Settings, seedsOf, type Trial } from '../experiment.ts';
import { initialWeights, rates, type Run, weightsNames } from './grid.ts';

/** Learners with and without BN that begin anew for each run: to compile a step takes as long as to make hundreds. */
function learners(): (run: Pick<Run, 'weights' | 'rate' | 'normalize' | 'seed'>) => Learner {
  const former = new Map<boolean, Learner>();
  return ({ weights, rate, normalize, seed }) => {
    const deviation = initialWeights[weights];
    const drawn = drawWeights(new RandomGenerator(seed), { deviation, dtype: 'f32' });
    const network = new DigitNetwork(drawn, { normalize });
    const learner =
      former.get(normalize) ?? learnerOf(network, new SGD(network.parameters(), { learningRate: rate }));
    former.set(normalize, learner);
    // Of running statistics, too.
    learner.network.loadStateDict(network.stateDict());
    learner.optimizer.learningRate = rate;
    return learner;
  };
}

export function trials(settings: Settings, digits: DigitSets): Trial<Run>[] {
  const { steps } = settings;
  const begin = learners();
  const test = testBatches(digits);
  function* train(run: Omit<Run, keyof TrainingCurve>): Generator<string | undefined, Run, void> {
    const options = { steps, batches: trainingBatches(digits, run.seed), test };
    return { ...run, ...(yield* trainAndLook(begin(run), options)) };
  }
  return seedsOf(settings).flatMap((seed) =>
    weightsNames.flatMap((weights) =>
      rates.flatMap((rate) =>
        [false, true].map((normalize) => ({
          name: `seed ${seed}, ${weights}, learning rate ${rate}, ${normalize ? 'with' : 'without'} BN`,
          steps,
          run: () => train({ weights, rate, normalize, seed }),
        })),
      ),
    ),
  );
}
