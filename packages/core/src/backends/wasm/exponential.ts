/**
 * @file The exponential and what is made of it, for f32 and f64 alike: x = n·ln 2 + r with |r| ≤ ½·ln 2, a polynomial for
 * eʳ, and a result put together so that nothing cancels. The largest errors found, in units in the last place of f32 and
 * f64: exp 0.9 and 0.8, expm1 1.6 and 1.5, tanh 1.3 and 1.2, sigmoid 1.7 and 1.5, sinh 1.9 and 1.8, cosh 1.9 and 1.5.
 */
import type { Code } from './assembler.ts';
import { orderedSum } from './double-double.ts';
import type { FormulaWriter } from './formula-writer.ts';

interface ExponentialTraits {
  /** ln 2 as a sum: whole multiples of the first part are exact. */
  readonly ln2: readonly [high: number, low: number];
  /** P in eʳ = 1 + r + r²·P(r), for |r| ≤ ½·ln 2. */
  readonly exponential: readonly number[];
  /** P in sinh r = r + r³·P(r²), and in cosh r = 1 + r²/2 + r⁴·P(r²). */
  readonly sinh: readonly number[];
  readonly cosh: readonly number[];
  /** Where eˣ is nearly 0, and where it is ∞. */
  readonly range: readonly [low: number, high: number];
  /** From where sinh x and cosh x are ∞, though 2ⁿ⁻² is not. */
  readonly hyperbolicHigh: number;
  /** P in tanh x = x + x³·P(x²), for |x| ≤ 0.55. */
  readonly tanh: readonly number[];
  /** From where tanh x is 1, and from where sigmoid x is. */
  readonly tanhHigh: number;
  readonly sigmoidHigh: number;
  /** Below this, eˣ − 1 is −1. */
  readonly expm1Low: number;
  /** A power of two that takes every power of two in range, or its inverse, far from both ends of the exponents. */
  readonly middle: number;
}

const traits: Readonly<Record<'f32' | 'f64', ExponentialTraits>> = {
  f32: {
    ln2: [0.693359375, -2.1219444005469057e-4],
    exponential: [0.49999997, 0.16666543, 0.0416672, 0.0083665475, 0.0013882517],
    sinh: [0.16666543, 0.008366613],
    cosh: [0.04166646, 0.0013935441],
    range: [-104, 89],
    hyperbolicHigh: 89.7,
    tanh: [-0.33333316, 0.13332576, -0.05385117, 0.021066656, -0.0062666982],
    tanhHigh: 11,
    sigmoidHigh: 20,
    expm1Low: -20,
    middle: 64,
  },
  f64: {
    ln2: [0.6931471803691238, 1.9082149292705877e-10],
    exponential: [
      0.5, 0.16666666666666677, 0.041666666666666505, 0.008333333333321653, 0.00138888888889626,
      0.00019841269886073526, 2.480158717224252e-5, 2.7557244254116763e-6, 2.755740276530278e-7,
      2.5109024485844028e-8, 2.087533192078875e-9,
    ],
    sinh: [
      0.16666666666666677, 0.008333333333321577, 0.0001984126988626821, 2.7557244059926727e-6,
      2.5109091104143564e-8,
    ],
    cosh: [0.04166666666660264, 0.001388888892733814, 2.48015079971986e-5, 2.762546004775814e-7],
    range: [-746, 710],
    hyperbolicHigh: 710.6,
    tanh: [
      -0.333333333333333, 0.1333333333332639, -0.053968253963622634, 0.021869488381797926,
      -0.008863232533167797, 0.0035920913227434955, -0.0014555381728817713, 0.0005884247853432673,
      -0.0002333302365117752, 8.324116865503457e-5, -1.9447169040817787e-5,
    ],
    tanhHigh: 22,
    sigmoidHigh: 40,
    expm1Low: -40,
    middle: 512,
  },
};

/** x = n·ln 2 + r, with r as a difference of which the second part is small, and 2ⁿ⁺ᵏ. */
interface Reduced {
  readonly n: Code;
  readonly r: Code;
  readonly head: Code;
  readonly rest: Code;
  /** Its exponent wraps around where it is out of range. */
  readonly power: Code;
}

/** For an x of moderate size, to which a tail may be added that is below its last digit. */
function reduce($: FormulaWriter, x: Code, k: number, tail: Code | null = null): Reduced {
  const [high, low] = $.choose(traits).ln2;
  const { digits, bias } = $.format;
  // Added to 1.5·2^digits, a whole number stands in the low bits of the sum.
  const magic = 1.5 * 2 ** digits + bias + k;
  const shifted = $.add($.mul(x, Math.LOG2E), magic);
  const n = $.sub(shifted, magic);
  const head = $.sub(x, $.mul(n, high));
  const product = $.mul(n, low);
  const rest = tail === null ? product : $.sub(product, tail);
  return { n, r: $.sub(head, rest), head, rest, power: $.shiftLeft(shifted, digits) };
}

/** eʳ − 1 = r + r²·P(r), with the rounding of r left out. */
function fraction($: FormulaWriter, { r, head, rest }: Reduced): Code {
  const curved = $.mul($.mul(r, r), $.polynomial(r, $.choose(traits).exponential));
  return $.add(head, $.sub(curved, rest));
}

/**
 * e^(x + tail), for x within the range and a small tail: eʳ is scaled by 2ⁿ∓middle, then by the constant 2^±middle, so
 * that one rounding gives results below the smallest normal number and beyond the largest power of two.
 */
