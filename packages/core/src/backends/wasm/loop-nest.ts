/**
 * @file Loops around a body that takes several vectors at a time, cut into stretches that are short enough for f32 sums.
 * It knows nothing of what the body computes.
 */
import { branchIf, type Code, type FunctionBuilder, type Local, loop, select } from './assembler.ts';
import type { ExpressionCode, Vector } from './expression-code.ts';
import { f64, f64x2, i32 } from './instructions.ts';
import { laneConstants, type Lanes } from './lanes.ts';

/** A loop whose body takes several vectors in one pass, and what is left after the last full pass. */
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

/** What happens around each stretch. Counters stand at its first point, those of inner loops at 0. */
export interface Stretches {
  /** @param first the vectors at its first points */
  readonly begin: (first: readonly Vector[]) => void;
  /** @param counts how many elements each lane has taken up, in f64 */
  readonly end: (counts: Lanes) => void;
}

interface PlainLoop {
  readonly loopNumber: number;
  readonly extent: number;
}

/** Each sum takes up to so many elements in a stretch, and if there are that many, no fewer than `fewest`. */
const [fewestPerStretch, mostPerStretch] = [64, 256];

export class LoopNest {
  readonly #fn: FunctionBuilder;
  readonly #counters: readonly Local[];
  readonly #code: ExpressionCode;

  constructor(fn: FunctionBuilder, counters: readonly Local[], code: ExpressionCode) {
    this.#fn = fn;
    this.#counters = counters;
    this.#code = code;
  }

  /** A loop that runs at least once, from one number to below another. */
  loop(loopNumber: number, from: Code, end: Code, step: number, body: () => void): Code {
    const counter = this.#counters[loopNumber]!;
    const inside = this.#code.capturedIn(loopNumber, body);
    const next = counter.tee(i32.add(counter.get, i32.const(step)));
    return [counter.set(from), loop([inside, branchIf(i32.ltS(next, end), 0)])];
  }

