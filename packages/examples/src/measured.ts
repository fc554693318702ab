/**
 * @file Measured numbers as words: means over seeds with the margins of their 95 % confidence intervals.
 */
import { confidenceInterval, type Interval } from './confidence.ts';

/** Values of several seeds, in their order; null where one is not finite. */
export type Sample = readonly (number | null)[];

/** How a quantity is written. */
export interface Unit {
  /** What a value is multiplied by: 100 for percentages; by default 1. */
  readonly factor?: number;
  /** Digits behind the point; by default 2. */
  readonly digits?: number;
  /** What stands behind the number, as in " %"; by default nothing. */
  readonly suffix?: string;
}

export const percentage: Unit = { factor: 100, digits: 2, suffix: ' %' };

/** The interval of the values' mean; null if there is none, or one of them is not finite. */
export function intervalOf(sample: Sample): Interval | null {
  const finite = sample.filter((value) => value !== null);
  return finite.length === 0 || finite.length < sample.length ? null : confidenceInterval(finite);
}

/**
 * The mean and its margin; the margin is left out for a single value.
 * @example measured([0.971, 0.975], percentage); // '97.30 ± 2.54 %'
 */
export function measured(sample: Sample, { factor = 1, digits = 2, suffix = '' }: Unit = {}): string {
  const interval = intervalOf(sample);
  if (interval === null) return 'not finite';
  const text = (value: number): string => {
    const digitsOf = Math.abs(factor * value).toFixed(digits);
    return value < 0 && Number(digitsOf) !== 0 ? `−${digitsOf}` : digitsOf;
  };
  const margin = sample.length === 1 ? '' : ` ± ${text(interval.margin)}`;
  return `${text(interval.mean)}${margin}${suffix}`;
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
