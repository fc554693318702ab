/**
 * @file −1, 0 or 1.
 */
import type { Code } from './assembler.ts';
import type { FormulaWriter } from './formula-writer.ts';

/** Zeros of either sign and NaN are their own sign. */
export function sign($: FormulaWriter, x: Code): Code {
  return $.select($.greater($.abs(x), 0), $.withSign($.constant(1), x), x);
}

/** A mask is the number −1. */
export function integerSign($: FormulaWriter, x: Code): Code {
  return $.sub($.less(x, 0), $.greater(x, 0));
}
