/**
 * @file Sigmoid networks of several depths: the gradients they begin with, and training.
 */
import { evaluate, gradient } from '@windfall/core';
import { crossEntropy, Linear } from '@windfall/nn';
import { type Deviation, type DigitNetwork, xavier } from '../../digit-network.ts';
import type { Batch } from '../../digits.ts';
import { digitLearners } from '../digit-learners.ts';
import { testBatches, trainAndLook, type TrainingCurve, trainingBatches } from '../digit-training.ts';
import { type DigitSets, type Settings, seedsOf, type Trial } from '../experiment.ts';

/** Numbers of hidden layers. */
export const depths = [1, 3, 5, 10] as const;

/** Sizes of the initial weights, by the name they have in figures and tables. */
export const initialWeights = {
  'σ = 0.1': 0.1,
  Xavier: xavier,
} satisfies Record<string, number | Deviation>;

export type WeightsName = keyof typeof initialWeights;

export const weightsNames = Object.keys(initialWeights) as WeightsName[];

/** The plain network of three hidden layers learns fastest between them. */
export const rates = [0.5, 3] as const;

/** One network that was trained. */
export interface Run extends TrainingCurve {
  readonly depth: number;
  readonly weights: WeightsName;
  readonly rate: number;
  readonly normalize: boolean;
  readonly seed: number;
  /** At the start, on the first batch: the norm of the gradient of each layer's weights, from the first layer to the last. */
  readonly gradients: readonly number[];
}

/** Training mode, so the running statistics of BN move. */
export function gradientNorms(network: DigitNetwork, [images, labels]: Batch): number[] {
  const weights = network
    .namedModules()
    .flatMap(([, module]) => (module instanceof Linear ? [module.weight] : []));
  const loss = crossEntropy(network.forward(images), labels);
  // In float64, because the square of a small number may be none in float32.
  const squares = gradient(loss, weights).map((slope) => slope.cast('f64').square().sum());
  evaluate(squares);
  return squares.map((square) => Math.sqrt(square.item()));
}

export function trials(settings: Settings, digits: DigitSets): Trial<Run>[] {
  const { steps } = settings;
  const begin = digitLearners();
  const test = testBatches(digits);
  function* train(
    run: Omit<Run, keyof TrainingCurve | 'gradients'>,
  ): Generator<string | undefined, Run, void> {
    const beginning = { ...run, deviation: initialWeights[run.weights] };
    const gradients = gradientNorms(begin(beginning).network, trainingBatches(digits, run.seed).next().value);
    const options = { steps, batches: trainingBatches(digits, run.seed), test };
    return { ...run, gradients, ...(yield* trainAndLook(begin(beginning), options)) };
  }
  return seedsOf(settings).flatMap((seed) =>
    depths.flatMap((depth) =>
      weightsNames.flatMap((weights) =>
        rates.flatMap((rate) =>
          [false, true].map((normalize) => ({
            name: `seed ${seed}, ${depth} hidden, ${weights}, learning rate ${rate}, ${normalize ? 'with' : 'without'} BN`,
            steps,
            run: () => train({ depth, weights, rate, normalize, seed }),
          })),
        ),
      ),
    ),
  );
}
