/**
 * @file Reductions in registers, four at a time. f32 sums are short: before they grow long they are added to totals in
 * f64. The variance of each stretch is taken about its first elements and merged in f64 (Chan, Golub & LeVeque 1979).
 */
import type { DType } from '../../dtype.ts';
import type { Reduction } from '../../compile/kernel.ts';
import { add, div, maximum, minimum, mul, sub } from './arithmetic.ts';
import { type FunctionBuilder, when } from './assembler.ts';
import { i32, i32x4, v128 } from './instructions.ts';
import {
  acrossLanes,
  castLanes,
  firstLanes,
  keep,
  laneCount,
  type Lanes,
  type Register,
  register,
  selectLanes,
  splatConstant,
} from './lanes.ts';

/** A reduction being folded. All methods emit code at the current place. */
export interface Accumulator {
  /** Whether `flush` must be called now and then, and before the result is taken. */
  readonly flushes: boolean;
  readonly start: () => void;
  /** Takes up a value's first `count` lanes. */
  readonly step: (value: Lanes, count: number) => void;
  readonly flush: () => void;
  /** The result of each lane, or of all lanes together in every lane. */
  readonly result: (perLane: boolean) => Lanes;
}

const nothing = (): void => undefined;

/** The first lanes of a value, and a neutral element in the others. */
function masked(value: Lanes, count: number, neutral: number): Lanes {
  return count === laneCount
    ? value
    : selectLanes(firstLanes(count), value, splatConstant(neutral, value.dtype));
}

/** Folds with an operation that rounds nothing, or rounds in the dtype itself. */
function plainAccumulator(
  fn: FunctionBuilder,
  dtype: DType,
  neutral: number,
  combine: (a: Lanes, b: Lanes) => Lanes,
): Accumulator {
  const total = register(fn, dtype);
  return {
    flushes: false,
    start: () => fn.emit(total.set(splatConstant(neutral, dtype))),
    step: (value, count) => fn.emit(total.set(combine(total.value, masked(value, count, neutral)))),
    flush: nothing,
    result: (perLane) => (perLane ? total.value : acrossLanes(fn, total.value, combine)),
  };
}

/** Folds f32 values into f32 sums and those into an f64 total. */
function longSum(fn: FunctionBuilder): Accumulator {
  const short = register(fn, 'f32');
  const total = register(fn, 'f64');
  const clear = (target: Register): void => fn.emit(target.set(splatConstant(0, target.dtype)));
  return {
    flushes: true,
    start: () => {
      clear(short);
      clear(total);
    },
    step: (value, count) => fn.emit(short.set(add(short.value, masked(value, count, 0)))),
    flush: () => {
      fn.emit(total.set(add(total.value, castLanes(short.value, 'f64'))));
      clear(short);
    },
    result: (perLane) =>
      keep(fn, castLanes(perLane ? total.value : acrossLanes(fn, total.value, add), 'f32')),
  };
}

function variance(fn: FunctionBuilder, dtype: DType): Accumulator {
  const [pivot, first, second] = [register(fn, dtype), register(fn, dtype), register(fn, dtype)];
  const counted = register(fn, 'i32');
  const isFresh = fn.local('i32');
  const [count, mean, spread] = [register(fn, 'f64'), register(fn, 'f64'), register(fn, 'f64')];
  const zero = (target: Register): void => fn.emit(target.set(splatConstant(0, target.dtype)));
  const inDouble = (value: Lanes): Lanes => keep(fn, castLanes(value, 'f64'));
  const one = splatConstant(1, 'f64');
  const renew = (): void => {
    for (const target of [first, second, counted]) zero(target);
    fn.emit(isFresh.set(i32.const(1)));
  };
  return {
    flushes: true,
    start: () => {
      for (const target of [pivot, count, mean, spread]) zero(target);
      renew();
    },
    step: (value, lanes) => {
      const own = keep(fn, value);
      // Lanes without an element may hold anything, which must not outweigh the others by being infinite.
      fn.emit(when(isFresh.get, [pivot.set(masked(own, lanes, 0)), isFresh.set(i32.const(0))]));
      const distance = keep(fn, masked(sub(own, pivot.value), lanes, 0));
      fn.emit(first.set(add(first.value, distance)));
      fn.emit(second.set(add(second.value, mul(distance, distance))));
      const ones: Lanes = {
        dtype: 'i32',
        parts: [v128.and(firstLanes(lanes).parts[0]!, splatConstant(1, 'i32').parts[0]!)],
      };
      fn.emit(counted.set({ dtype: 'i32', parts: [i32x4.add(counted.value.parts[0]!, ones.parts[0]!)] }));
    },
    flush: () => {
      const added = inDouble(counted.value);
      const sum = inDouble(first.value);
      const offset = keep(fn, div(sum, maximum(added, one)));
      const spreadHere = keep(
        fn,
        maximum(sub(inDouble(second.value), mul(sum, offset)), splatConstant(0, 'f64')),
      );
      const delta = keep(fn, sub(add(inDouble(pivot.value), offset), mean.value));
      const both = keep(fn, add(count.value, added));
      const weight = keep(fn, div(added, maximum(both, one)));
      fn.emit(
        spread.set(add(add(spread.value, spreadHere), mul(mul(mul(delta, delta), count.value), weight))),
      );
      fn.emit(mean.set(add(mean.value, mul(delta, weight))));
      fn.emit(count.set(both));
      renew();
    },
    result: (perLane) => {
      if (perLane) return keep(fn, castLanes(keep(fn, div(spread.value, count.value)), dtype));
      const all = acrossLanes(fn, count.value, add);
      const common = keep(fn, div(acrossLanes(fn, mul(count.value, mean.value), add), maximum(all, one)));
      const delta = keep(fn, sub(mean.value, common));
      const total = acrossLanes(fn, add(spread.value, mul(mul(delta, delta), count.value)), add);
      return keep(fn, castLanes(keep(fn, div(total, all)), dtype));
    },
  };
}

const lowest: Readonly<Record<DType, number>> = { f32: -Infinity, f64: -Infinity, i32: -(2 ** 31), bool: 0 };
const highest: Readonly<Record<DType, number>> = { f32: Infinity, f64: Infinity, i32: 2 ** 31 - 1, bool: 1 };
const bitwise =
  (code: typeof v128.and) =>
  (a: Lanes, b: Lanes): Lanes => ({ dtype: a.dtype, parts: [code(a.parts[0]!, b.parts[0]!)] });

/** The accumulator for a reduction. */
export function createAccumulator(fn: FunctionBuilder, { kind, dtype }: Reduction): Accumulator {
  switch (kind) {
    case 'sum':
      return dtype === 'f32' ? longSum(fn) : plainAccumulator(fn, dtype, 0, add);
    case 'max':
      return plainAccumulator(fn, dtype, lowest[dtype], dtype === 'bool' ? bitwise(v128.or) : maximum);
    case 'min':
      return plainAccumulator(fn, dtype, highest[dtype], dtype === 'bool' ? bitwise(v128.and) : minimum);
    case 'variance':
      return variance(fn, dtype);
  }
}
