/**
 * @file A sweep as data: a loop whose body takes several vectors in one pass, and what is left after the last full pass.
 */
import type { Vector } from './expression-code.ts';
import { laneCount } from './lanes.ts';

export interface Sweep {
  /** Null for a body that runs once. */
  readonly loopNumber: number | null;
  /** How far the counter moves from one vector to the next, and from pass to pass. */
  readonly distance: number;
  readonly step: number;
  /** Where the passes end. */
  readonly end: number;
  readonly vectors: readonly Vector[];
  readonly rest: readonly Vector[];
  /** How many independent sums the vectors of a pass go to. */
  readonly sums: number;
  /** How many elements each lane takes up in one pass, and in the rest. */
  readonly counts: readonly number[];
  readonly restCounts: readonly number[];
}

/** Vectors for some elements in a row, the last one perhaps not full. */
export function vectorsOf(elements: number): Vector[] {
  return Array.from({ length: Math.ceil(elements / laneCount) }, (_, step) => ({
    step,
    count: Math.min(laneCount, elements - step * laneCount),
  }));
}

/** How many of some elements in a row fall to each lane. */
function lanesOf(elements: number): number[] {
  return Array.from({ length: laneCount }, (_, lane) => Math.ceil(Math.max(0, elements - lane) / laneCount));
}

/** The sweep of a loop that the lanes run along, so many vectors in one pass. */
export function laneSweep(loopNumber: number | null, extent: number, perPass: number): Sweep {
  const step = perPass * laneCount;
  const left = extent % step;
  return {
    loopNumber,
    distance: laneCount,
    step,
    end: extent - left,
    vectors: vectorsOf(step),
    rest: vectorsOf(left),
    sums: perPass,
    counts: lanesOf(step),
    restCounts: lanesOf(left),
  };
}

/**
 * The sweep of a loop that goes from one row to the next, so many in one pass.
 * @param sums how many independent sums these go to
 * @param count how many lanes are in use
 */
export function rowSweep(
  loopNumber: number | null,
  extent: number,
  rows: number,
  { sums, count }: { sums: number; count: number },
): Sweep {
  const left = extent % rows;
  const vectors = (length: number): Vector[] => Array.from({ length }, (_, step) => ({ step, count }));
  const everyLane = (elements: number): number[] => new Array<number>(laneCount).fill(elements);
  return {
    loopNumber,
    distance: 1,
    step: rows,
    end: extent - left,
    vectors: vectors(rows),
    rest: vectors(left),
    sums,
    counts: everyLane(rows),
    restCounts: everyLane(left),
  };
}
