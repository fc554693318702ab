/**
 * @file Measured numbers as words: means over seeds with the margins of their 95 % confidence intervals.
 */
import { confidenceInterval, intervalOf, type RatioInterval, type Sample } from './confidence.ts';

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

const whole = (value: number): string => Math.round(value).toLocaleString('en');

/**
 * The steps that all runs needed; otherwise how many runs came that far, or a dash.
 * @param steps of each run, null where it did not come that far
 * @example stepsText([900, 1100]); // '1,000 ± 1,271'
 */
export function stepsText(steps: readonly (number | null)[]): string {
  const reached = steps.filter((step) => step !== null);
  if (reached.length === 0) return '–';
  if (reached.length < steps.length) return `${reached.length} of ${steps.length} runs`;
  const { mean, margin } = confidenceInterval(reached);
  return steps.length === 1 ? whole(mean) : `${whole(mean)} ± ${whole(margin)}`;
}

export const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;

/** @example percentText([0.91, 0.93]); // '92.0 ± 12.7 %' */
export const percentText = (fractions: readonly number[]): string =>
  measured(fractions, { ...percentage, digits: 1 });

/** @example ratioText({ ratio: 2, low: 1.8, high: 2.25 }); // '2.0 (1.8 to 2.3)' */
export function ratioText({ ratio, low, high }: RatioInterval): string {
  const rounded = (value: number): string => value.toFixed(value < 10 ? 1 : 0);
  return low === high ? rounded(ratio) : `${rounded(ratio)} (${rounded(low)} to ${rounded(high)})`;
}
