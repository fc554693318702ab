/**
 * @file How numbers are distributed: moments and a histogram, in float64. It knows no tensors.
 */

/** Of numbers; what is NaN or infinite is counted, but not looked at. All NaN, and the norm 0, if there is no finite one. */
export interface Moments {
  /** How many there are. */
  readonly count: number;
  /** How many of them are NaN or infinite. */
  readonly nonFinite: number;
  readonly mean: number;
  /** The standard deviation, that of the numbers themselves: the squares are divided by how many there are. */
  readonly std: number;
  readonly min: number;
  readonly max: number;
  /** The square root of the sum of squares. */
  readonly norm: number;
}

/** Counts in bins of equal width; a bin has its lower edge, the last one both. */
export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
}

export function momentsOf(values: ArrayLike<number>): Moments {
  const finite = Float64Array.from(values).filter(Number.isFinite);
  const nonFinite = values.length - finite.length;
  const nothing = finite.length === 0 ? NaN : 0;
  const mean = finite.reduce((sum, value) => sum + value, nothing) / finite.length;
  const square = (about: number): number => finite.reduce((sum, value) => sum + (value - about) ** 2, 0);
  return {
    count: values.length,
    nonFinite,
    mean,
    std: Math.sqrt(square(mean) / finite.length),
    min: finite.reduce((least, value) => Math.min(least, value), nothing + Infinity),
    max: finite.reduce((most, value) => Math.max(most, value), nothing - Infinity),
    norm: Math.sqrt(square(0)),
  };
}

/** Numbers outside of [low, high] are not counted, NaN neither. */
export function histogramOf(
  values: ArrayLike<number>,
  { low, high, bins }: { low: number; high: number; bins: number },
): Histogram {
  const counts = Array<number>(bins).fill(0);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value >= low && value <= high)) continue;
    // All in the first bin where low and high are the same.
    const bin = high === low ? 0 : Math.floor(((value - low) / (high - low)) * bins);
    counts[Math.min(bin, bins - 1)]!++;
  }
  return { low, high, counts };
}
