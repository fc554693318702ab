/**
 * @file Exponentials and logarithms on four elements, f32 and f64 by the same formulas: the argument is reduced until a
 * power series of few terms gives the last bit, and the result is put together so that nothing cancels.
 */
import type { ScalarName } from '../../graph/scalar-functions.ts';
import { add, div, maximum, minimum, mul, sub } from './arithmetic.ts';
import type { Code, FunctionBuilder } from './assembler.ts';
import { f32x4, i32, i32x4, i64x2, v128 } from './instructions.ts';
import { directCode, keep, type Lanes, selectLanes, splatConstant } from './lanes.ts';

type FloatType = 'f32' | 'f64';

interface FloatTraits {
  /** ln 2 as a sum: whole multiples of the first part are exact. */
  readonly ln2: readonly [high: number, low: number];
  /** Terms of the series for eʳ − 1, |r| ≤ ½·ln 2, and of that for ln m, √½ ≤ m ≤ √2. */
  readonly exponentialTerms: number;
  readonly logarithmTerms: number;
  /** Where eˣ underflows to 0 and overflows to ∞. */
  readonly range: readonly [low: number, high: number];
  readonly smallestNormal: number;
  /** A power of two that makes every number below the smallest normal one normal, and its exponent. */
  readonly rescale: readonly [factor: number, exponent: number];
}

const traits: Readonly<Record<FloatType, FloatTraits>> = {
  f32: {
    ln2: [0.693359375, -2.1219444005469057e-4],
    exponentialTerms: 7,
    logarithmTerms: 5,
    range: [-104, 89],
    smallestNormal: 2 ** -126,
    rescale: [2 ** 24, 24],
  },
  f64: {
    ln2: [0.6931471803691238, 1.9082149292705877e-10],
    exponentialTerms: 13,
    logarithmTerms: 11,
    range: [-746, 710],
    smallestNormal: 2 ** -1022,
    rescale: [2 ** 54, 54],
  },
};

const floatType = ({ dtype }: Lanes): FloatType => (dtype === 'f64' ? 'f64' : 'f32');

const unary = (name: ScalarName, a: Lanes): Lanes => directCode(name, [a])!;
const compare = (name: ScalarName, a: Lanes, b: Lanes): Lanes => directCode(name, [a, b])!;
const absolute = (a: Lanes): Lanes => unary('abs', a);

/** Σ coefficients[k]·xᵏ by Horner's rule. */
function polynomial(fn: FunctionBuilder, x: Lanes, coefficients: readonly number[]): Lanes {
  return coefficients
    .map((coefficient) => splatConstant(coefficient, x.dtype))
    .reduceRight((sum, coefficient) => keep(fn, add(mul(sum, x), coefficient)));
}

/** 2ⁿ for whole n in the range of normal exponents. */
function powerOfTwo(n: Lanes): Lanes {
  if (n.dtype === 'f32') {
    const biased = i32x4.add(i32x4.truncSatF32x4S(n.parts[0]!), i32x4.splat(i32.const(127)));
    return { dtype: 'f32', parts: [i32x4.shl(biased, i32.const(23))] };
  }
  // Added to 1.5·2⁵², a whole number stands in the low bits of the sum.
  const shifted = add(n, splatConstant(6755399441055744 + 1023, 'f64'));
  return { dtype: 'f64', parts: shifted.parts.map((part) => i64x2.shl(part, i32.const(52))) };
}

/** x = n·ln 2 + r with |r| ≤ ½·ln 2: the whole number n, and eʳ − 1. */
function reduceExponent(fn: FunctionBuilder, x: Lanes): { n: Lanes; fractional: Lanes } {
  const { ln2, exponentialTerms } = traits[floatType(x)];
  const n = keep(fn, unary('round', mul(x, splatConstant(Math.LOG2E, x.dtype))));
  const high = sub(x, mul(n, splatConstant(ln2[0], x.dtype)));
  const r = keep(fn, sub(high, mul(n, splatConstant(ln2[1], x.dtype))));
  // eʳ − 1 = r + r²·(1/2! + r/3! + r²/4! + …)
  const coefficients: number[] = [];
  for (let k = 2, factorial = 2; k <= exponentialTerms; factorial *= ++k) coefficients.push(1 / factorial);
  const fractional = keep(fn, add(r, mul(mul(r, r), polynomial(fn, r, coefficients))));
  return { n, fractional };
}