  /**
   * All points of the plain loops and the sweep.
   * @param body takes vectors at the counters
   * @param prepare computes what does not vary with some loops
   */
  sweep(
    plain: readonly PlainLoop[],
    innermost: Sweep,
    body: (vectors: readonly Vector[]) => void,
    prepare: (inside: readonly number[]) => void,
    stretches: Stretches | null,
  ): void {
    if (plain.some(({ extent }) => extent === 0)) return;
    if (innermost.end === 0 && innermost.rest.length === 0) return;
    const { loopNumber, distance } = innermost;
    const numbers = [...plain.map((each) => each.loopNumber), ...(loopNumber === null ? [] : [loopNumber])];
    const unrolled = (vectors: readonly Vector[]): void => {
      if (loopNumber === null) body(vectors);
      else this.#code.withUnrolled({ loopNumber, distance }, () => body(vectors));
    };
    // How many elements each lane takes up in one run of the loops from each depth on.
    const passes = innermost.end / innermost.step;
    const inSweep = innermost.counts.map((count, lane) => count * passes + innermost.restCounts[lane]!);
    const countsFrom = plain.map((_, depth) =>
      plain.slice(depth).reduce((counts, { extent }) => counts.map((count) => count * extent), inSweep),
    );
    countsFrom.push(inSweep);
    const perSum = (depth: number): number => Math.max(...countsFrom[depth]!) / innermost.sums;
    let cut = plain.length;
    while (cut > 0 && perSum(cut) < fewestPerStretch) cut--;

    const restOf = (): void => {
      if (innermost.rest.length === 0) return;
      if (loopNumber !== null) this.#fn.emit(this.#counters[loopNumber]!.set(i32.const(innermost.end)));
      this.#fn.emit(this.#code.captured(() => unrolled(innermost.rest)));
    };
    const run = (depth: number): void => {
      prepare(numbers.slice(depth));
      const next = plain[depth];
      if (next !== undefined) {
        this.#fn.emit(
          this.loop(next.loopNumber, i32.const(0), i32.const(next.extent), 1, () => run(depth + 1)),
        );
        return;
      }
      if (innermost.end > 0) {
        const pass = (): void => unrolled(innermost.vectors);
        if (loopNumber === null) pass();
        else
          this.#fn.emit(this.loop(loopNumber, i32.const(0), i32.const(innermost.end), innermost.step, pass));
      }
      restOf();
    };
    const begin = (depth: number, first: readonly Vector[]): void => {
      for (const number of numbers.slice(depth)) this.#fn.emit(this.#counters[number]!.set(i32.const(0)));
      const emit = (): void => stretches!.begin(first);
      this.#fn.emit(
        this.#code.captured(() => {
          if (loopNumber === null) emit();
          else this.#code.withUnrolled({ loopNumber, distance }, emit);
        }),
      );
    };
    const end = (counts: Lanes): void => this.#fn.emit(this.#code.captured(() => stretches!.end(counts)));
    const firstVectors = innermost.end > 0 ? innermost.vectors : innermost.rest;

    const open = (depth: number): void => {
      if (depth < cut) {
        const { loopNumber: number, extent } = plain[depth]!;
        prepare(numbers.slice(depth));
        this.#fn.emit(this.loop(number, i32.const(0), i32.const(extent), 1, () => open(depth + 1)));
        return;
      }
      if (perSum(cut) <= mostPerStretch) {
        begin(depth, firstVectors);
        run(depth);
        end(laneConstants(countsFrom[depth]!));
        return;
      }
      prepare(numbers.slice(depth));
      const isPlain = depth < plain.length;
      const perIteration = isPlain ? countsFrom[depth + 1]! : innermost.counts;
      const iterations = Math.max(
        1,
        Math.floor((mostPerStretch * innermost.sums) / Math.max(...perIteration)),
      );
      const step = isPlain ? 1 : innermost.step;
      this.#blocks(
        isPlain ? plain[depth]!.loopNumber : loopNumber!,
        isPlain ? plain[depth]!.extent : innermost.end,
        step,
        iterations * step,
        perIteration,
        () => begin(depth + 1, firstVectors),
        () => {
          if (isPlain) run(depth + 1);
          else unrolled(innermost.vectors);
        },
        end,
      );
      if (isPlain || innermost.rest.length === 0) return;
      this.#fn.emit(this.#counters[loopNumber!]!.set(i32.const(innermost.end)));
      begin(depth + 1, innermost.rest);
      restOf();
      end(laneConstants(innermost.restCounts));
    };
    if (stretches === null) run(0);
    else open(0);
  }

  /** A loop in stretches of `length`. */
  #blocks(
    loopNumber: number,
    extent: number,
    step: number,
    length: number,
    countsPerIteration: readonly number[],
    begin: () => void,
    body: () => void,
    end: (counts: Lanes) => void,
  ): void {
    const counter = this.#counters[loopNumber]!;
    const [first, limit] = [this.#fn.local('i32'), this.#fn.local('i32')];
    const stretch = this.#code.capturedIn(loopNumber, () => {
      const next = i32.add(counter.get, i32.const(length));
      this.#fn.emit(
        first.set(counter.get),
        limit.set(select(i32.ltS(next, i32.const(extent)), next, i32.const(extent))),
      );
      begin();
      this.#fn.emit(this.loop(loopNumber, first.get, limit.get, step, body));
      if (extent % length === 0) {
        end(laneConstants(countsPerIteration.map((count) => (count * length) / step)));
        return;
      }
      const iterations = f64x2.splat(f64.convertI32S(i32.sub(counter.get, first.get)));
      const factors = laneConstants(countsPerIteration.map((count) => count / step));
      end({ dtype: 'f64', parts: factors.parts.map((factor) => f64x2.mul(factor, iterations)) });
    });
    this.#fn.emit(
      counter.set(i32.const(0)),
      loop([stretch, branchIf(i32.ltS(counter.get, i32.const(extent)), 0)]),
    );
  }
}
