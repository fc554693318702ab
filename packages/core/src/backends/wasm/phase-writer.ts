/**
 * @file One phase of a loop kernel: what it takes up at the points of a sweep, and stores there and afterwards. It does
 * not know which points the lanes are, nor where sums wait for their next step.
 */
import type { Expression } from '../../compile/kernel.ts';
import { type Accumulator, createAccumulators } from './accumulators.ts';
import type { Vector } from './expression-code.ts';
import type { FoldedPhase } from './foldings.ts';
import { i32 } from './instructions.ts';
import type { Lanes } from './lanes.ts';
import type { LoopNest } from './loop-nest.ts';
import type { Sweep } from './sweep.ts';
import { type SweepBody, SweepWriter } from './sweep-writer.ts';

/** The lanes that have results of their own. */
interface ResultLanes {
  readonly count: number;
  /** Along which loop they lie; null for one result of all lanes together. */
  readonly lane: number | null;
}

/** Has the sums of a phase at hand where code needs them, which it may run for several vectors of outer points. */
export interface SumKeeper {
  /** The loops that it runs around such code. */
  readonly loops: readonly number[];
  /** Each emits code, that of an accumulator's method of this name. */
  readonly start: (emit: () => void) => void;
  readonly begin: (emit: () => void) => void;
  readonly step: (emit: () => void) => void;
  readonly end: (emit: () => void) => void;
  readonly result: (emit: () => void) => void;
}

const atOnce = (emit: () => void): void => emit();

/** Sums stay in registers. */
const inRegisters: SumKeeper = {
  loops: [],
  start: atOnce,
  begin: atOnce,
  step: atOnce,
  end: atOnce,
  result: atOnce,
};

export class PhaseWriter implements SweepBody {
  readonly #nest: LoopNest;
  readonly #phase: FoldedPhase;
  readonly #sweep: Sweep;
  readonly #resultLanes: ResultLanes;
  readonly #accumulators: readonly Accumulator[];
  readonly #keeper: SumKeeper;

  /** @param keeperOf what keeps the sums between steps; registers, if nothing else */
  constructor(
    nest: LoopNest,
    phase: FoldedPhase,
    sweep: Sweep,
    resultLanes: ResultLanes,
    keeperOf: (accumulators: readonly Accumulator[]) => SumKeeper = () => inRegisters,
  ) {
    this.#nest = nest;
    this.#phase = phase;
    this.#sweep = sweep;
    this.#resultLanes = resultLanes;
    const valueOf = (expression: Expression): Lanes => nest.code.value(expression, this.#firstVector);
    this.#accumulators = createAccumulators(nest.fn, phase.foldings, sweep.sums, valueOf, nest.isFused);
    this.#keeper = keeperOf(this.#accumulators);
  }

  get #firstVector(): Vector {
    return this.#sweep.vectors[0]!;
  }

  write(): void {
    const { foldings, stores } = this.#phase;
    this.#keeper.start(() => {
      for (const accumulator of this.#accumulators) accumulator.start();
    });
    if (foldings.length + stores.length > 0) new SweepWriter(this.#nest, this.#sweep, this).write();
    this.#keeper.result(() => this.#results());
  }

  prepare(inside: readonly number[]): void {
    this.#prepare([...inside, ...this.#keeper.loops], [this.#firstVector]);
  }

  #prepare(inside: readonly number[], vectors: readonly Vector[]): void {
    this.#nest.code.prepare(inside, this.#phase.swept, this.#phase.stores, vectors);
  }

  step(vectors: readonly Vector[]): void {
    this.#prepare(this.#keeper.loops, vectors);
    this.#keeper.step(() => {
      this.#nest.code.forEach(vectors, this.#phase.swept, (vector) => this.#stepOf(vector));
    });
  }

  /** Takes up the values of one vector, and stores. */
  #stepOf(vector: Vector): void {
    const { code, lane } = this.#nest;
    // What takes products with a variance's distances comes after the variance.
    for (const followers of [false, true])
      for (const { value, step, followsVariance } of this.#accumulators)
        if (value !== null && followsVariance === followers)
          step(code.value(value, vector), vector.count, vector.step % this.#sweep.sums);
    code.store(this.#phase.stores, vector, lane);
  }

  get inStretches(): boolean {
    return this.#accumulators.some(({ inStretches }) => inStretches);
  }

  /** A stretch begins with what stands at its first points, those that fill as many lanes as the very first. */
  begin(vectors: readonly Vector[]): void {
    const { count } = vectors[0]!;
    const first = vectors.filter((vector) => vector.count === count).slice(0, 3);
    this.#keeper.begin(() => {
      for (const { value, begin } of this.#accumulators)
        begin(
          () => (value === null ? [] : first.map((vector) => this.#nest.code.value(value, vector))),
          count,
        );
    });
  }

  end(counts: Lanes): void {
    this.#keeper.end(() => {
      for (const accumulator of this.#accumulators) accumulator.end(counts);
    });
  }

  /** What is stored once per outer point. */
  #results(): void {
    const { fn, code, counters, innerLoops } = this.#nest;
    const { count, lane } = this.#resultLanes;
    const stored = code.captured(() => {
      const reduced = this.#accumulators.map(({ result }) => result(lane !== null));
      for (const inner of innerLoops) fn.emit(counters[inner]!.set(i32.const(0)));
      code.withReduced(reduced, () => code.store(this.#phase.results, { step: 0, count }, lane));
    });
    fn.emit(stored);
  }
}
