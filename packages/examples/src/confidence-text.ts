/**
 * @file Means of several runs with the margins of their 95 % confidence intervals, as texts for cells and sentences.
 */
import { confidenceInterval, type RatioInterval } from './confidence.ts';
import { measured, percentage } from './measured.ts';

const whole = (value: number): string => Math.round(value).toLocaleString('en');

export const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;

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

/** @example percentText([0.91, 0.93]); // '92.0 ± 12.7 %' */
export const percentText = (fractions: readonly number[]): string =>
  measured(fractions, { ...percentage, digits: 1 });

/** @example ratioText({ ratio: 2, low: 1.8, high: 2.25 }); // '2.0 (1.8 to 2.3)' */
export function ratioText({ ratio, low, high }: RatioInterval): string {
  const rounded = (value: number): string => value.toFixed(value < 10 ? 1 : 0);
  return low === high ? rounded(ratio) : `${rounded(ratio)} (${rounded(low)} to ${rounded(high)})`;
}
