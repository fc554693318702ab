/**
 * @file The experiment of section 4.1 of the batch normalization paper (Ioffe & Szegedy 2015, arXiv 1502.03167): one
 * network with and one without batch normalization, from the same weights, on the same mini-batches.
 */
import { Generator } from '@windfall/core';
import { DataLoader, SGD } from '@windfall/nn';
import { DigitNetwork, drawWeights } from './digit-network.ts';
import { DigitDataset, type Digits } from './digits.ts';
import { type Learner, SideBySide } from './train-side-by-side.ts';

const testBatchSize = 1000;

/** All that the result depends on, besides the digits and the number of steps. */
export interface Settings {
  readonly seed: number;
  readonly learningRate: number;
  readonly batchSize: number;
  /** The standard deviation of the initial weights. */
  readonly deviation: number;
  readonly dtype: 'f32' | 'f64';
}

/** Two networks that are about to learn. The same settings give the same bits. */
export function mnistExperiment(training: Digits, test: Digits, settings: Settings): SideBySide {
  const { seed, learningRate, batchSize, dtype } = settings;
  const generator = new Generator(seed);
  const weights = drawWeights(generator, settings);
  const learner = (name: string, normalize: boolean): Learner => {
    const network = new DigitNetwork(weights, { normalize });
    return { name, network, optimizer: new SGD(network.parameters(), { learningRate }) };
  };
  const options = { batchSize, shuffle: true, dropLast: true, generator };
  return new SideBySide([learner('without BN', false), learner('with BN', true)], {
    loader: new DataLoader(new DigitDataset(training, dtype), options),
    test: [...new DataLoader(new DigitDataset(test, dtype), { batchSize: testBatchSize })],
  });
}
