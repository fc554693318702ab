/**
 * @file A loop kernel whose lanes are outer points: all inner points of one vector after the other, or several vectors
 * in one pass where there is nothing to sum up.
 */
import { storeExpressions, subexpressions } from '../../compile/kernel.ts';
import type { Vector } from './expression-code.ts';
import type { FoldedPhase } from './foldings.ts';
import { laneCount } from './lanes.ts';
import { unrolled } from './loop-method.ts';
import type { LoopNest } from './loop-nest.ts';
import type { OuterLoops } from './outer-loops.ts';
import { PhaseWriter } from './phase-writer.ts';
import { rowSweep, vectorsOf } from './sweep.ts';

export class OuterLanes {
  readonly #nest: LoopNest;
  readonly #phases: readonly FoldedPhase[];
  readonly #lane: number;

  constructor(nest: LoopNest, phases: readonly FoldedPhase[], lane: number) {
    this.#nest = nest;
    this.#phases = phases;
    this.#lane = lane;
  }

  /**
   * All points of the lanes' loop, at one point of the others.
   * @param step how many of them one pass takes
   */
  write(outer: OuterLoops, step: number): void {
    const { code, innerLoops } = this.#nest;
    const swept = this.#phases.flatMap((phase) => phase.swept);
    const stores = this.#phases.flatMap((phase) => phase.stores);
    code.prepare([this.#lane, ...innerLoops], swept, stores, vectorsOf(laneCount));
    code.withUnrolled({ loopNumber: this.#lane, distance: laneCount }, () => {
      outer.passes(this.#lane, step, () => this.vectors(vectorsOf(step)));
      outer.rest(this.#lane, step, (points) => this.vectors(vectorsOf(points)));
    });
  }

  /** All phases for some vectors. */
  vectors(vectors: readonly Vector[]): void {
    const { code, innerLoops } = this.#nest;
    for (const phase of this.#phases) {
      if (innerLoops.length > 0 || phase.foldings.length > 0) {
        for (const { count } of vectors) this.#phase(phase, count);
        continue;
      }
      const stores = [...phase.stores, ...phase.results];
      const computed = subexpressions(storeExpressions(stores));
      code.forEach(vectors, computed, (vector) => code.store(stores, vector, this.#lane));
    }
  }

  /** A phase for so many lanes. */
  #phase(phase: FoldedPhase, count: number): void {
    const { extents, innerLoops } = this.#nest;
    const last = innerLoops.at(-1) ?? null;
    const extent = last === null ? 1 : extents[last]!;
    const rows = unrolled(extent, phase.swept);
    const sweep = rowSweep(last, extent, rows, { sums: rows, count });
    new PhaseWriter(this.#nest, phase, sweep, { count, lane: this.#lane }).write();
  }
}
