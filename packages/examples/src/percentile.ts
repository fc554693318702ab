/**
 * @file Percentiles of a sample.
 */

/**
 * The values below which the given percentages of a sample lie, linearly interpolated between the two nearest elements
 * (definition 7 of Hyndman & Fan 1996, as NumPy's). NaN where an element that counts is NaN.
 * @param percentages each in [0, 100]
 * @throws if the sample is empty
 * @example percentiles([1, 2, 3, 4, 5], [0, 50, 90]); // [1, 3, 4.6]
 */
export function percentiles(sample: Iterable<number>, percentages: readonly number[]): number[] {
  const sorted = Float64Array.from(sample).sort();
  if (sorted.length === 0) throw new Error('an empty sample has no percentiles');
  return percentages.map((percentage) => {
    const rank = (percentage / 100) * (sorted.length - 1);
    const below = sorted[Math.floor(rank)]!;
    const above = sorted[Math.ceil(rank)]!;
    return below + (above - below) * (rank - Math.floor(rank));
  });
}
