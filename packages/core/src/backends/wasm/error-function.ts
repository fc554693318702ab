/**
 * @file The error function, for f32 and f64: a power series where it is steep, and 1 − erfc where it is flat, whose error
 * is a fraction of the result's. The largest errors found, in units in the last place of f32 and f64: 1.4 and 1.1.
 */
import type { Code } from './assembler.ts';
import { expOfSmall } from './exponential.ts';
import type { FormulaWriter } from './formula-writer.ts';

const traits = {
  f32: {
    /** P in erf x = x + x·P(x²), for |x| ≤ 1. */
    series: [0.12837917, -0.37612626, 0.112835854, -0.026853811, 0.0051883273, -8.010192e-4, 7.853858e-5],
    /** From where erf x is 1. */
    high: 3.95,
  },
  f64: {
    series: [
      0.1283791670955126, -0.3761263890318375, 0.11283791670954857, -0.026866170645072893,
      0.005223977624780837, -0.0008548326978740466, 0.00012055331036837028, -1.4925593505419646e-5,
      1.6460972794144841e-6, -1.6350024988927883e-7, 1.4657878335345026e-8, -1.136566040222867e-9,
      5.9452528030108e-11,
    ],
    high: 6,
  },
} as const;

/** ln erfc x for 0.92 ≤ x ≤ 3.95, with an error below 2⁻²⁶/erfc x. */
const logComplement = [
  -2.0703257e-4, -1.1276273, -0.6372659, -0.1038562, 0.022189686, -0.0030336685, 1.9494416e-4,
] as const;

/** eˣ²·erfc x in powers of (x − 3)/(x + 3) for 1 ≤ x ≤ 6, with an error below 2⁻⁵⁶·eˣ². */
const scaledComplement = [
  0.1790011511813538, -0.3262335600459005, 0.2456038016643175, -0.15011593634374346, 0.07166585012796993,
  -0.024392327903091655, 0.004270353658404976, 0.0007131748078428275, -0.000581093224547296,
  7.639265799681755e-5, 0.00010295080769988821, 1.520295931350044e-5,
] as const;

/** erfc x for 1 ≤ x. */
function complement($: FormulaWriter, x: Code): Code {
  if ($.type === 'f32') return expOfSmall($, $.polynomial(x, logComplement));
  const t = $.div($.sub(x, 3), $.add(x, 3));
  return $.mul(expOfSmall($, $.negate($.mul(x, x))), $.polynomial(t, scaledComplement));
}

export function erf($: FormulaWriter, x: Code): Code {
  const { series, high } = $.choose<{ series: readonly number[]; high: number }>(traits);
  const magnitude = $.lower($.abs(x), high);
  const steep = $.add(magnitude, $.mul(magnitude, $.polynomial($.mul(magnitude, magnitude), series)));
  const flat = $.sub(1, complement($, magnitude));
  return $.withSign($.select($.less(magnitude, 1), steep, flat), x);
}
