/**
 * @file Whether numbers can have come from a distribution: their largest distance from its distribution function
 * (Kolmogorov & Smirnov), and its common distribution functions.
 */
import { erf, tensor } from '@windfall/core';

/** A distribution function, for many numbers at once. */
export type Distribution = (values: readonly number[]) => number[];

export const evenly =
  (low: number, high: number): Distribution =>
  (values) =>
    values.map((x) => Math.min(Math.max((x - low) / (high - low), 0), 1));

export const normally =
  (mean: number, std: number): Distribution =>
  (values) => {
    const z = tensor(values, { dtype: 'f64' })
      .sub(mean)
      .div(std * Math.SQRT2);
    return Array.from(erf(z).add(1).div(2).data());
  };

/** The part of a distribution between two bounds. */
export const between =
  (whole: Distribution, low: number, high: number): Distribution =>
  (values) => {
    const [first, last, ...inside] = whole([
      low,
      high,
      ...values.map((x) => Math.min(Math.max(x, low), high)),
    ]);
    return inside.map((value) => (value - first!) / (last! - first!));
  };

/** Asserts that numbers are spread as a distribution says; chance alone would fail it once in a thousand seeds. */
export function expectDistribution(values: ArrayLike<number>, distribution: Distribution): void {
  const sorted = Array.from(values).sort((a, b) => a - b);
  expect(sorted.length).toBeGreaterThan(500);
  const distance = distribution(sorted).reduce(
    (worst, wanted, k) => Math.max(worst, wanted - k / sorted.length, (k + 1) / sorted.length - wanted),
    0,
  );
  expect(distance * Math.sqrt(sorted.length)).toBeLessThan(1.95);
}
