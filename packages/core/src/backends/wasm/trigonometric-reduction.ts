/**
 * @file Angles as whole multiples of π/2 and a rest of at most π/4: in lanes while the multiple has twenty bits, and one by
 * one for larger numbers, by a window of 2/π that is as wide as the answer needs (Payne & Hanek 1983).
 */
import { type Code, type FunctionBuilder, select, type ValueType } from './assembler.ts';
import { type Arithmetic, exactProduct, exactSum, orderedSum } from './double-double.ts';
import type { FormulaWriter, SharedFunction } from './formula-writer.ts';
import { f32, f32x4, f64, f64x2, i32, i32x4, i64, i64x2 } from './instructions.ts';
import { demote, narrow, promote } from './lanes.ts';

/** π/2 in parts, of which the first three have 33 bits: their multiples by whole numbers below 2²⁰ are exact. */
const halfPi = [
  1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32,
] as const;

/** π/2 as a number and what it lacks. */
const halfPiPair = [Math.PI / 2, 6.123233995736766e-17] as const;

/** The least magnitude that is reduced one by one. */
const huge = 2 ** 20;

/** An angle as quadrant·π/2 + r + tail, |r| ≤ π/4. The quadrant is a whole number in the lanes' bits, modulo 4. */
export interface Reduced {
  readonly quadrant: Code;
  readonly r: Code;
  /** What r lacks of a number; null where r is exact enough without. */
  readonly tail: Code | null;
}

/** The bits of 2/π below the point, after 64 zeros. */
const twoOverPi =
  0xa2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561b7246e3a424dd2e006492eea09d1921cfe1deb1cb129a73ee88235f52ebb4484e99c7026b45f7e413991d639835339f49c845f8bbdf9283b1ff897ffde05980fef2f118b5a0a6d1f6d367ecf27cb09b74f463f669e5fea2d7527bac7ebe5f17b3d0739f78a5292ea6bfb5fb11f8d5d0856033046fc7b6babf0cfbc209af4361dn;
const words = Array.from({ length: 21 }, (_, k) => BigInt.asUintN(64, twoOverPi >> BigInt(64 * (20 - k))));

/** A word of 2/π by its number. */
const windowWord: SharedFunction = {
  name: 'two-over-pi',
  parameters: ['i32'],
  result: 'i64',
  write: (_, [number]) =>
    words.reduce<Code>(
      (others, word, k) => select(i32.eq(number!, i32.const(k)), i64.const(word), others),
      i64.const(0n),
    ),
};

/** The upper 64 bits of the product of two unsigned numbers. */
const multiplyHigh: SharedFunction = {
  name: 'multiply-high',
  parameters: ['i64', 'i64'],
  result: 'i64',
  write: (fn, [a, b]) => {
    const low = (x: Code): Code => i64.and(x, i64.const(0xffffffffn));
    const high = (x: Code): Code => i64.shrU(x, i64.const(32n));
    const keep = keeper(fn);
    const first = keep(i64.add(i64.mul(high(a!), low(b!)), high(i64.mul(low(a!), low(b!)))));
    const second = keep(i64.add(i64.mul(low(a!), high(b!)), low(first)));
    return i64.add(i64.mul(high(a!), high(b!)), i64.add(high(first), high(second)));
  },
};

/** Arithmetic on single f64 numbers. */
function scalarArithmetic(fn: FunctionBuilder): Arithmetic {
  const keep = keeper(fn, 'f64');
  const push = (a: Code | number): Code => (typeof a === 'number' ? f64.const(a) : a);
  return {
    add: (a, b) => keep(f64.add(push(a), push(b))),
    sub: (a, b) => keep(f64.sub(push(a), push(b))),
    mul: (a, b) => keep(f64.mul(push(a), push(b))),
  };
}

const keeper =
  (fn: FunctionBuilder, type: ValueType = 'i64') =>
  (value: Code): Code => {
    const local = fn.local(type);
    fn.emit(local.set(value));
    return local.get;
  };

/**
 * A finite number ≥ 2²⁰: r as f64 in the low half of the result, its tail as f32 in lane 2, the quadrant as i32 in lane 3.
 * The number is M·2ᵉ with a 53-bit M. Bits of 2/π whose product with it is a multiple of 4 are left out; of the rest, two
 * whole bits and 126 of the fraction are computed, and no f64 is closer than 2⁻⁶² to a multiple of π/2.
 */
