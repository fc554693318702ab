/**
 * @file The experiment of section 4.1 of the batch normalization paper (Ioffe & Szegedy 2015, arXiv 1502.03167): one
 * network with and one without batch normalization, from the same weights, on the same mini-batches.
 */
import { Generator } from '@windfall/core';
import { SGD } from '@windfall/nn';
import { consecutiveBatches, shuffledBatches } from './batch-order.ts';
import { DigitNetwork, drawWeights } from './digit-network.ts';
import { type Batch, batchAt, type Digits } from './mnist.ts';
import { type Learner, type Report, trainSideBySide } from './train-side-by-side.ts';

const trainingBatchSize = 60;
const testBatchSize = 1000;

export interface Settings {
  readonly steps: number;
  readonly seed: number;
  readonly learningRate: number;
  /** How many steps lie between looks at the test digits. */
  readonly interval: number;
}

export interface Experiment {
  /** The learners' names, in the order of the reports. */
  readonly names: readonly string[];
  /** One for each step, which is made when the report is asked for. */
  readonly reports: Iterable<Report>;
}

/** Two networks that are about to learn. The same settings give the same reports. */
export function mnistExperiment(training: Digits, test: Digits, settings: Settings): Experiment {
  const { seed, learningRate } = settings;
  const generator = new Generator(seed);
  const weights = drawWeights(generator);
  const learner = (name: string, normalize: boolean): Learner => {
    const network = new DigitNetwork(weights, { normalize });
    return { name, network, optimizer: new SGD(network.parameters(), { learningRate }) };
  };
  const learners = [learner('without BN', false), learner('with BN', true)];

  function* trainingBatches(): IterableIterator<Batch> {
    for (const positions of shuffledBatches(training.count, trainingBatchSize, generator))
      yield batchAt(training, positions);
  }
  const testBatches = Array.from(consecutiveBatches(test.count, testBatchSize), (positions) =>
    batchAt(test, positions),
  );
  return {
    names: learners.map(({ name }) => name),
    reports: trainSideBySide(learners, trainingBatches(), { ...settings, test: testBatches }),
  };
}
