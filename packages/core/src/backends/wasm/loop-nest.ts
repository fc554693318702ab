/**
 * @file The loops of a kernel: their counters, and the code of what is computed where they stand.
 */
import { branchIf, type Code, type FunctionBuilder, type Local, loop } from './assembler.ts';
import type { ExpressionCode } from './expression-code.ts';
import { i32 } from './instructions.ts';

export class LoopNest {
  readonly fn: FunctionBuilder;
  readonly counters: readonly Local[];
  readonly code: ExpressionCode;

  constructor(fn: FunctionBuilder, counters: readonly Local[], code: ExpressionCode) {
    this.fn = fn;
    this.counters = counters;
    this.code = code;
  }

  /** A loop that runs at least once, from one number to below another. */
  loop(loopNumber: number, from: Code, end: Code, step: number, body: () => void): Code {
    const counter = this.counters[loopNumber]!;
    const inside = this.code.capturedIn(loopNumber, body);
    const next = counter.tee(i32.add(counter.get, i32.const(step)));
    return [counter.set(from), loop([inside, branchIf(i32.ltS(next, end), 0)])];
  }
}
