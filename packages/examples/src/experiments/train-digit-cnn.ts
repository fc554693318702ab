/**
 * @file A convolutional network from its first step to the reading of all test digits. It knows nothing of claims and figures.
 */
import { compile, Generator as RandomGenerator, type Tensor } from '@windfall/core';
import {
  ConfusionMatrix,
  DataLoader,
  type Module,
  OneCycleLR,
  randomShift,
  SGD,
  updateBatchNorm,
} from '@windfall/nn';
import { asImages, digitCnn, withImages } from '../digit-cnn.ts';
import { type Batch, classes, DigitDataset, type Digits } from '../digits.ts';
import { trainingStep, withoutEnd } from '../training-step.ts';
import type { DigitSets } from './experiment.ts';

/** How all networks are trained. */
export const recipe = {
  batchSize: 100,
  /** By how many pixels, at most, each image is moved along both axes before it is learned from. */
  shift: 1,
  momentum: 0.9,
  weightDecay: 5e-4,
  /** In which part of the steps the learning rate rises. */
  rise: 0.25,
} as const;

/** So many training digits, in batches, make up the population statistics. */
export const populationSize = 10_000;

/** What came of a network. */
export interface CnnResult {
  readonly network: string;
  /** The share of test digits that was read correctly, at the end of each epoch and of training, with the running statistics. */
  readonly epochs: readonly { readonly step: number; readonly accuracy: number }[];
  /** The same with population statistics (Algorithm 2 of the paper); null without BN. */
  readonly populationAccuracy: number | null;
  /** How often each digit (row) was taken for each (column), at the end. */
  readonly confusion: readonly (readonly number[])[];
}

/** One of those that are compared. */
export interface CnnOptions {
  readonly network: string;
  readonly normalize: boolean;
  /** The highest of the schedule. */
  readonly learningRate: number;
}

function loaderOf(digits: Digits, options: { generator?: RandomGenerator } = {}): DataLoader<Batch> {
  const { generator } = options;
  const batchSize = Math.min(recipe.batchSize, digits.count);
  return new DataLoader(new DigitDataset(digits, 'f32'), {
    ...{ batchSize, dropLast: true },
    ...(generator === undefined ? {} : { shuffle: true, generator }),
  });
}

/** What a network, with the statistics of inference, takes the digits of some batches for. */
function reader(network: Module): (batches: Iterable<Batch>) => ConfusionMatrix {
  const logits = compile((images: Tensor) => network.forward(images));
  return (batches) => {
    network.eval();
    const matrix = new ConfusionMatrix(classes);
    for (const [images, labels] of batches) matrix.update(logits(images), labels);
    network.train();
    return matrix;
  };
}

/** Trains one network, with a test after each epoch. */
export function* trainDigitCnn(
  { training, test }: DigitSets,
  { network: name, normalize, learningRate }: CnnOptions,
  { seed, steps }: { seed: number; steps: number },
): Generator<string | undefined, CnnResult, void> {
  const { momentum, weightDecay, rise, shift } = recipe;
  const generator = new RandomGenerator(seed);
  const network = digitCnn(generator, { normalize });
  const options = { learningRate, momentum, weightDecay, nesterov: true };
  const optimizer = new SGD(network.parameters(), options);
  const schedule = new OneCycleLR(optimizer, learningRate, { totalSteps: steps + 1, pctStart: rise });
  const loader = loaderOf(training, { generator });
  const batches = withoutEnd(loader);
  const testBatches = [...new DataLoader(new DigitDataset(test, 'f32'), { batchSize: 500 })].map(asImages);
  const train = trainingStep(network, optimizer);
  const read = reader(network);
  const epochs: { step: number; accuracy: number }[] = [];
  let matrix = new ConfusionMatrix(classes);
  for (let step = 1; step <= steps; step++) {
    const batch = asImages(batches.next().value);
    const loss = train(withImages(batch, (images) => randomShift(images, shift, { generator })));
    schedule.step();
    if (step % loader.length === 0 || step === steps) {
      matrix = read(testBatches);
      epochs.push({ step, accuracy: matrix.accuracy });
    }
    yield `loss ${loss.toFixed(3)}, test accuracy ${percentOf(epochs.at(-1)?.accuracy)}`;
  }
  const result = { network: name, epochs, confusion: matrix.counts };
  if (!normalize) return { ...result, populationAccuracy: null };
  const some = loaderOf({ ...training, count: Math.min(training.count, populationSize) });
  updateBatchNorm(network, [...some].map(asImages));
  return { ...result, populationAccuracy: read(testBatches).accuracy };
}

const percentOf = (accuracy: number | undefined): string =>
  accuracy === undefined ? '–' : `${(100 * accuracy).toFixed(2)} %`;
