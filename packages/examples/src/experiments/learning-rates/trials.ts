/**
 * @file Training at every point of the grid, for every seed.
 */
import { digitLearners } from '../digit-learners.ts';
import { testBatches, trainAndLook, type TrainingCurve, trainingBatches } from '../digit-training.ts';
import { type DigitSets, type Settings, seedsOf, type Trial } from '../experiment.ts';
import { initialWeights, rates, type Run, weightsNames } from './grid.ts';

/** The paper's number of hidden layers. */
const depth = 3;

export function trials(settings: Settings, digits: DigitSets): Trial<Run>[] {
  const { steps } = settings;
  const begin = digitLearners();
  const test = testBatches(digits);
  function* train(run: Omit<Run, keyof TrainingCurve>): Generator<string | undefined, Run, void> {
    const options = { steps, batches: trainingBatches(digits, run.seed), test };
    const deviation = initialWeights[run.weights];
    return { ...run, ...(yield* trainAndLook(begin({ ...run, deviation, depth }), options)) };
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
