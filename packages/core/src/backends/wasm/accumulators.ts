/**
 * @file Reductions in registers, four at a time. Sums run in stretches: before one grows long, its f32 sums are added to
 * totals in f64. The variance of each stretch is taken about a typical value and merged in f64 (Chan, Golub &
 * LeVeque 1979). A stretch has several independent sums, which hide each other's latency.
 */
import type { DType } from '../../dtype.ts';
import type { Reduction } from '../../compile/kernel.ts';
import { add, div, maximum, minimum, mul, sub } from './arithmetic.ts';
import type { FunctionBuilder } from './assembler.ts';
import { v128 } from './instructions.ts';
import {
  acrossLanes,
  castLanes,
  directCode,
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
  /** What a step changes, and what only the ends of stretches change. */
  readonly running: readonly Register[];
  readonly totals: readonly Register[];
  /** Whether steps come in stretches. */
  readonly inStretches: boolean;
  readonly start: () => void;
  /**
   * Begins a stretch.
   * @param first the values at its first points, one or more, in the first `count` lanes
   */
  readonly begin: (first: () => readonly Lanes[], count: number) => void;
  /** Takes up a value's first `count` lanes into one of the independent sums. */
  readonly step: (value: Lanes, count: number, copy: number) => void;
  /** Ends a stretch that took up so many values in each lane (f64). */
  readonly end: (counts: Lanes) => void;
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

type Combine = (a: Lanes, b: Lanes) => Lanes;

/** Copies of a register, and all of them combined, neighbours first. */
function copiesOf(fn: FunctionBuilder, dtype: DType, copies: number): Register[] {
  return Array.from({ length: copies }, () => register(fn, dtype));
}

function combined(fn: FunctionBuilder, values: readonly Lanes[], combine: Combine): Lanes {
  let level = values;
  while (level.length > 1) {
    level = level.flatMap((value, k) =>
      k % 2 === 1 ? [] : [k + 1 < level.length ? keep(fn, combine(value, level[k + 1]!)) : value],
    );
  }
  return level[0]!;
}

const valuesOf = (registers: readonly Register[]): Lanes[] => registers.map(({ value }) => value);

/** Folds with an operation that rounds nothing, or rounds in the dtype itself. */
function plainAccumulator(
  fn: FunctionBuilder,
  dtype: DType,
  copies: number,
  neutral: number,
  combine: Combine,
): Accumulator {
  const running = copiesOf(fn, dtype, copies);
  return {
    running,
    totals: [],
    inStretches: false,
    start: () => {
      for (const { set } of running) fn.emit(set(splatConstant(neutral, dtype)));
    },
    begin: nothing,
    step: (value, count, copy) => {
      const { set, value: before } = running[copy]!;
      fn.emit(set(combine(before, masked(value, count, neutral))));
    },
    end: nothing,
    result: (perLane) => {
      const all = combined(fn, valuesOf(running), combine);
      return perLane ? all : acrossLanes(fn, all, combine);
    },
  };
}

/** Folds f32 values into f32 sums and those into an f64 total. */
function longSum(fn: FunctionBuilder, copies: number): Accumulator {
  const running = copiesOf(fn, 'f32', copies);
  const total = register(fn, 'f64');
  return {
    running,
    totals: [total],
    inStretches: true,
    start: () => fn.emit(total.set(splatConstant(0, 'f64'))),
    begin: () => {
      for (const { set } of running) fn.emit(set(splatConstant(0, 'f32')));
    },
    step: (value, count, copy) => {
      const { set, value: before } = running[copy]!;
      fn.emit(set(add(before, masked(value, count, 0))));
    },
    end: () => {
      const short = combined(fn, valuesOf(running), add);
      fn.emit(total.set(add(total.value, castLanes(short, 'f64'))));
    },
    result: (perLane) =>
      keep(fn, castLanes(perLane ? total.value : acrossLanes(fn, total.value, add), 'f32')),
  };
}

/** The middle one of three values, which no single outlier can be; of fewer the first. */
function typicalOf(fn: FunctionBuilder, [first, second, third]: readonly Lanes[]): Lanes {
  if (second === undefined || third === undefined) return first!;
  const [low, high] = [keep(fn, minimum(first!, second)), keep(fn, maximum(first!, second))];
  return keep(fn, maximum(low, keep(fn, minimum(high, third))));
}

/**
 * Distances are taken from a typical value: at first one of the first elements, then the mean so far. From an outlier all
 * others would be far, and the difference of large sums would be left.
 */
function variance(fn: FunctionBuilder, dtype: DType, copies: number): Accumulator {
  const pivot = register(fn, dtype);
  const [firsts, seconds] = [copiesOf(fn, dtype, copies), copiesOf(fn, dtype, copies)];
  const [count, mean, spread] = [register(fn, 'f64'), register(fn, 'f64'), register(fn, 'f64')];
  const zero = (target: Register): void => fn.emit(target.set(splatConstant(0, target.dtype)));
  const inDouble = (value: Lanes): Lanes => keep(fn, castLanes(value, 'f64'));
  const one = splatConstant(1, 'f64');
  return {
    running: [pivot, ...firsts, ...seconds],
    totals: [count, mean, spread],
    inStretches: true,
    start: () => {
      for (const target of [count, mean, spread]) zero(target);
    },
    begin: (first, lanes) => {
      for (const target of [...firsts, ...seconds]) zero(target);
      // Lanes without an element may hold anything, which must not outweigh the others by being infinite.
      const start = keep(fn, masked(typicalOf(fn, first()), lanes, 0));
      const isFirst = keep(fn, directCode('equal', [count.value, splatConstant(0, 'f64')])!);
      fn.emit(pivot.set(selectLanes(isFirst, start, keep(fn, castLanes(mean.value, dtype)))));
    },
    step: (value, lanes, copy) => {
      const distance = keep(fn, masked(sub(value, pivot.value), lanes, 0));
      const [first, second] = [firsts[copy]!, seconds[copy]!];
      fn.emit(first.set(add(first.value, distance)));
      fn.emit(second.set(add(second.value, mul(distance, distance))));
    },
    end: (counts) => {
      const added = keep(fn, counts);
      const sum = inDouble(combined(fn, valuesOf(firsts), add));
      const squares = inDouble(combined(fn, valuesOf(seconds), add));
      const offset = keep(fn, div(sum, maximum(added, one)));
      const spreadHere = keep(fn, maximum(sub(squares, mul(sum, offset)), splatConstant(0, 'f64')));
      const delta = keep(fn, sub(add(inDouble(pivot.value), offset), mean.value));
      const both = keep(fn, add(count.value, added));
      const weight = keep(fn, div(added, maximum(both, one)));
      fn.emit(
        spread.set(add(add(spread.value, spreadHere), mul(mul(mul(delta, delta), count.value), weight))),
      );
      fn.emit(mean.set(add(mean.value, mul(delta, weight))));
      fn.emit(count.set(both));
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
  (code: typeof v128.and): Combine =>
  (a, b) => ({ dtype: a.dtype, parts: [code(a.parts[0]!, b.parts[0]!)] });

/**
 * The accumulator for a reduction.
 * @param copies how many independent sums it has
 */
export function createAccumulator(
  fn: FunctionBuilder,
  { kind, dtype }: Reduction,
  copies: number,
): Accumulator {
  switch (kind) {
    case 'sum':
      return dtype === 'f32' ? longSum(fn, copies) : plainAccumulator(fn, dtype, copies, 0, add);
    case 'max':
      return plainAccumulator(
        fn,
        dtype,
        copies,
        lowest[dtype],
        dtype === 'bool' ? bitwise(v128.or) : maximum,
      );
    case 'min':
      return plainAccumulator(
        fn,
        dtype,
        copies,
        highest[dtype],
        dtype === 'bool' ? bitwise(v128.and) : minimum,
      );
    case 'variance':
      return variance(fn, dtype, copies);
  }
}