const reduceHuge: SharedFunction = {
  name: 'reduce-angle',
  parameters: ['f64'],
  result: 'v128',
  write: (fn, [x], functions) => {
    const keep = keeper(fn);
    const number = (value: number): Code => i64.const(BigInt(value));
    const bits = keep(i64.reinterpretF64(x!));
    const mantissa = keep(i64.or(i64.and(bits, i64.const(2n ** 52n - 1n)), i64.const(2n ** 52n)));
    // The first bit that counts has weight 2^(1 − e) and stands, after the zeros, at place e − 1 + 63.
    const place = keep(i64.sub(i64.shrU(bits, number(52)), number(1023 + 52 - 62)));
    const shift = keep(i64.and(place, number(63)));
    const first = keeper(fn, 'i32')(i32.wrapI64(i64.shrU(place, number(6))));
    const word = (k: number): Code => keep(functions.call(windowWord, [i32.add(first, i32.const(k))]));
    const loaded = [0, 1, 2, 3].map(word);
    const joined = (high: Code, low: Code, places: Code): Code =>
      i64.or(i64.shl(high, places), i64.shrU(i64.shrU(low, number(1)), i64.sub(number(63), places)));
    const window = [0, 1, 2].map((k) => keep(joined(loaded[k]!, loaded[k + 1]!, shift)));
    const low = keep(i64.mul(mantissa, window[1]!));
    const sum = keep(i64.add(low, functions.call(multiplyHigh, [mantissa, window[2]!])));
    const high = keep(
      i64.add(
        i64.add(i64.mul(mantissa, window[0]!), functions.call(multiplyHigh, [mantissa, window[1]!])),
        i64.extendI32U(i64.ltU(sum, low)),
      ),
    );
    // Rounded to the nearest quadrant; the rest as a magnitude below ½, in units of 2⁻⁶⁴ and 2⁻¹²⁸.
    const signed = keep(joined(high, sum, number(2)));
    const quadrant = i32.wrapI64(i64.add(i64.shrU(high, number(62)), i64.shrU(signed, number(63))));
    const flip = keep(i64.shrS(signed, number(63)));
    const below = keep(i64.sub(i64.xor(i64.shl(sum, number(2)), flip), flip));
    const carry = i64.and(flip, i64.extendI32U(i64.eqz(below)));
    const above = keep(i64.add(i64.xor(signed, flip), carry));
    const zeros = keep(i64.clz(above));
    const top = keep(joined(above, below, zeros));
    const next = keep(i64.or(i64.shl(top, number(53)), i64.shrU(i64.shl(below, zeros), number(11))));
    const double = keeper(fn, 'f64');
    const unit = double(
      f64.reinterpretI64(
        i64.or(
          i64.shl(i64.sub(number(1023 - 53), zeros), number(52)),
          i64.and(flip, i64.const(-(2n ** 63n))),
        ),
      ),
    );
    const turns = double(f64.mul(f64.convertI64U(i64.shrU(top, number(11))), unit));
    const lost = double(f64.mul(f64.mul(f64.convertI64U(next), f64.const(2 ** -64)), unit));
    // Times π/2, in twice the precision.
    const $ = scalarArithmetic(fn);
    const [high53, low53] = halfPiPair;
    const product = exactProduct($, turns, high53);
    const rest = $.add(product.low, $.add($.mul(turns, low53), $.mul(lost, high53)));
    const { high: r, low: tail } = orderedSum($, product.high, rest);
    return i32x4.replaceLane(3, f32x4.replaceLane(2, f64x2.splat(r), f32.demoteF64(tail)), quadrant);
  },
};

/** The lanes in which a magnitude is finite and huge, as a mask. */
function hugeLanes($: FormulaWriter, magnitude: Code): Code {
  return $.and($.greaterEqual(magnitude, huge), $.less(magnitude, Infinity));
}

/** Magnitudes in f64 lanes; infinities and NaN give NaN. */
export function reduceDouble($: FormulaWriter, magnitude: Code): Reduced {
  // Added to 1.5·2⁵², a whole number stands in the low bits of the sum.
  const magic = 1.5 * 2 ** 52;
  const shifted = $.add($.mul(magnitude, 2 / Math.PI), magic);
  const n = $.sub(shifted, magic);
  const first = $.sub(magnitude, $.mul(n, halfPi[0]));
  const second = exactSum($, first, $.negate($.mul(n, halfPi[1])));
  const third = exactSum($, second.high, $.negate($.mul(n, halfPi[2])));
  const lost = $.sub($.add(second.low, third.low), $.mul(n, halfPi[3]));
  const sum = orderedSum($, third.high, lost);
  const [quadrant, r, tail] = [shifted, sum.high, sum.low].map((value) => $.variable(value));
  const mask = hugeLanes($, magnitude);
  $.when($.any(mask), () => {
    for (const lane of [0, 1]) {
      $.when(i32x4.extractLane(2 * lane, mask), () => {
        const reduced = $.call(reduceHuge, [f64x2.extractLane(lane, magnitude)]);
        quadrant!.set(i64x2.replaceLane(lane, quadrant!.get, i64.extendI32U(i32x4.extractLane(3, reduced))));
        r!.set(f64x2.replaceLane(lane, r!.get, f64x2.extractLane(0, reduced)));
        tail!.set(f64x2.replaceLane(lane, tail!.get, f64.promoteF32(f32x4.extractLane(2, reduced))));
      });
    }
  });
  return { quadrant: quadrant!.get, r: r!.get, tail: tail!.get };
}

/** Magnitudes in f32 lanes: in f64, where two parts of π/2 are exact enough. */
export function reduceSingle($: FormulaWriter, magnitude: Code): Reduced {
  const $double = $.as('f64');
  const magic = 1.5 * 2 ** 52;
  const halves = promote(magnitude).map((code) => {
    const wide = $double.keep(code);
    const shifted = $double.add($double.mul(wide, 2 / Math.PI), magic);
    const n = $double.sub(shifted, magic);
    const first = $double.sub(wide, $double.mul(n, halfPi[0]));
    return { shifted, r: $double.sub(first, $double.mul(n, halfPi[1])) };
  });
  const [low, high] = halves;
  const quadrant = $.variable(narrow(low!.shifted, high!.shifted));
  const r = $.variable(demote([low!.r, high!.r]));
  const mask = hugeLanes($, magnitude);
  $.when($.any(mask), () => {
    for (const lane of [0, 1, 2, 3]) {
      $.when(i32x4.extractLane(lane, mask), () => {
        const reduced = $.call(reduceHuge, [f64.promoteF32(f32x4.extractLane(lane, magnitude))]);
        quadrant.set(i32x4.replaceLane(lane, quadrant.get, i32x4.extractLane(3, reduced)));
        r.set(f32x4.replaceLane(lane, r.get, f32.demoteF64(f64x2.extractLane(0, reduced))));
      });
    }
  });
  return { quadrant: quadrant.get, r: r.get, tail: null };
}
