/**
 * @file Where a sweep over inner loops is cut into stretches that are short enough for f32 sums. It decides and writes no
 * code.
 */
import { sizeOf } from '../../shape.ts';
import type { Sweep } from './sweep.ts';

/** Where plain loops and the sweep inside them are cut. */
export interface Cut {
  /** How many of the loops run around all stretches. */
  readonly depth: number;
  /** How many passes of the next loop make a stretch; null if all that is inside those loops is one. */
  readonly passes: number | null;
  /** How many elements each lane takes up in one of these passes, or in all that is one stretch. */
  readonly counts: readonly number[];
}

/** Each sum takes up to so many elements in a stretch, and if there are that many, no fewer than `fewest`. */
const [fewestPerStretch, mostPerStretch] = [64, 256];

/** @param plain the extents of the loops around the sweep, outermost first */
export function cutOf({ step, end, sums, counts, restCounts }: Sweep, plain: readonly number[]): Cut {
  const inSweep = counts.map((count, lane) => (count * end) / step + restCounts[lane]!);
  /** How many elements each lane takes up in one run of the loops from a depth on. */
  const countsFrom = (depth: number): number[] => inSweep.map((count) => count * sizeOf(plain.slice(depth)));
  const perSum = (depth: number): number => Math.max(...countsFrom(depth)) / sums;
  let depth = plain.length;
  while (depth > 0 && perSum(depth) < fewestPerStretch) depth--;
  if (perSum(depth) <= mostPerStretch) return { depth, passes: null, counts: countsFrom(depth) };
  const perPass = depth < plain.length ? countsFrom(depth + 1) : counts;
  const passes = Math.max(1, Math.floor((mostPerStretch * sums) / Math.max(...perPass)));
  return { depth, passes, counts: perPass };
}
