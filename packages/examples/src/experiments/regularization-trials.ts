/**
 * @file Training on few digits until a network knows them by heart, with and without batch normalization, at several
 * strengths of dropout. What comes of it is regularization.ts.
 */
import { Generator as RandomGenerator } from '@windfall/core';
import { BatchNorm1d, DataLoader, SGD } from '@windfall/nn';
import { type LogitNoise, logitNoise } from '../logit-noise.ts';
import { evenSteps } from '../look-steps.ts';
import { DigitDataset, firstDigits } from '../digits.ts';
import { hiddenUnits, perceptron } from '../perceptron.ts';
import { type Quality, qualityOf } from '../quality.ts';
import { trainingStep, withoutEnd } from '../training-step.ts';
import type { DigitSets } from './experiment.ts';

/** How many digits are learned from: few enough to be overfitted. */
export const trainingDigits = 3000;
export const learningRate = 0.1;
export const largestBatch = 60;
/** How likely a hidden unit is dropped. */
export const dropouts = [0, 0.2, 0.5] as const;
/** The sizes of the batches in which examples are put to see what their logits depend on. */
export const noiseBatches = [15, 60, 240];
export const watchedExamples = 10;
export const drawsPerExample = 20;
const looks = 15;

export interface Condition {
  readonly normalized: boolean;
  readonly dropout: number;
}

/** A look while the network learns, with the statistics of inference. */
export interface Look {
  readonly step: number;
  readonly training: Quality;
  readonly test: Quality;
}

export interface Learned extends Condition {
  readonly looks: readonly Look[];
  /** In training mode after training, for each of the sizes; empty where neither all nor nothing is dropped. */
  readonly noise: readonly LogitNoise[];
}

/** The extremes are enough to see the mechanism. */
export const isExtreme = ({ dropout }: Condition): boolean =>
  dropout === dropouts[0] || dropout === dropouts.at(-1);

export function* learnByHeart(
  { normalized, dropout }: Condition,
  { training, test }: DigitSets,
  { seed, steps }: { seed: number; steps: number },
): Generator<string | undefined, Learned, void> {
  const generator = new RandomGenerator(seed);
  const few = new DigitDataset(firstDigits(training, trainingDigits), 'f32');
  const normalization = normalized ? () => new BatchNorm1d(hiddenUnits) : null;
  const network = perceptron({ normalization, dropout, generator });
  const step = trainingStep(network, new SGD(network.parameters(), { learningRate }));
  const batchSize = Math.min(largestBatch, few.length);
  const batches = withoutEnd(new DataLoader(few, { batchSize, shuffle: true, dropLast: true, seed }));
  const inLargeBatches = (dataset: DigitDataset) => [...new DataLoader(dataset, { batchSize: 1000 })];
  const [known, unknown] = [few, new DigitDataset(test, 'f32')].map(inLargeBatches);
  const quality = qualityOf(network);
  const lookAt = new Set(evenSteps(steps, looks));
  const curve: Look[] = [];
  for (let k = 1; k <= steps; k++) {
    step(batches.next().value);
    if (lookAt.has(k)) curve.push({ step: k, training: quality(known!), test: quality(unknown!) });
    yield lookAt.has(k)
      ? `${(100 * curve.at(-1)!.test.accuracy).toFixed(1)} % of the test digits`
      : undefined;
  }
  const draw = { watched: watchedExamples, draws: drawsPerExample, generator };
  const noise = isExtreme({ normalized, dropout })
    ? noiseBatches.map((size) => logitNoise(network, few, { ...draw, batchSize: size }))
    : [];
  return { normalized, dropout, looks: curve, noise };
}
