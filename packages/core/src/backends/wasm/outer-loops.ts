/**
 * @file The loops over a kernel's outer points, of one of which a function may run only a part.
 */
import { type Code, select, when } from './assembler.ts';
import { i32 } from './instructions.ts';
import type { LoopNest } from './loop-nest.ts';
import type { Part } from './loop-part.ts';

export class OuterLoops {
  readonly #nest: LoopNest;
  readonly #parts: ReadonlyMap<number, Part>;

  /** @param parts those of loops that do not run as a whole */
  constructor(nest: LoopNest, parts: ReadonlyMap<number, Part>) {
    this.#nest = nest;
    this.#parts = parts;
  }

  /** All points of some loops. */
  points(loops: readonly number[], body: () => void): void {
    const [first, ...others] = loops;
    if (first === undefined) body();
    else this.passes(first, 1, () => this.points(others, body));
  }

  /** All full passes over so many points of a loop. */
  passes(loopNumber: number, step: number, body: () => void): void {
    const { fn } = this.#nest;
    const end = this.#wholeSteps(loopNumber, step);
    if (end === 0) return;
    const part = this.#parts.get(loopNumber);
    if (part === undefined) fn.emit(this.#nest.loop(loopNumber, i32.const(0), i32.const(end), step, body));
    else {
      const repeated = this.#nest.loop(loopNumber, part.start.get, part.end.get, step, body);
      fn.emit(when(i32.ltS(part.start.get, part.end.get), repeated));
    }
  }

  /** Where the full passes start and end; the last part takes all that are left, though they fill no unit. */
  bounds(loopNumber: number, step: number): [start: Code, end: Code] {
    const end = i32.const(this.#wholeSteps(loopNumber, step));
    const part = this.#parts.get(loopNumber);
    if (part === undefined) return [i32.const(0), end];
    return [part.start.get, select(part.isLast, end, part.end.get)];
  }

  /**
   * What is left behind the last full pass, if anything, which goes with the last part.
   * @param body takes the number of points
   */
  rest(loopNumber: number, step: number, body: (points: number) => void): void {
    const { fn, code, counters, extents } = this.#nest;
    const start = this.#wholeSteps(loopNumber, step);
    const points = extents[loopNumber]! - start;
    if (points === 0) return;
    const rest = [
      counters[loopNumber]!.set(i32.const(start)),
      code.capturedIn(loopNumber, () => body(points)),
    ];
    const part = this.#parts.get(loopNumber);
    fn.emit(part === undefined ? rest : when(part.isLast, rest));
  }

  #wholeSteps(loopNumber: number, step: number): number {
    const extent = this.#nest.extents[loopNumber]!;
    return extent - (extent % step);
  }
}