/** eˣ = 2ⁿ·eʳ; the power is applied in two halves, so that results below the smallest normal number are right. */
function exp(fn: FunctionBuilder, argument: Lanes): Lanes {
  const { dtype } = argument;
  const [low, high] = traits[floatType(argument)].range;
  const x = keep(fn, minimum(maximum(argument, splatConstant(low, dtype)), splatConstant(high, dtype)));
  const { n, fractional } = reduceExponent(fn, x);
  const half = keep(fn, unary('floor', mul(n, splatConstant(0.5, dtype))));
  const first = mul(add(fractional, splatConstant(1, dtype)), powerOfTwo(half));
  return keep(fn, mul(first, powerOfTwo(keep(fn, sub(n, half)))));
}

/** eˣ − 1 = 2ⁿ·(eʳ − 1) + (2ⁿ − 1), in which for small x the second term is 0. */
function expm1(fn: FunctionBuilder, argument: Lanes): Lanes {
  const { dtype } = argument;
  const [, high] = traits[floatType(argument)].range;
  const x = keep(fn, minimum(maximum(argument, splatConstant(-50, dtype)), splatConstant(high, dtype)));
  const { n, fractional } = reduceExponent(fn, x);
  // Half the power at the top of the range, where 2ⁿ itself overflows.
  const power = keep(fn, powerOfTwo(keep(fn, sub(n, splatConstant(1, dtype)))));
  const halved = add(mul(fractional, power), sub(power, splatConstant(0.5, dtype)));
  const result = keep(fn, mul(halved, splatConstant(2, dtype)));
  return keep(
    fn,
    selectLanes(keep(fn, compare('equal', argument, splatConstant(0, dtype))), argument, result),
  );
}

/** x = 2ᵉ·m with √½ ≤ m ≤ √2, for positive finite x: e and m − 1. */
function splitExponent(fn: FunctionBuilder, x: Lanes): { e: Lanes; f: Lanes } {
  const type = floatType(x);
  const { smallestNormal, rescale } = traits[type];
  const isSmall = keep(fn, compare('less', x, splatConstant(smallestNormal, type)));
  const scaled = keep(fn, selectLanes(isSmall, keep(fn, mul(x, splatConstant(rescale[0], type))), x));
  const correction = keep(fn, selectLanes(isSmall, splatConstant(rescale[1], type), splatConstant(0, type)));
  const exponents = keep(fn, { dtype: type, parts: scaled.parts.map((part) => exponentBits(part, type)) });
  const e = keep(fn, sub(exponents, correction));
  const m = keep(fn, { dtype: type, parts: scaled.parts.map((part) => withExponentZero(part, type)) });
  const isLarge = keep(fn, compare('greater', m, splatConstant(Math.SQRT2, type)));
  return {
    e: keep(fn, selectLanes(isLarge, keep(fn, add(e, splatConstant(1, type))), e)),
    f: keep(
      fn,
      sub(selectLanes(isLarge, keep(fn, mul(m, splatConstant(0.5, type))), m), splatConstant(1, type)),
    ),
  };
}

/** The unbiased exponent of positive normal numbers, as floats. */
function exponentBits(part: Code, type: FloatType): Code {
  if (type === 'f32')
    return f32x4.convertI32x4S(i32x4.sub(i32x4.shrU(part, i32.const(23)), i32x4.splat(i32.const(127))));
  // Below the exponent of 2⁵², a whole number is that float's fraction.
  const whole = v128.or(i64x2.shrU(part, i32.const(52)), splatConstant(2 ** 52, 'f64').parts[0]!);
  return sub(
    { dtype: 'f64', parts: [whole] },
    { dtype: 'f64', parts: [splatConstant(2 ** 52 + 1023, 'f64').parts[0]!] },
  ).parts[0]!;
}

/** The same number with exponent 0, in [1, 2). */
function withExponentZero(part: Code, type: FloatType): Code {
  const one = splatConstant(1, type).parts[0]!;
  const fraction =
    type === 'f32'
      ? i32x4.splat(i32.const(0x7fffff))
      : v128.const([
          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0,
        ]);
  return v128.or(v128.and(part, fraction), one);
}

/**
 * ln x = e·ln 2 + ln(1 + f), where with s = f/(2 + f): ln(1 + f) = 2·(s + s³/3 + s⁵/5 + …), written as f minus a small
 * correction: f − (f²/2 − s·(f²/2 + R)), R = 2s²/3 + 2s⁴/5 + ….
 */