export function expWithTail($: FormulaWriter, x: Code, tail: Code | null): Code {
  const { middle } = $.choose(traits);
  const { digits, bias } = $.format;
  const reduced = reduce($, x, bias, tail);
  // The exponents of 2^middle and of its inverse differ in the bit beside the sign.
  const factor = $.xor(
    $.and($.shiftRight(x, 1), $.bits(BigInt(2 * middle) << BigInt(digits))),
    $.bits(BigInt(bias + middle) << BigInt(digits)),
  );
  return $.mul($.mul($.add(fraction($, reduced), 1), $.subBits(reduced.power, factor)), factor);
}

/** eˣ = 2ⁿ·eʳ */
export function exp($: FormulaWriter, argument: Code): Code {
  const [low, high] = $.choose(traits).range;
  return expWithTail($, $.upper($.lower(argument, high), low), null);
}

/** eˣ for x ≤ 0 of which eˣ is a normal number, and for NaN. */
export function expOfSmall($: FormulaWriter, x: Code): Code {
  const reduced = reduce($, x, 0);
  return $.mul($.add(fraction($, reduced), 1), reduced.power);
}

/** e^(−|x|), the ingredient of functions of eˣ that must not overflow. */
export function decay($: FormulaWriter, x: Code): Code {
  const { range, middle } = $.choose(traits);
  const reduced = reduce($, $.upper($.negate($.abs(x)), range[0]), middle);
  return $.mul($.mul($.add(fraction($, reduced), 1), reduced.power), 2 ** -middle);
}

/** eˣ − 1 = 2ⁿ·(eʳ − 1) + (2ⁿ − 1), at half the power, because 2ⁿ itself overflows at the top of the range. */
export function expm1($: FormulaWriter, argument: Code): Code {
  const { range, expm1Low } = $.choose(traits);
  const reduced = reduce($, $.upper($.lower(argument, range[1]), expm1Low), -1);
  const half = $.add($.mul(fraction($, reduced), reduced.power), $.sub(reduced.power, 0.5));
  const isNegligible = $.less($.abs(argument), $.format.negligible);
  return $.select(isNegligible, argument, $.add(half, half));
}

/** x + x³·P(x²) up to 0.55, and beyond 1 − 2/(e^(2|x|) + 1). */
export function tanh($: FormulaWriter, x: Code): Code {
  const own = $.choose(traits);
  const magnitude = $.lower($.abs(x), own.tanhHigh);
  const z = $.mul(magnitude, magnitude);
  const steep = $.add(magnitude, $.mul($.mul(magnitude, z), $.polynomial(z, own.tanh)));
  const reduced = reduce($, $.add(magnitude, magnitude), 0);
  const { power } = reduced;
  const divisor = $.add($.add(power, 1), $.mul(power, fraction($, reduced)));
  const flat = $.sub(1, $.div(2, divisor));
  return $.withSign($.select($.less(magnitude, 0.55), steep, flat), x);
}

/**
 * 1/(1 + e⁻ˣ), both sides of the fraction divided by √middle, so that 2ⁿ is in range where the result is below the
 * smallest normal number.
 */
export function sigmoid($: FormulaWriter, x: Code): Code {
  const { sigmoidHigh, range, middle } = $.choose(traits);
  const unit = 2 ** -(middle / 2);
  const argument = $.lower($.upper($.negate(x), -sigmoidHigh), -range[0]);
  const reduced = reduce($, argument, -middle / 2);
  const { power } = reduced;
  // 1 + 2ⁿ, with what the sum lacks, and 2ⁿ·(eʳ − 1).
  const sum = orderedSum($, $.upper(power, unit), $.lower(power, unit));
  return $.div(unit, $.add(sum.high, $.add(sum.low, $.mul(power, fraction($, reduced)))));
}

/** The parts of sinh|x| and cosh|x|: (2ⁿ ± 2⁻ⁿ)/4, sinh r and cosh r − 1. */
function hyperbolic($: FormulaWriter, x: Code): { plus: Code; minus: Code; sinh: Code; coshLess1: Code } {
  const own = $.choose(traits);
  const { digits, bias } = $.format;
  const { n, r, head, rest, power: up } = reduce($, $.lower($.abs(x), own.hyperbolicHigh), -2);
  // Where 2⁻ⁿ is out of range it is nothing beside 2ⁿ.
  const magic = 1.5 * 2 ** digits + bias - 2;
  const down = $.shiftLeft($.sub($.constant(magic), $.lower(n, bias - 27)), digits);
  const z = $.mul(r, r);
  return {
    plus: $.add(up, down),
    minus: $.sub(up, down),
    sinh: $.add(head, $.sub($.mul($.mul(r, z), $.polynomial(z, own.sinh)), rest)),
    coshLess1: $.add($.mul(z, 0.5), $.mul($.mul(z, z), $.polynomial(z, own.cosh))),
  };
}

/** sinh(n·ln 2 + r) = sinh r·cosh(n·ln 2) + cosh r·sinh(n·ln 2) */
export function sinh($: FormulaWriter, x: Code): Code {
  const { plus, minus, sinh, coshLess1 } = hyperbolic($, x);
  const half = $.add(minus, $.add($.mul(minus, coshLess1), $.mul(plus, sinh)));
  const isNegligible = $.less($.abs(x), $.format.negligible);
  return $.select(isNegligible, x, $.withSign($.add(half, half), x));
}

/** cosh(n·ln 2 + r) = cosh r·cosh(n·ln 2) + sinh r·sinh(n·ln 2) */
export function cosh($: FormulaWriter, x: Code): Code {
  const { plus, minus, sinh, coshLess1 } = hyperbolic($, x);
  const half = $.add(plus, $.add($.mul(plus, coshLess1), $.mul(minus, sinh)));
  return $.add(half, half);
}
