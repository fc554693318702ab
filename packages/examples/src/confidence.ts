/**
 * @file How sure the mean of a few runs is. How that is written is measured.ts.
 */
import { mean } from './mean.ts';

/** A mean with its 95 % confidence interval. */
export interface Interval {
  readonly mean: number;
  /** Half of the interval's length; 0 for a single value, which says nothing of others. */
  readonly margin: number;
}

/** The 97.5th percentile of Student's t distribution for 1, 2, … degrees of freedom (NIST/SEMATECH handbook, 1.3.6.7.2). */
const studentQuantiles = [
  ...[12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228],
  ...[2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086],
  ...[2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042],
];
const normalQuantile = 1.96;

/**
 * The mean of a sample and the 95 % confidence interval that Student's t distribution gives for it.
 * @throws if the sample is empty
 * @example confidenceInterval([1, 2, 3]); // { mean: 2, margin: 2.484… }
 */
export function confidenceInterval(sample: readonly number[]): Interval {
  if (sample.length === 0) throw new Error('an empty sample has no mean');
  const middle = mean(sample);
  if (sample.length === 1) return { mean: middle, margin: 0 };
  const freedom = sample.length - 1;
  const variance = sample.reduce((sum, value) => sum + (value - middle) ** 2, 0) / freedom;
  const quantile = studentQuantiles[freedom - 1] ?? normalQuantile;
  return { mean: middle, margin: quantile * Math.sqrt(variance / sample.length) };
}

/** Values of several seeds, in their order; null where one is not finite. */
export type Sample = readonly (number | null)[];

/** The interval of the values' mean; null if there is none, or one of them is not finite. */
export function intervalOf(sample: Sample): Interval | null {
  const finite = sample.filter((value) => value !== null);
  return finite.length === 0 || finite.length < sample.length ? null : confidenceInterval(finite);
}

/** The differences of two quantities of the same seeds. */
export const differences = (left: Sample, right: Sample): Sample =>
  left.map((value, k) => {
    const other = right[k] ?? null;
    return value === null || other === null ? null : value - other;
  });

/** Whether a quantity's mean is above 0, below it, or not told from it by its interval: 1, −1 or 0. */
export function signOf(sample: Sample): -1 | 0 | 1 {
  const interval = intervalOf(sample);
  if (interval === null || Math.abs(interval.mean) <= interval.margin) return 0;
  return interval.mean > 0 ? 1 : -1;
}

/** A mean ratio with its 95 % confidence interval. */
export interface RatioInterval {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/**
 * How many times larger the numerators are than their denominators: the geometric mean over the pairs.
 * @param numerators one for each of the denominators, all positive
 * @throws if there are none
 * @example ratioInterval([2, 8], [1, 1]).ratio; // 4
 */
export function ratioInterval(numerators: readonly number[], denominators: readonly number[]): RatioInterval {
  const { mean: middle, margin } = confidenceInterval(
    numerators.map((numerator, k) => Math.log(numerator / denominators[k]!)),
  );
  return { ratio: Math.exp(middle), low: Math.exp(middle - margin), high: Math.exp(middle + margin) };
}
