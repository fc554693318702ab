/**
 * @file Arcus functions, for f32 and f64 alike: arguments are mapped to where a power series is short, and constants that
 * are added to it are held as a number and what that lacks. The largest errors found, in units in the last place of f32 and
 * f64: asin 0.9 and 0.8, acos 1.2 and 1.0, atan 1.9 and 1.7, atan2 1.9 and 1.7.
 */
import type { Code } from './assembler.ts';
import type { FormulaWriter, Operand } from './formula-writer.ts';

interface ArcusTraits {
  /** π and what it lacks. */
  readonly pi: readonly [high: number, low: number];
  /** P in asin x = x + x³·P(x²) for |x| ≤ ½, and in atan x = x + x³·P(x²) for |x| ≤ √2 − 1. */
  readonly asin: readonly number[];
  readonly atan: readonly number[];
  /** Magnitudes above this are scaled down before they are added to one another. */
  readonly large: number;
}

const traits: Readonly<Record<'f32' | 'f64', ArcusTraits>> = {
  f32: {
    pi: [Math.fround(Math.PI), -8.742278000372485e-8],
    asin: [0.16666752, 0.074952975, 0.045470376, 0.024179518, 0.042166304],
    atan: [-0.33333316, 0.19998465, -0.14243422, 0.10592947, -0.060759176],
    large: 2 ** 120,
  },
  f64: {
    pi: [Math.PI, 1.2246467991473532e-16],
    asin: [
      0.1666666666666676, 0.07499999999970798, 0.04464285717461354, 0.030381942707717536,
      0.022372214989161508, 0.017351611991766422, 0.013980820758057257, 0.011398910813628971,
      0.010780259516128184, 0.0037063862494603654, 0.021707496970970235, -0.020999128206369157,
      0.03262866254824386,
    ],
    atan: [
      -0.3333333333333319, 0.1999999999995282, -0.1428571428012131, 0.11111110779798324, -0.09090897655067551,
      0.07692058430108312, -0.06663084166437178, 0.05847747142902179, -0.05038673807044586,
      0.038048743612152984, -0.01789009032623823,
    ],
    large: 2 ** 1000,
  },
};

/** asin s = s + rest, for s² = z ≤ ¼. */
function asinRest($: FormulaWriter, s: Code, z: Code): Code {
  return $.mul($.mul(s, z), $.polynomial(z, $.choose(traits).asin));
}

/** asin x, and beyond ½: π/2 − 2·asin √((1 − x)/2). */
export function asin($: FormulaWriter, x: Code): Code {
  const [pi, piLow] = $.choose(traits).pi;
  const magnitude = $.abs(x);
  const isLarge = $.greater(magnitude, 0.5);
  const halved = $.mul($.sub(1, magnitude), 0.5);
  const z = $.select(isLarge, halved, $.mul(x, x));
  const root = $.sqrt(z);
  const s = $.select(isLarge, root, magnitude);
  const rest = asinRest($, s, z);
  // What the root lacks: (z − s²)/(2s), for an s of few digits with an exact square.
  const short = $.and(root, $.bits($.type === 'f64' ? -(2n ** 32n) : -(2n ** 12n)));
  const sum = $.add($.add(root, short), $.format.smallestNormal);
  const lost = $.div($.sub(z, $.mul(short, short)), sum);
  const beyond = $.add(rest, lost);
  // From π/4, so that what is nearly the result is formed first.
  const nearly = $.sub(pi / 4, $.add(short, short));
  const large = $.add(pi / 4, $.sub(nearly, $.sub($.add(beyond, beyond), piLow / 2)));
  return $.withSign($.select(isLarge, large, $.add(magnitude, rest)), x);
}

/** π/2 − asin x, and beyond ½: 2·asin √((1 − x)/2), of negative numbers π minus that. */
export function acos($: FormulaWriter, x: Code): Code {
  const [pi, piLow] = $.choose(traits).pi;
  const magnitude = $.abs(x);
  const isLarge = $.greater(magnitude, 0.5);
  const isNegative = $.less(x, 0);
  const z = $.select(isLarge, $.mul($.sub(1, magnitude), 0.5), $.mul(x, x));
  const s = $.select(isLarge, $.sqrt(z), x);
  const rest = asinRest($, s, z);
  const small = $.sub(pi / 2, $.sub(s, $.sub(piLow / 2, rest)));
  const half = $.add(s, rest);
  const twice = $.add(half, half);
  const large = $.select(isNegative, $.sub(pi, $.sub(twice, piLow)), twice);
  return $.select(isLarge, large, small);
}

/**
 * The angle of a point in the first quadrant: with t = y/x up to √2 − 1 it is atan t, up to √2 + 1 it is
 * π/4 + atan((y − x)/(y + x)), and beyond π/2 − atan(x/y).
 */
function firstQuadrant($: FormulaWriter, y: Code, x: Operand): Code {
  const {
    pi: [pi, piLow],
    atan: series,
  } = $.choose(traits);
  const isMiddle = $.greater(y, $.mul(x, Math.SQRT2 - 1));
  const isSteep = $.greater(y, $.mul(x, Math.SQRT2 + 1));
  const choice = (steep: Operand, middle: Operand, flat: Operand): Code =>
    $.select(isSteep, steep, $.select(isMiddle, middle, flat));
  const t = $.div(choice($.sub(-0, x), $.sub(y, x), y), choice(y, $.add(y, x), x));
  const z = $.mul(t, t);
  const rest = $.mul($.mul(t, z), $.polynomial(z, series));
  const low = choice(piLow / 2, piLow / 4, 0);
  return $.add(choice(pi / 2, pi / 4, 0), $.add(t, $.add(rest, low)));
}

export function atan($: FormulaWriter, x: Code): Code {
  return $.withSign(firstQuadrant($, $.abs(x), 1), x);
}

/** The angle of the point (x, y). */
export function atan2($: FormulaWriter, y: Code, x: Code): Code {
  const {
    pi: [pi, piLow],
    large,
  } = $.choose(traits);
  const [height, width] = [$.abs(y), $.abs(x)];
  // Of infinities only their directions count.
  const isDiagonal = $.and($.equal(height, Infinity), $.equal(width, Infinity));
  // Neither do sums overflow, nor are products below the smallest normal number compared.
  const longest = $.upper(height, width);
  const scale = $.select($.greater(longest, large), 0.25, $.select($.less(longest, 2 ** -60), 2 ** 64, 1));
  const scaled = (a: Code): Code => $.select(isDiagonal, 1, $.mul(a, scale));
  const steepness = scaled(height);
  // A point on the axis has the same angle at any distance.
  const angle = firstQuadrant($, steepness, $.select($.equal(height, 0), 1, scaled(width)));
  const turned = $.select($.isSignSet(x), $.sub(pi, $.sub(angle, piLow)), angle);
  const isUnknown = $.or($.notEqual(x, x), $.notEqual(y, y));
  return $.or($.withSign(turned, y), isUnknown);
}
