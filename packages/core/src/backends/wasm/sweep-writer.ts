/**
 * @file Loops around a body that takes several vectors at a time, in stretches where stretches.ts cuts them. It knows
 * nothing of what the body computes.
 */
import { branchIf, loop, select } from './assembler.ts';
import type { Vector } from './expression-code.ts';
import { f64, f64x2, i32 } from './instructions.ts';
import { laneConstants, type Lanes } from './lanes.ts';
import type { LoopNest } from './loop-nest.ts';
import { type Cut, cutOf } from './stretches.ts';
import type { Sweep } from './sweep.ts';

/** What runs in a sweep. All methods emit code at the current place. */
export interface SweepBody {
  /** Computes what does not vary with some loops, which come next. */
  readonly prepare: (inside: readonly number[]) => void;
  /** Takes vectors at the counters. */
  readonly step: (vectors: readonly Vector[]) => void;
  /** Whether steps come in stretches, each between `begin` and `end`. */
  readonly inStretches: boolean;
  /**
   * Counters stand at the first point of the stretch, those of inner loops at 0.
   * @param first the vectors at its first points
   */
  readonly begin: (first: readonly Vector[]) => void;
  /** @param counts how many elements each lane has taken up, in f64 */
  readonly end: (counts: Lanes) => void;
}

/** Writes the loops over all inner points, the sweep's own inside the others. */
export class SweepWriter {
  readonly #nest: LoopNest;
  readonly #sweep: Sweep;
  readonly #body: SweepBody;
  readonly #cut: Cut;
  /** The vectors at the first points of all. */
  readonly #first: readonly Vector[];
  /** The plain loops, then that of the sweep. */
  readonly #loops: readonly Pick<Sweep, 'loopNumber' | 'end' | 'step'>[];

  constructor(nest: LoopNest, sweep: Sweep, body: SweepBody) {
    this.#nest = nest;
    this.#sweep = sweep;
    this.#body = body;
    const plain = nest.innerLoops.filter((loopNumber) => loopNumber !== sweep.loopNumber);
    const extents = plain.map((loopNumber) => nest.extents[loopNumber]!);
    this.#cut = cutOf(sweep, extents);
    this.#first = sweep.end > 0 ? sweep.vectors : sweep.rest;
    this.#loops = [...plain.map((loopNumber, k) => ({ loopNumber, end: extents[k]!, step: 1 })), sweep];
  }

  write(): void {
    if (this.#loops.some(({ end }, depth) => end === 0 && !this.#hasRest(depth))) return;
    if (this.#body.inStretches) this.#stretches(0);
    else this.#run(0);
  }

  /** Whether something is left behind the last full pass of a loop. */
  #hasRest(depth: number): boolean {
    return this.#isSweep(depth) && this.#sweep.rest.length > 0;
  }

  #isSweep(depth: number): boolean {
    return depth === this.#loops.length - 1;
  }

  #numbersFrom(depth: number): number[] {
    return this.#loops.slice(depth).flatMap(({ loopNumber }) => loopNumber ?? []);
  }

  /** All points of the loops from a depth on. */
  #run(depth: number): void {
    this.#body.prepare(this.#numbersFrom(depth));
    this.#loop(depth, () => this.#pass(depth));
    if (this.#hasRest(depth)) this.#rest();
  }

  /** The passes of a loop. */
  #loop(depth: number, pass: () => void): void {
    const { loopNumber, end, step } = this.#loops[depth]!;
    if (end === 0) return;
    if (loopNumber === null) pass();
    else this.#nest.fn.emit(this.#nest.loop(loopNumber, i32.const(0), i32.const(end), step, pass));
  }

  #pass(depth: number): void {
    if (this.#isSweep(depth)) this.#unrolled(() => this.#body.step(this.#sweep.vectors));
    else this.#run(depth + 1);
  }

  #rest(): void {
    const { fn, code } = this.#nest;
    this.#toRest();
    fn.emit(code.captured(() => this.#unrolled(() => this.#body.step(this.#sweep.rest))));
  }

  #toRest(): void {
    const { loopNumber, end } = this.#sweep;
    if (loopNumber !== null) this.#nest.fn.emit(this.#nest.counters[loopNumber]!.set(i32.const(end)));
  }

  /** The same in stretches. */
  #stretches(depth: number): void {
    const { passes, counts } = this.#cut;
    if (depth < this.#cut.depth) {
      this.#body.prepare(this.#numbersFrom(depth));
      this.#loop(depth, () => this.#stretches(depth + 1));
      return;
    }
    if (passes === null) {
      this.#begin(depth);
      this.#run(depth);
      this.#end(laneConstants(counts));
      return;
    }
    this.#body.prepare(this.#numbersFrom(depth));
    this.#parts(depth, passes);
    if (!this.#hasRest(depth)) return;
    this.#toRest();
    this.#begin(depth + 1, this.#sweep.rest);
    this.#rest();
    this.#end(laneConstants(this.#sweep.restCounts));
  }

  /** The passes of a loop, so many in each stretch. */
  #parts(depth: number, passes: number): void {
    const { fn, code, counters } = this.#nest;
    const { loopNumber, end, step } = this.#loops[depth]!;
    const { counts } = this.#cut;
    const counter = counters[loopNumber!]!;
    const [first, limit] = fn.locals('i32', 2);
    const stretch = code.capturedIn(loopNumber!, () => {
      const next = i32.add(counter.get, i32.const(passes * step));
      fn.emit(first.set(counter.get), limit.set(select(i32.ltS(next, i32.const(end)), next, i32.const(end))));
      this.#begin(depth + 1);
      fn.emit(this.#nest.loop(loopNumber!, first.get, limit.get, step, () => this.#pass(depth)));
      if (end % (passes * step) === 0) {
        this.#end(laneConstants(counts.map((count) => count * passes)));
        return;
      }
      const distance = f64x2.splat(f64.convertI32S(i32.sub(counter.get, first.get)));
      const factors = laneConstants(counts.map((count) => count / step));
      this.#end({ dtype: 'f64', parts: factors.parts.map((factor) => f64x2.mul(factor, distance)) });
    });
    fn.emit(counter.set(i32.const(0)), loop([stretch, branchIf(i32.ltS(counter.get, i32.const(end)), 0)]));
  }

  /** @param depth that of the loops inside the stretch */
  #begin(depth: number, first = this.#first): void {
    const { fn, code, counters } = this.#nest;
    for (const number of this.#numbersFrom(depth)) fn.emit(counters[number]!.set(i32.const(0)));
    fn.emit(code.captured(() => this.#unrolled(() => this.#body.begin(first))));
  }

  #end(counts: Lanes): void {
    const { fn, code } = this.#nest;
    fn.emit(code.captured(() => this.#body.end(counts)));
  }

  /** Writes what takes vectors, which are steps of the sweep's loop. */
  #unrolled(emit: () => void): void {
    const { loopNumber, distance } = this.#sweep;
    if (loopNumber === null) emit();
    else this.#nest.code.withUnrolled({ loopNumber, distance }, emit);
  }
}
