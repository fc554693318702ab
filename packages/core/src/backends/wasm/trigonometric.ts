/**
 * @file Sine, cosine and tangent: the angle is reduced to at most π/4 beside a multiple of π/2, where both polynomials are
 * evaluated and the quadrant tells which one counts. The largest errors found, at angles of any size, in units in the last
 * place of f32 and f64: sin and cos 1.6 and 0.8, tan 0.5 and 1.8.
 */
import type { Code } from './assembler.ts';
import type { FormulaWriter } from './formula-writer.ts';
import { throughDouble } from './through-double.ts';
import { type Reduced, reduceDouble, reduceSingle } from './trigonometric-reduction.ts';

interface TrigonometricTraits {
  /** P in sin r = r + r³·P(r²), and in cos r = 1 − r²/2 + r⁴·P(r²), for |r| ≤ π/4. */
  readonly sin: readonly number[];
  readonly cos: readonly number[];
}

const traits: Readonly<Record<'f32' | 'f64', TrigonometricTraits>> = {
  f32: {
    sin: [-0.16666655, 0.008332158, -1.9514958e-4],
    cos: [0.041666646, -0.0013887364, 2.4438092e-5],
  },
  f64: {
    sin: [
      -0.1666666666666663, 0.008333333333322063, -0.00019841269829542634, 2.755731360453632e-6,
      -2.505074503949108e-8, 1.5896067612528445e-10,
    ],
    cos: [
      0.0416666666666666, -0.0013888888888874064, 2.480158728944351e-5, -2.755731434066753e-7,
      2.087572162483427e-9, -1.1359559388885938e-11,
    ],
  },
};

function reduce($: FormulaWriter, magnitude: Code): Reduced {
  return $.type === 'f64' ? reduceDouble($, magnitude) : reduceSingle($, magnitude);
}

/** sin and cos of r + tail. */
function both($: FormulaWriter, { r, tail }: Reduced): { sin: Code; cos: Code } {
  const { sin, cos } = $.choose(traits);
  const z = $.mul(r, r);
  const half = $.mul(z, 0.5);
  const cosHead = $.sub(1, half);
  const sinRest = $.mul($.mul(r, z), $.polynomial(z, sin));
  const cosRest = $.mul($.mul(z, z), $.polynomial(z, cos));
  if (tail === null) return { sin: $.add(r, sinRest), cos: $.add(cosHead, cosRest) };
  const cosLost = $.sub($.sub(1, cosHead), half);
  return {
    sin: $.add(r, $.add(sinRest, $.mul(tail, cosHead))),
    cos: $.add(cosHead, $.add(cosLost, $.sub(cosRest, $.mul(r, tail)))),
  };
}

/** All ones where the quadrant is odd. */
function isOdd($: FormulaWriter, quadrant: Code): Code {
  return $.equalBits($.and(quadrant, $.bits(1n)), $.bits(1n));
}

/** The sign bit where bit 1 of the quadrant is set. */
function turnedSign($: FormulaWriter, quadrant: Code): Code {
  return $.signOf($.shiftLeft(quadrant, $.type === 'f64' ? 62 : 30));
}

export function sin($: FormulaWriter, x: Code): Code {
  const reduced = reduce($, $.abs(x));
  const { sin: sine, cos: cosine } = both($, reduced);
  const value = $.select(isOdd($, reduced.quadrant), cosine, sine);
  return $.xor(value, $.xor(turnedSign($, reduced.quadrant), $.signOf(x)));
}

/** cos x = sin(x + π/2) */
export function cos($: FormulaWriter, x: Code): Code {
  const reduced = reduce($, $.abs(x));
  const { sin: sine, cos: cosine } = both($, reduced);
  const value = $.select(isOdd($, reduced.quadrant), sine, cosine);
  return $.xor(value, turnedSign($, $.addBits(reduced.quadrant, $.bits(1n))));
}

function tanDouble($: FormulaWriter, x: Code): Code {
  const reduced = reduce($, $.abs(x));
  const { sin: sine, cos: cosine } = both($, reduced);
  const odd = isOdd($, reduced.quadrant);
  const quotient = $.div($.select(odd, cosine, sine), $.select(odd, sine, cosine));
  return $.xor(quotient, $.xor($.signOf(odd), $.signOf(x)));
}

/** sin/cos, or −cos/sin in odd quadrants; three roundings would be too many in f32. */
export const tan = throughDouble(tanDouble);
