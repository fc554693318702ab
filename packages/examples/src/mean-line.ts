/**
 * @file The mean of several runs as points of a line, with its 95 % confidence band.
 */
import { confidenceInterval, type Sample } from './confidence.ts';
import type { LinePoint } from './lines-figure.ts';

/** Ends that a band does not leave, as those of what cannot be negative. */
export interface Bounds {
  readonly least?: number;
  readonly most?: number;
}

/** A single value has no band. */
export function meanPoint(x: number, sample: readonly number[], bounds: Bounds = {}): LinePoint {
  const { least = -Infinity, most = Infinity } = bounds;
  const { mean, margin } = confidenceInterval(sample);
  if (sample.length === 1) return { x, y: mean };
  return { x, y: mean, low: Math.max(least, mean - margin), high: Math.min(most, mean + margin) };
}

/** @param samples what was measured at each x; where a value is null (it was not finite) the line is interrupted */
export function meanLine(
  samples: readonly { x: number; values: Sample }[],
  bounds: Bounds = {},
): LinePoint[] {
  return samples.map(({ x, values }) => {
    const finite = values.filter((value) => value !== null);
    const isInterrupted = finite.length === 0 || finite.length < values.length;
    return isInterrupted ? { x, y: null } : meanPoint(x, finite, bounds);
  });
}
