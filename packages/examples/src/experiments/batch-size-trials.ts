/**
 * @file Training on equally many digits in batches of one size or another, with a normalization that depends on the batch more
 * or less. What comes of it is batch-size.ts.
 */
import { Generator as RandomGenerator } from '@windfall/core';
import { BatchNorm1d, DataLoader, GroupNorm, type Module, SGD } from '@windfall/nn';
import { DigitDataset } from '../digits.ts';
import { hiddenUnits, perceptron } from '../perceptron.ts';
import { qualityOf } from '../quality.ts';
import { renormLimits } from '../renorm-warm-up.ts';
import { trainingStep, withoutEnd } from '../training-step.ts';
import type { DigitSets } from './experiment.ts';

/** How many digits are seen in one step of the settings. */
export const digitsPerStep = 64;
/** The learning rate of the largest batches; smaller ones have proportionally smaller ones. */
export const largestRate = 0.5;
/** Over how many digits running statistics average, whatever the size of the batches. */
export const statisticsSpan = 2560;
export const groups = 5;
/** Fewer steps than that say nothing. */
export const leastSteps = 16;
const largestSize = 256;

/** Powers of two, all of which make enough steps of so many digits. */
export const sizesFor = (digits: number): number[] =>
  Array.from({ length: Math.log2(largestSize) }, (_, k) => 2 ** (k + 1)).filter(
    (size) => size === 2 || digits / size >= leastSteps,
  );

/** How a layer is normalized when so many digits count as a batch. */
const normalizations = {
  BN: (size) => new BatchNorm1d(hiddenUnits, { momentum: size / statisticsSpan }),
  'ghost BN': (size) =>
    new BatchNorm1d(hiddenUnits, { momentum: size / statisticsSpan, ghostBatchSize: size }),
  'batch renorm': (size) =>
    new BatchNorm1d(hiddenUnits, { momentum: size / statisticsSpan, renorm: renormLimits(0) }),
  'group norm': () => new GroupNorm(groups, hiddenUnits),
} satisfies Record<string, (size: number) => Module>;

export type Method = keyof typeof normalizations;

export const methods = Object.keys(normalizations) as Method[];

export interface Condition {
  readonly method: Method;
  /** How many digits are normalized together. */
  readonly size: number;
  /** How many digits make a step: as many, but for ghost batches. */
  readonly batchSize: number;
}

/** Ghost batches are parts of the largest batches. */
export function conditionsFor(digits: number): Condition[] {
  const sizes = sizesFor(digits);
  const largest = sizes.at(-1)!;
  return methods.flatMap((method): Condition[] =>
    method === 'ghost BN'
      ? sizes.slice(0, -1).map((size) => ({ method, size, batchSize: largest }))
      : sizes.map((size) => ({ method, size, batchSize: size })),
  );
}

export interface Trained extends Condition {
  /** The fraction of test digits that are misread in inference; null if the network has diverged. */
  readonly error: number | null;
}

function setLimits(network: Module, part: number): void {
  const { rMax, dMax } = renormLimits(part);
  for (const layer of network.children())
    if (layer instanceof BatchNorm1d && layer.renorm !== null) Object.assign(layer.renorm, { rMax, dMax });
}

export function* trainInBatches(
  { method, size, batchSize }: Condition,
  { training, test }: DigitSets,
  { seed, steps }: { seed: number; steps: number },
): Generator<undefined, Trained, void> {
  const generator = new RandomGenerator(seed);
  const network = perceptron({ normalization: () => normalizations[method](size), generator });
  const learningRate = (largestRate * batchSize) / largestSize;
  const step = trainingStep(network, new SGD(network.parameters(), { learningRate }));
  const digits = new DigitDataset(training, 'f32');
  const atOnce = Math.min(batchSize, digits.length);
  const batches = withoutEnd(
    new DataLoader(digits, { batchSize: atOnce, shuffle: true, dropLast: true, seed }),
  );
  let seen = 0;
  for (let k = 1; k <= steps; k++) {
    // Changing the limits takes time, and a hundred times are often enough.
    if (method === 'batch renorm' && k % Math.ceil(steps / 100) === 0) setLimits(network, k / steps);
    for (; seen + batchSize <= k * digitsPerStep; seen += batchSize) step(batches.next().value);
    yield;
  }
  const { loss, accuracy } = qualityOf(network)(
    new DataLoader(new DigitDataset(test, 'f32'), { batchSize: 1000 }),
  );
  return { method, size, batchSize, error: loss === null ? null : 1 - accuracy };
}
