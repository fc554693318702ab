/**
 * @file The mini-batches of section 4.1 of the batch normalization paper (Ioffe & Szegedy 2015, arXiv 1502.03167).
 */
import type { Generator } from '@windfall/core';
import { DataLoader } from '@windfall/nn';
import { type Batch, DigitDataset, type Digits } from './digits.ts';
import { withoutEnd } from './training-step.ts';

/** How many digits are in each. */
export const batchSize = 60;

/** Shuffled digits to learn from, for f32 networks; of fewer digits than a batch has, all of them in each. */
export function paperBatches(training: Digits, generator: Generator): Iterator<Batch, never> {
  const size = Math.min(batchSize, training.count);
  const options = { batchSize: size, shuffle: true, dropLast: true, generator };
  return withoutEnd(new DataLoader(new DigitDataset(training, 'f32'), options));
}
