/**
 * @file A loop kernel whose lanes are inner points: the sweeps of one outer point after the other, each lane with sums of
 * its own, which are added up at the end.
 */
import type { FoldedPhase } from './foldings.ts';
import { laneCount } from './lanes.ts';
import { unrolled } from './loop-method.ts';
import type { LoopNest } from './loop-nest.ts';
import { PhaseWriter } from './phase-writer.ts';
import { laneSweep } from './sweep.ts';

/** All that is to be done at one outer point. */
export function writeInnerLanes(nest: LoopNest, phases: readonly FoldedPhase[]): void {
  const { lane, extents } = nest;
  const extent = lane === null ? 1 : extents[lane]!;
  for (const phase of phases) {
    const perPass = unrolled(Math.floor(extent / laneCount), phase.swept);
    const sweep = laneSweep(lane, extent, perPass);
    new PhaseWriter(nest, phase, sweep, { count: 1, lane: null }).write();
  }
}