function log(fn: FunctionBuilder, x: Lanes): Lanes {
  const type = floatType(x);
  const { ln2, logarithmTerms } = traits[type];
  const { e, f } = splitExponent(fn, x);
  const s = keep(fn, div(f, add(f, splatConstant(2, type))));
  const z = keep(fn, mul(s, s));
  const coefficients = Array.from({ length: logarithmTerms }, (_, k) => 2 / (2 * k + 3));
  const rest = keep(fn, mul(z, polynomial(fn, z, coefficients)));
  const half = keep(fn, mul(mul(f, f), splatConstant(0.5, type)));
  const low = add(mul(s, add(half, rest)), mul(e, splatConstant(ln2[1], type)));
  const finite = keep(fn, sub(mul(e, splatConstant(ln2[0], type)), sub(sub(half, low), f)));
  const zero = splatConstant(0, type);
  const isFinite = keep(fn, compare('less', x, splatConstant(Infinity, type)));
  const isPositive = keep(fn, compare('greater', x, zero));
  const isZero = keep(fn, compare('equal', x, zero));
  // NaN compares with nothing, and ∞ is its own logarithm.
  const positive = keep(fn, selectLanes(isFinite, finite, x));
  const other = keep(fn, selectLanes(isZero, splatConstant(-Infinity, type), splatConstant(NaN, type)));
  return keep(fn, selectLanes(isPositive, positive, other));
}

/** ln(1 + x) = ln u + (x − (u − 1))/u with u = 1 + x rounded. */
function log1p(fn: FunctionBuilder, x: Lanes): Lanes {
  const type = floatType(x);
  const one = splatConstant(1, type);
  const u = keep(fn, add(x, one));
  const lost = keep(fn, sub(x, sub(u, one)));
  const corrected = keep(fn, add(log(fn, u), div(lost, u)));
  const isSpecial = keep(
    fn,
    directCode('logicalOr', [
      keep(fn, compare('equal', u, splatConstant(0, type))),
      keep(fn, compare('equal', u, splatConstant(Infinity, type))),
    ])!,
  );
  const general = keep(fn, selectLanes(isSpecial, log(fn, u), corrected));
  return keep(fn, selectLanes(keep(fn, compare('equal', u, one)), x, general));
}

/** tanh|x| = (e^(2|x|) − 1)/((e^(2|x|) − 1) + 2) */
function tanh(fn: FunctionBuilder, x: Lanes): Lanes {
  const type = floatType(x);
  const doubled = keep(fn, minimum(mul(absolute(x), splatConstant(2, type)), splatConstant(44, type)));
  const e = expm1(fn, doubled);
  const magnitude = keep(fn, div(e, add(e, splatConstant(2, type))));
  const sign = splatConstant(-0, type);
  return keep(fn, {
    dtype: type,
    parts: magnitude.parts.map((part, k) => v128.or(part, v128.and(x.parts[k]!, sign.parts[k]!))),
  });
}

/** e^(−|x|), the ingredient of functions of eˣ that must not overflow. */
function decay(fn: FunctionBuilder, x: Lanes): Lanes {
  return exp(fn, keep(fn, unary('neg', absolute(x))));
}

function sigmoid(fn: FunctionBuilder, x: Lanes): Lanes {
  const type = floatType(x);
  const one = splatConstant(1, type);
  const small = decay(fn, x);
  const isNegative = keep(fn, compare('less', x, splatConstant(0, type)));
  return keep(fn, div(selectLanes(isNegative, small, one), add(small, one)));
}

function softplus(fn: FunctionBuilder, x: Lanes): Lanes {
  return keep(fn, add(maximum(x, splatConstant(0, x.dtype)), log1p(fn, decay(fn, x))));
}

/** The functions, by the table's names; each takes and gives values that are cheap to repeat. */
export const elementary: Partial<Readonly<Record<ScalarName, (fn: FunctionBuilder, x: Lanes) => Lanes>>> = {
  exp,
  expm1,
  log,
  log1p,
  tanh,
  sigmoid,
  softplus,
  reciprocal: (fn, x) => keep(fn, div(splatConstant(1, x.dtype), x)),
  rsqrt: (fn, x) => keep(fn, div(splatConstant(1, x.dtype), unary('sqrt', x))),
};
