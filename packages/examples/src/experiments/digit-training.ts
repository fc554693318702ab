/**
 * @file Training a network on MNIST as the trial of an experiment: what it is shown follows from a seed, and it is looked at less
 * and less often. It knows neither the network nor what is compared.
 */
import { Generator as RandomGenerator } from '@windfall/core';
import { DataLoader, type Module, type Optimizer } from '@windfall/nn';
import { type Batch, DigitDataset } from '../digits.ts';
import { paperBatches } from '../paper-batches.ts';
import { accuracyOn, trainingStep } from '../training-step.ts';
import type { DigitSets } from './experiment.ts';
import { mean } from '../mean.ts';

/** How often a network classifies correctly, after so many training steps. */
export interface Look {
  readonly step: number;
  /** The fraction of test examples. */
  readonly accuracy: number;
}

export interface TrainingCurve {
  readonly looks: readonly Look[];
  /** The mean loss on the last batches, a tenth of all; null where it was not finite. */
  readonly loss: number | null;
}

/** A network, and how it learns: by a compiled step. */
export interface Learner {
  readonly network: Module;
  readonly optimizer: Optimizer;
  readonly train: (batch: Batch) => number;
}

export const learnerOf = (network: Module, optimizer: Optimizer): Learner => ({
  ...{ network, optimizer, train: trainingStep(network, optimizer) },
});

/** How much later each look is than the one before. */
const growth = 1.3;

/**
 * When to look: often at first, when much happens, in geometric progression, and after the last step.
 * @example lookSteps(100); // [10, 13, 17, 23, 30, 39, 51, 67, 88, 100]
 */
export function lookSteps(total: number): number[] {
  const steps: number[] = [];
  for (let step = Math.min(25, Math.ceil(total / 10)); step < total; step = Math.ceil(growth * step))
    steps.push(step);
  return [...steps, total];
}

/** The test digits as batches, which any number of trials may share. */
export const testBatches = ({ test }: DigitSets): Batch[] => [
  ...new DataLoader(new DigitDataset(test, 'f32'), { batchSize: 2000 }),
];

/** Digits to learn from: the same seed gives the same batches to everyone. */
export const trainingBatches = ({ training }: DigitSets, seed: number): Iterator<Batch, never> =>
  paperBatches(training, new RandomGenerator(seed));

/** Yields once for every step, with a few words after each look. */
export function* trainAndLook(
  { network, train }: Learner,
  options: { steps: number; batches: Iterator<Batch, never>; test: readonly Batch[] },
): Generator<string | undefined, TrainingCurve, void> {
  const { steps, batches, test } = options;
  const looksAt = new Set(lookSteps(steps));
  const looks: Look[] = [];
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const loss = train(batches.next().value);
    if (step > Math.floor(0.9 * steps)) losses.push(loss);
    if (!looksAt.has(step)) {
      yield;
      continue;
    }
    const accuracy = accuracyOn(network, test);
    looks.push({ step, accuracy });
    yield `${(100 * accuracy).toFixed(1)} %`;
  }
  const loss = mean(losses);
  return { looks, loss: Number.isFinite(loss) ? loss : null };
}

/**
 * The steps it took to an accuracy, by linear interpolation between the looks before and after it was reached for the first
 * time; null if it was not.
 */
export function stepsUntil(accuracy: number, { looks }: TrainingCurve): number | null {
  const reached = looks.findIndex((look) => look.accuracy >= accuracy);
  if (reached < 0) return null;
  const after = looks[reached]!;
  const before = looks[reached - 1];
  if (before === undefined) return after.step;
  const share = (accuracy - before.accuracy) / (after.accuracy - before.accuracy);
  return before.step + share * (after.step - before.step);
}
