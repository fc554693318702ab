/**
 * @file The mean of several runs as points of a line, with its 95 % confidence band.
 */
import { confidenceInterval } from './confidence.ts';
import type { LinePoint } from './lines-figure.ts';

/**
 * @param samples what was measured at each x, one value a run; where one is null (it was not finite) the line is interrupted
 * @param options.least, options.most ends that the band does not leave, as those of what cannot be negative
 */
export function meanLine(
  samples: readonly { x: number; values: readonly (number | null)[] }[],
  options: { least?: number; most?: number } = {},
): LinePoint[] {
  const { least = -Infinity, most = Infinity } = options;
  return samples.map(({ x, values }) => {
    const finite = values.filter((value) => value !== null);
    if (finite.length === 0 || finite.length < values.length) return { x, y: null };
    const { mean, margin } = confidenceInterval(finite);
    if (finite.length === 1) return { x, y: mean };
    return { x, y: mean, low: Math.max(least, mean - margin), high: Math.min(most, mean + margin) };
  });
}
