/**
 * @file The loops of one kernel, outer ones first: their extents and counters, along which the lanes run, and the code of
 * what is computed where the counters stand.
 */
import { type LoopKernel, innerLoopsOf } from '../../compile/kernel.ts';
import { branchIf, type Code, type Local, loop, type PairFunction } from './assembler.ts';
import { ExpressionCode, type MemoryMap } from './expression-code.ts';
import type { FunctionLibrary } from './function-library.ts';
import { i32 } from './instructions.ts';

export class LoopNest {
  readonly fn: PairFunction;
  readonly extents: readonly number[];
  readonly innerLoops: readonly number[];
  readonly lane: number | null;
  readonly counters: readonly Local[];
  readonly code: ExpressionCode;
  /** Whether products are added in one rounding. */
  readonly isFused: boolean;

  constructor(
    fn: PairFunction,
    kernel: LoopKernel,
    lane: number | null,
    memory: MemoryMap,
    library: FunctionLibrary,
  ) {
    this.fn = fn;
    this.extents = [...kernel.outer, ...kernel.inner];
    this.innerLoops = innerLoopsOf(kernel);
    this.lane = lane;
    this.counters = fn.locals('i32', this.extents.length);
    this.code = new ExpressionCode(fn, this.counters, lane, memory, library);
    this.isFused = library.isFused;
  }

  /** A loop that runs at least once, from one number to below another. */
  loop(loopNumber: number, from: Code, end: Code, step: number, body: () => void): Code {
    const counter = this.counters[loopNumber]!;
    const inside = this.code.capturedIn(loopNumber, body);
    const next = counter.tee(i32.add(counter.get, i32.const(step)));
    return [counter.set(from), loop([inside, branchIf(i32.ltS(next, end), 0)])];
  }
}
