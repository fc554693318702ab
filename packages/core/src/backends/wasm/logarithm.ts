/**
 * @file Logarithms, for f32 and f64 alike: x = 2ᵉ·m with √½ ≤ m ≤ √2, and a series for ln m in (m − 1)/(m + 1). The
 * largest errors found, in units in the last place of f32 and f64: log 0.8 in both, log1p 0.9 and 0.8, softplus 1.9 and 1.8.
 */
import type { Code } from './assembler.ts';
import { decay } from './exponential.ts';
import type { FormulaWriter } from './formula-writer.ts';

interface LogarithmTraits {
  /** ln 2 as a sum: whole multiples of the first part are exact. */
  readonly ln2: readonly [high: number, low: number];
  /** P in ln((1 + s)/(1 − s)) = 2s + s³·P(s²), for |s| ≤ (√2 − 1)/(√2 + 1). */
  readonly series: readonly number[];
  /** The same for |s| ≤ ⅓. */
  readonly longSeries: readonly number[];
  /** Bits of √½. */
  readonly rootHalf: bigint;
}

const traits: Readonly<Record<'f32' | 'f64', LogarithmTraits>> = {
  f32: {
    ln2: [0.693359375, -2.1219444005469057e-4],
    series: [0.66666776, 0.39977497, 0.29873073],
    longSeries: [0.6666641, 0.40021735, 0.27998504, 0.28027862],
    rootHalf: 0x3f3504f3n,
  },
  f64: {
    ln2: [0.6931471803691238, 1.9082149292705877e-10],
    series: [
      0.6666666666666735, 0.39999999999411096, 0.28571428743262023, 0.22222198476055416, 0.18183569736227748,
      0.15313903337402462, 0.14797506806729852,
    ],
    longSeries: [
      0.666666666666663, 0.40000000000158, 0.28571428547752603, 0.2222222397636374, 0.18181743680414783,
      0.15386565343320155, 0.13300899855035916, 0.12106688457284615, 0.0833739225646996, 0.17023733899846566,
    ],
    rootHalf: 0x3fe6a09e667f3bcdn,
  },
};

/** x = 2ᵉ·m with √½ ≤ m ≤ √2, for positive normal x; else anything. */
export function splitNormal($: FormulaWriter, x: Code): { e: Code; m: Code } {
  const { digits, bias } = $.format;
  const { rootHalf } = $.choose(traits);
  const one = BigInt(bias) << BigInt(digits);
  // Moved so that the exponent changes at √½ instead of 1.
  const moved = $.addBits(x, $.bits(one - rootHalf));
  // Below the exponent of 2^digits, a whole number is that float's fraction.
  const whole = $.or($.shiftRight(moved, digits), 2 ** digits);
  const fractionBits = $.bits((1n << BigInt(digits)) - 1n);
  return {
    e: $.sub(whole, 2 ** digits + bias),
    m: $.addBits($.and(moved, fractionBits), $.bits(rootHalf)),
  };
}

/** The same for every positive finite x: what is below the normal numbers is multiplied into them. */
export function splitExponent($: FormulaWriter, x: Code): { e: Code; m: Code } {
  const { digits, smallestNormal } = $.format;
  const isSmall = $.less(x, smallestNormal);
  const { e, m } = splitNormal($, $.select(isSmall, $.mul(x, 2 ** (digits + 1)), x));
  return { e: $.sub(e, $.and(isSmall, digits + 1)), m };
}

/** ln(1 + f) = f − (f²/2 − s·(f²/2 + s²·P(s²))) with s = f/(2 + f), as the three terms of which it is made. */
function nearOne($: FormulaWriter, f: Code, series: readonly number[]): { half: Code; rest: Code } {
  const s = $.div(f, $.add(f, 2));
  const z = $.mul(s, s);
  const half = $.mul($.mul(f, f), 0.5);
  return { half, rest: $.mul(s, $.add(half, $.mul(z, $.polynomial(z, series)))) };
}

/** e·ln 2 + ln m + correction */
function combine($: FormulaWriter, { e, m }: { e: Code; m: Code }, correction: Code | null): Code {
  const { ln2, series } = $.choose(traits);
  const f = $.sub(m, 1);
  const { half, rest } = nearOne($, f, series);
  const small = correction === null ? $.mul(e, ln2[1]) : $.add($.mul(e, ln2[1]), correction);
  return $.sub($.mul(e, ln2[0]), $.sub($.sub(half, $.add(rest, small)), f));
}

/** −∞ at 0, ∞ at ∞, and NaN for NaN and below 0, in place of a finite number. */
function withSpecialValues($: FormulaWriter, x: Code, finite: Code): Code {
  const infinite = $.or($.and($.equal(x, 0), -Infinity), $.and($.equal(x, Infinity), Infinity));
  return $.or($.add(finite, infinite), $.not($.greaterEqual(x, 0)));
}

export function log($: FormulaWriter, x: Code): Code {
  return withSpecialValues($, x, combine($, splitExponent($, x), null));
}

/** ln(1 + x) = ln u + (x − (u − 1))/u with u = 1 + x rounded. */
export function log1p($: FormulaWriter, x: Code): Code {
  const u = $.add(x, 1);
  const lost = $.div($.sub(x, $.sub(u, 1)), u);
  const isOrdinary = $.and($.greater(u, 0), $.less(u, Infinity));
  const finite = combine($, splitNormal($, u), $.and(lost, isOrdinary));
  return $.select($.equal(u, 1), x, withSpecialValues($, u, finite));
}

/** ln(1 + eˣ) = max(x, 0) + ln(1 + e^(−|x|)) */
export function softplus($: FormulaWriter, x: Code): Code {
  const small = decay($, x);
  const { half, rest } = nearOne($, small, $.choose(traits).longSeries);
  return $.add(small, $.sub($.upper(x, 0), $.sub(half, rest)));
}
