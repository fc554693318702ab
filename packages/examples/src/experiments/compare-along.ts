/**
 * @file A quantity of two networks at the same moments of training, in repetitions that share everything but the network: how
 * much smaller it is in one than in the other, and how often.
 */
import { confidenceInterval } from '../confidence.ts';
import type { LinePoint } from '../lines-figure.ts';
import { meanPoint } from '../mean-line.ts';
import type { Verdict } from './experiment.ts';
import { mean } from '../mean.ts';

/** A quantity over training: at each moment, its value; null where it is not finite. */
export type Curve = readonly (number | null)[];

export interface Comparison {
  /** The geometric mean of the quotients of all moments, and its 95 % confidence interval over the repetitions; null without any. */
  readonly ratio: { readonly mean: number; readonly low: number; readonly high: number } | null;
  /** At how many of the moments the geometric mean of the quotients is below 1. */
  readonly below: number;
  /** How many moments there are at which anything can be compared. */
  readonly moments: number;
}

/** ln(a/b) where that is a number. */
function logRatio(a: number | null | undefined, b: number | null | undefined): number | null {
  return typeof a === 'number' && typeof b === 'number' && a > 0 && b > 0 ? Math.log(a / b) : null;
}

/**
 * Of positive quantities, pair by pair.
 * @param curves for each repetition, that of the one and that of the other
 */
export function compareAlong(curves: readonly (readonly [one: Curve, other: Curve])[]): Comparison {
  const logs = curves.map(([one, other]) => one.map((value, moment) => logRatio(value, other[moment])));
  const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);
  const byRepetition = logs.map(known).filter(({ length }) => length > 0);
  const byMoment = (logs[0] ?? []).map((_, moment) => known(logs.map((row) => row[moment] ?? null)));
  const compared = byMoment.filter(({ length }) => length > 0);
  const below = compared.filter((values) => mean(values) < 0).length;
  if (byRepetition.length === 0) return { ratio: null, below, moments: compared.length };
  const { mean: middle, margin } = confidenceInterval(byRepetition.map(mean));
  const [low, high] = [Math.exp(middle - margin), Math.exp(middle + margin)];
  return { ratio: { mean: Math.exp(middle), low, high }, below, moments: compared.length };
}

/** That it is smaller: holds at nine of ten moments, holds in part at one of ten. */
export function verdictThatSmaller({ below, moments }: Comparison): Verdict {
  if (moments === 0 || below < 0.1 * moments) return 'does not hold';
  return below >= 0.9 * moments ? 'holds' : 'holds in part';
}

/** That it is not smaller, by the same rule. */
export const verdictThatNotSmaller = (comparison: Comparison): Verdict =>
  verdictThatSmaller({ ...comparison, below: comparison.moments - comparison.below });

/** A number to so many digits, without an exponent where it can be. */
const rounded = (value: number, digits: number): string => String(Number(value.toPrecision(digits)));

/** As in "0.62 (0.58 to 0.66) times as large, smaller at 20 of 21 moments". */
export function comparisonText({ ratio, below, moments }: Comparison): string {
  if (ratio === null) return 'nothing that can be compared';
  const interval = ratio.low === ratio.high ? '' : ` (${rounded(ratio.low, 2)} to ${rounded(ratio.high, 2)})`;
  return `${rounded(ratio.mean, 2)}${interval} times as large, smaller at ${below} of ${moments} moments`;
}

/**
 * The means of curves with their 95 % confidence intervals, as points of a line.
 * @param options.positive whether intervals end above 0, as a logarithmic axis needs it
 */
export function meanPoints(
  steps: readonly number[],
  curves: readonly Curve[],
  options: { positive?: boolean } = {},
): LinePoint[] {
  return steps.map((x, moment) => {
    const values = curves.map((curve) => curve[moment] ?? null).filter((value) => value !== null);
    if (values.length === 0) return { x, y: null };
    return meanPoint(x, values, options.positive ? { least: Math.min(...values) } : {});
  });
}

/** A line through means with a band between the means of others, which is no confidence interval. */
export function rangePoints(
  steps: readonly number[],
  { low, middle, high }: Readonly<Record<'low' | 'middle' | 'high', readonly Curve[]>>,
): LinePoint[] {
  const [lows, highs] = [meanPoints(steps, low), meanPoints(steps, high)];
  return meanPoints(steps, middle).map(({ x, y }, k) => {
    const [from, to] = [lows[k]!.y, highs[k]!.y];
    return from === null || to === null ? { x, y } : { x, y, low: from, high: to };
  });
}

/** Its quotient and how often it is smaller, as cells of a table. */
export function quotientCells({ ratio, below, moments }: Comparison): [quotient: string, smaller: string] {
  return [ratio === null ? '–' : rounded(ratio.mean, 2), `${below} of ${moments}`];
}

/** The mean over all moments, as it varies from repetition to repetition: as in "1.62 ± 0.05". */
export function meanText(curves: readonly Curve[]): string {
  const means = curves
    .map((curve) => curve.filter((value) => value !== null))
    .filter(({ length }) => length > 0)
    .map(mean);
  if (means.length === 0) return '–';
  const { mean: middle, margin } = confidenceInterval(means);
  return means.length === 1 ? rounded(middle, 3) : `${rounded(middle, 3)} ± ${rounded(margin, 2)}`;
}
