/**
 * @file A loop kernel whose lanes are outer points, with many inner points behind each of them, as in sums over the rows
 * of a matrix: memory is still walked row by row, block by block of columns, whose sums wait in scratch memory between
 * the rows.
 */
import { branchIf, type Local, loop, select, when } from './assembler.ts';
import { ColumnScratch, columnsPerBlock } from './column-scratch.ts';
import type { MemoryMap } from './expression-code.ts';
import type { FoldedPhase } from './foldings.ts';
import { i32 } from './instructions.ts';
import { laneCount } from './lanes.ts';
import { unrolled } from './loop-method.ts';
import type { LoopNest } from './loop-nest.ts';
import { OuterLanes } from './outer-lanes.ts';
import type { OuterLoops } from './outer-loops.ts';
import { PhaseWriter } from './phase-writer.ts';
import { rowSweep, vectorsOf } from './sweep.ts';

/**
 * How many rows one pass over columns writes at most, those of all results together. Rows whose length is a power of two
 * stand in the same places of the first cache, which holds a dozen lines in each: with two inputs and two results, four
 * rows of each took half as long again as two.
 */
const mostRowsWritten = 4;

export class ColumnBlocks {
  readonly #nest: LoopNest;
  readonly #phases: readonly FoldedPhase[];
  readonly #lane: number;
  readonly #scratch: ColumnScratch;

  constructor(nest: LoopNest, phases: readonly FoldedPhase[], lane: number, memory: MemoryMap) {
    this.#nest = nest;
    this.#phases = phases;
    this.#lane = lane;
    this.#scratch = new ColumnScratch(nest.fn, memory, phases);
  }

  /** All columns, at one point of the other outer loops; those that fill no vector by themselves. */
  write(outer: OuterLoops): void {
    const { fn, code } = this.#nest;
    const [start, end, last] = fn.locals('i32', 3);
    const [first, behind] = outer.bounds(this.#lane, laneCount);
    fn.emit(start.set(first), last.set(behind));
    const block = code.captured(() => {
      const next = i32.add(start.get, i32.const(columnsPerBlock));
      fn.emit(end.set(select(i32.ltS(next, last.get), next, last.get)));
      for (const phase of this.#phases) this.#phase(phase, start, end);
      fn.emit(start.set(end.get));
    });
    const more = i32.ltS(start.get, last.get);
    fn.emit(when(more, loop([block, branchIf(more, 0)])));
    const single = new OuterLanes(this.#nest, this.#phases, this.#lane);
    outer.rest(this.#lane, laneCount, (points) => single.vectors(vectorsOf(points)));
  }

  /** A phase for the columns from one to another. */
  #phase(phase: FoldedPhase, start: Local, end: Local): void {
    const { fn, extents, innerLoops } = this.#nest;
    const lane = this.#lane;
    const last = innerLoops.at(-1)!;
    const rows = Math.min(
      unrolled(extents[last]!, phase.swept),
      Math.max(1, Math.floor(mostRowsWritten / phase.stores.length)),
    );
    const sweep = rowSweep(last, extents[last]!, rows, { sums: 1, count: laneCount });
    const columns = (body: () => void): void =>
      fn.emit(this.#nest.loop(lane, start.get, end.get, laneCount, body));
    new PhaseWriter(this.#nest, phase, sweep, { count: laneCount, lane }, (accumulators) =>
      this.#scratch.keeper(phase, accumulators, lane, columns),
    ).write();
  }
}
