/**
 * @file Sums and products of f64 numbers without an error: as the rounded result and what it lacks (Dekker 1971, Knuth).
 * It knows neither lanes nor functions.
 */
import type { Code } from './assembler.ts';

/** Rounded arithmetic whose results are cheap to repeat. */
export interface Arithmetic {
  readonly add: (a: Code | number, b: Code | number) => Code;
  readonly sub: (a: Code | number, b: Code | number) => Code;
  readonly mul: (a: Code | number, b: Code | number) => Code;
}

/** The sum of two numbers, of which the second is far below the first or made to be. */
export interface DoubleDouble {
  readonly high: Code;
  readonly low: Code;
}

/** a + b */
export function exactSum($: Arithmetic, a: Code | number, b: Code | number): DoubleDouble {
  const high = $.add(a, b);
  const shareOfB = $.sub(high, a);
  const low = $.add($.sub(a, $.sub(high, shareOfB)), $.sub(b, shareOfB));
  return { high, low };
}

/** a + b for |a| ≥ |b|, or a = 0. */
export function orderedSum($: Arithmetic, a: Code | number, b: Code | number): DoubleDouble {
  const high = $.add(a, b);
  return { high, low: $.sub(b, $.sub(high, a)) };
}

/** The upper 26 bits of a number below 2⁹⁹⁶, and the others. */
function halves($: Arithmetic, a: Code | number): DoubleDouble {
  const shifted = $.mul(a, 2 ** 27 + 1);
  const high = $.sub(shifted, $.sub(shifted, a));
  return { high, low: $.sub(a, high) };
}

/** a·b, for numbers below 2⁹⁹⁶. */
export function exactProduct($: Arithmetic, a: Code | number, b: Code | number): DoubleDouble {
  const high = $.mul(a, b);
  const [first, second] = [halves($, a), halves($, b)];
  const outer = $.sub($.mul(first.high, second.high), high);
  const inner = $.add($.add(outer, $.mul(first.high, second.low)), $.mul(first.low, second.high));
  return { high, low: $.add(inner, $.mul(first.low, second.low)) };
}
