/**
 * @file Powers: aᵇ = e^(b·ln a), for which f64 needs the logarithm in twice its precision, and by squaring for
 * integers. The largest errors found, in units in the last place of f32 and f64: 0.6 and 0.9.
 */
import type { Code } from './assembler.ts';
import { type DoubleDouble, exactProduct, orderedSum } from './double-double.ts';
import { expWithTail } from './exponential.ts';
import type { FormulaWriter } from './formula-writer.ts';
import { splitExponent, splitNormal } from './logarithm.ts';
import { throughDouble } from './through-double.ts';

const ln2 = [0.6931471803691238, 1.9082149292705877e-10] as const;
const twoThirds = [0.6666666666666666, 3.700743415417188e-17] as const;

/** P in ln((1 + s)/(1 − s)) = 2s + s³·(2/3 + s²·P(s²)), for |s| ≤ (√2 − 1)/(√2 + 1). */
const series = [
  0.3999999999999998, 0.2857142857144522, 0.22222222217510518, 0.181818188735014, 0.15384556653356563,
  0.13336325802297014, 0.1167464811338838, 0.11990434164599659,
] as const;

/** ln x with an error of 2⁻⁶⁵ of it, for positive finite x; else anything. */
function preciseLog($: FormulaWriter, x: Code): DoubleDouble {
  const { e, m } = splitExponent($, x);
  // s = (m − 1)/(m + 1); the divisor's rounding is exact to tell.
  const [numerator, divisor] = [$.sub(m, 1), $.add(m, 1)];
  const divisorLow = $.sub(m, $.sub(divisor, 1));
  const s = $.div(numerator, divisor);
  const back = exactProduct($, s, divisor);
  const missing = $.sub($.sub($.sub(numerator, back.high), back.low), $.mul(s, divisorLow));
  const sLow = $.div(missing, divisor);
  // w = s²·(2/3 + s²·P)
  const z = exactProduct($, s, s);
  const zLow = $.add(z.low, $.mul($.add(s, s), sLow));
  const factor = orderedSum($, twoThirds[0], $.mul(z.high, $.polynomial(z.high, series)));
  const factorLow = $.add(factor.low, twoThirds[1]);
  const w = exactProduct($, z.high, factor.high);
  const wLow = $.add(w.low, $.add($.mul(z.high, factorLow), $.mul(zLow, factor.high)));
  // ln m = 2s + s·w
  const last = exactProduct($, s, w.high);
  const lastLow = $.add(last.low, $.add($.mul(s, wLow), $.mul(sLow, w.high)));
  const inner = orderedSum($, $.add(s, s), last.high);
  const innerLow = $.add(inner.low, $.add(lastLow, $.add(sLow, sLow)));
  const sum = orderedSum($, $.mul(e, ln2[0]), inner.high);
  return orderedSum($, sum.high, $.add(sum.low, $.add($.mul(e, ln2[1]), innerLow)));
}

/** aᵇ for 0 < a < ∞ in f64. */
function doublePower($: FormulaWriter, a: Code, b: Code): Code {
  const { high, low } = preciseLog($, a);
  const product = exactProduct($, b, high);
  const tail = $.and($.add(product.low, $.mul(b, low)), $.less($.abs(product.high), 800));
  return expWithTail($, $.upper($.lower(product.high, 710), -746), tail);
}

/** P in log₂((1 + s)/(1 − s)) = s·P(s²) for |s| ≤ (√2 − 1)/(√2 + 1), and 2ʳ for |r| ≤ ½, as exact as f32 needs them. */
const binaryLogarithm = [
  2.8853900817902027, 0.9617966732005573, 0.5770836114841625, 0.4116711396226847, 0.3407592768312348,
] as const;
const binaryExponential = [
  1.0000000005550846, 0.6931472057654817, 0.24022646885718515, 0.05550328712786567, 0.00961848926913182,
  0.0013399957559355675, 0.00015345785057174793,
] as const;

/** aᵇ = 2^(b·log₂ a) for 0 < a < ∞ in f32, on f64 lanes, in which every such power is a normal number. */
function singlePower($: FormulaWriter, a: Code, b: Code): Code {
  const { e, m } = splitNormal($, a);
  const s = $.div($.sub(m, 1), $.add(m, 1));
  const logarithm = $.add(e, $.mul(s, $.polynomial($.mul(s, s), binaryLogarithm)));
  const exponent = $.upper($.lower($.mul(b, logarithm), 200), -200);
  // Added to 1.5·2⁵², a whole number stands in the low bits of the sum.
  const magic = 1.5 * 2 ** 52 + 1023;
  const shifted = $.add(exponent, magic);
  const r = $.sub(exponent, $.sub(shifted, magic));
  return $.mul($.polynomial(r, binaryExponential), $.shiftLeft(shifted, 52));
}

const finitePower = {
  f64: doublePower,
  f32: throughDouble(singlePower),
} as const;

/** As C's pow. */
export function pow($: FormulaWriter, a: Code, b: Code): Code {
  const magnitude = $.abs(a);
  // Beyond 2⁶⁵ every power of every number but 1 overflows or vanishes.
  const finite = $.choose(finitePower)($, magnitude, $.upper($.lower(b, 2 ** 65), -(2 ** 65)));
  const isEndless = $.equal(magnitude, Infinity);
  const isEdge = $.or(isEndless, $.equal(a, 0));
  const edge = $.and($.xor(isEndless, $.less(b, 0)), Infinity);
  const half = $.mul(b, 0.5);
  const isWhole = $.equal($.floor(b), b);
  const isOdd = $.and(isWhole, $.notEqual($.floor(half), half));
  const signed = $.or($.select(isEdge, edge, finite), $.and($.signOf(a), isOdd));
  const isNegative = $.and($.less(a, 0), $.notEqual(a, -Infinity));
  const isUnknown = $.or($.notEqual(a, a), $.notEqual(b, b));
  const value = $.or($.or(signed, isUnknown), $.without(isNegative, isWhole));
  return $.select($.or($.equal(b, 0), $.equal(a, 1)), 1, value);
}

/** By squaring, modulo 2³²; a negative exponent gives the reciprocal without its fraction: that of 1 and −1. */
export function integerPower($: FormulaWriter, a: Code, b: Code): Code {
  const [result, square, rest] = [$.constant(1), a, b].map((value) => $.variable(value));
  const isNegative = $.less(b, 0);
  const odd = $.and(b, 1);
  $.loop(() => {
    const isOdd = $.equal($.and(rest!.get, 1), 1);
    result!.set($.select(isOdd, $.mul(result!.get, square!.get), result!.get));
    square!.set($.mul(square!.get, square!.get));
    rest!.set($.shiftRight(rest!.get, 1));
    return $.any(rest!.get);
  });
  const isUnit = $.or($.equal(a, 1), $.equal(a, -1));
  // a is its own odd powers, and 1 its even ones.
  const reciprocal = $.and($.select($.equal(odd, 1), a, 1), isUnit);
  return $.select(isNegative, reciprocal, result!.get);
}
