/**
 * @file Reductions in registers, four at a time. Sums run in stretches: before one grows long, its f32 sums are added to
 * totals in f64. The variance of each stretch is taken about a typical value and merged in f64 (Chan, Golub &
 * LeVeque 1979). A stretch has several independent sums, which hide each other's latency.
 */
import { type DType, highestOf, lowestOf } from '../../dtype.ts';
import type { ReduceKind } from '../../graph/node.ts';
import type { Expression } from '../../compile/kernel.ts';
import { add, div, maximum, minimum, mul, sub } from './arithmetic.ts';
import type { FunctionBuilder } from './assembler.ts';
import type { Folding } from './foldings.ts';
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
import { multiplyAdd } from './multiply-add.ts';

/** A reduction being folded. All methods emit code at the current place. */
export interface Accumulator {
  /** What its steps take up; null if it has none. */
  readonly value: Expression | null;
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
  /** Whether each step is of the same values as one of a variance, which comes first. */
  readonly followsVariance: boolean;
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

/** sum + a·b of floats. */
function addProduct(sum: Lanes, a: Lanes, b: Lanes, isFused: boolean): Lanes {
  const { dtype, parts } = sum;
  const step = multiplyAdd(dtype === 'f64' ? 'f64' : 'f32', isFused);
  return { dtype, parts: parts.map((part, k) => step(part, a.parts[k]!, b.parts[k]!)) };
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

/** What an accumulator does with what it takes up. */
type Fold = Omit<Accumulator, 'value' | 'followsVariance'>;

/** Folds with an operation that rounds nothing, or rounds in the dtype itself. */
function plainFold(
  fn: FunctionBuilder,
  dtype: DType,
  copies: number,
  neutral: number,
  combine: Combine,
): Fold {
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
function longSum(fn: FunctionBuilder, copies: number): Fold {
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
    result: (perLane) => resultOfSum(fn, total, perLane),
  };
}

/** The f32 sum of which each lane of an f64 total is a part, or is one. */
const resultOfSum = (fn: FunctionBuilder, { value }: Register, perLane: boolean): Lanes =>
  keep(fn, castLanes(perLane ? value : acrossLanes(fn, value, add), 'f32'));

/** The middle one of three values, which no single outlier can be; of fewer the first. */
function typicalOf(fn: FunctionBuilder, [first, second, third]: readonly Lanes[]): Lanes {
  if (second === undefined || third === undefined) return first!;
  const [low, high] = [keep(fn, minimum(first!, second)), keep(fn, maximum(first!, second))];
  return keep(fn, maximum(low, keep(fn, minimum(high, third))));
}

interface VarianceFold extends Fold {
  /** Folds the same values into their sum, which takes no steps. */
  readonly sum: () => Fold;
  /** Folds the products of the same values with factors, of which another fold has the sum. */
  readonly products: (factors: Fold) => Fold;
}

/**
 * Distances are taken from a typical value: at first one of the first elements, then the mean so far. From an outlier all
 * others would be far, and the difference of large sums would be left.
 * @param shift what is to be subtracted from all values; null for nothing
 * @param isFused whether products are added in one rounding
 */
function varianceFold(
  fn: FunctionBuilder,
  dtype: DType,
  copies: number,
  shift: (() => Lanes) | null,
  isFused: boolean,
): VarianceFold {
  const pivot = register(fn, dtype);
  const [firsts, seconds] = [copiesOf(fn, dtype, copies), copiesOf(fn, dtype, copies)];
  const [count, mean, spread] = [register(fn, 'f64'), register(fn, 'f64'), register(fn, 'f64')];
  const zero = (target: Register): void => fn.emit(target.set(splatConstant(0, target.dtype)));
  const inDouble = (value: Lanes): Lanes => keep(fn, castLanes(value, 'f64'));
  const one = splatConstant(1, 'f64');
  const finiteOrZero = (value: Lanes): Lanes => {
    const magnitude = keep(fn, directCode('abs', [value])!);
    const isFinite = keep(fn, directCode('less', [magnitude, splatConstant(Infinity, dtype)])!);
    return keep(fn, selectLanes(isFinite, value, splatConstant(0, dtype)));
  };
  const subtracted = (): Lanes => (shift === null ? splatConstant(0, 'f64') : inDouble(shift()));
  /** What the distances are taken from, as one of the values, and the sum of the distances. */
  const origin = (): Lanes => keep(fn, sub(inDouble(pivot.value), subtracted()));
  const distances = (): Lanes => inDouble(combined(fn, valuesOf(firsts), add));
  /** Of the step that was written last. */
  let lastDistance: Lanes | null = null;
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
      const middle = keep(fn, castLanes(keep(fn, add(mean.value, subtracted())), dtype));
      const typical = keep(fn, selectLanes(isFirst, start, middle));
      // Also beside an infinite value the distances give a sum.
      fn.emit(pivot.set(finiteOrZero(typical)));
    },
    step: (value, lanes, copy) => {
      const distance = keep(fn, masked(sub(value, pivot.value), lanes, 0));
      lastDistance = distance;
      const [first, second] = [firsts[copy]!, seconds[copy]!];
      fn.emit(first.set(add(first.value, distance)));
      fn.emit(second.set(addProduct(second.value, distance, distance, isFused)));
    },
    end: (counts) => {
      const added = keep(fn, counts);
      const sum = distances();
      const squares = inDouble(combined(fn, valuesOf(seconds), add));
      const offset = keep(fn, div(sum, maximum(added, one)));
      const spreadHere = keep(fn, maximum(sub(squares, mul(sum, offset)), splatConstant(0, 'f64')));
      const delta = keep(fn, sub(add(origin(), offset), mean.value));
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
      // The means are merged about one of them: of equal values the variance is exactly 0.
      const firstMean = acrossLanes(fn, masked(mean.value, 1, 0), add);
      const distance = keep(fn, sub(mean.value, firstMean));
      const offset = keep(fn, div(acrossLanes(fn, mul(count.value, distance), add), maximum(all, one)));
      const delta = keep(fn, sub(distance, offset));
      const total = acrossLanes(fn, add(spread.value, mul(mul(delta, delta), count.value)), add);
      return keep(fn, castLanes(keep(fn, div(total, all)), dtype));
    },
    sum: () => {
      const total = register(fn, 'f64');
      return {
        running: [],
        totals: [total],
        inStretches: true,
        start: () => zero(total),
        begin: nothing,
        step: nothing,
        end: (counts) => {
          const added = keep(fn, counts);
          fn.emit(total.set(add(total.value, add(mul(origin(), added), distances()))));
        },
        result: (perLane) => resultOfSum(fn, total, perLane),
      };
    },
    // Σ f·(x − s) = Σ f·(x − pivot) + (pivot − s)·Σ f
    products: (factors) => {
      const long = longSum(fn, copies);
      const [total] = long.totals as [Register];
      return {
        ...long,
        step: (factor, lanes, copy) => {
          const { set, value: before } = long.running[copy]!;
          fn.emit(set(addProduct(before, masked(factor, lanes, 0), lastDistance!, isFused)));
        },
        end: (counts) => {
          long.end(counts);
          const sum = inDouble(combined(fn, valuesOf(factors.running), add));
          fn.emit(total.set(add(total.value, mul(origin(), sum))));
        },
      };
    },
  };
}

const bitwise =
  (code: typeof v128.and): Combine =>
  (a, b) => ({ dtype: a.dtype, parts: [code(a.parts[0]!, b.parts[0]!)] });

function foldOf(
  fn: FunctionBuilder,
  kind: Exclude<ReduceKind, 'variance'>,
  dtype: DType,
  copies: number,
): Fold {
  switch (kind) {
    case 'sum':
      return dtype === 'f32' ? longSum(fn, copies) : plainFold(fn, dtype, copies, 0, add);
    case 'max':
      return plainFold(fn, dtype, copies, lowestOf(dtype), dtype === 'bool' ? bitwise(v128.or) : maximum);
    case 'min':
      return plainFold(fn, dtype, copies, highestOf(dtype), dtype === 'bool' ? bitwise(v128.and) : minimum);
  }
}

/**
 * The accumulators for the reductions of a sweep, in their order.
 * @param copies how many independent sums each has
 * @param valueOf code for what is the same in all of the sweep
 * @param isFused whether products are added in one rounding
 */
export function createAccumulators(
  fn: FunctionBuilder,
  foldings: readonly Folding[],
  copies: number,
  valueOf: (expression: Expression) => Lanes,
  isFused: boolean,
): Accumulator[] {
  const variances = foldings.map(({ kind, dtype, shift }) =>
    kind === 'variance' ? varianceFold(fn, dtype, copies, shift && (() => valueOf(shift)), isFused) : null,
  );
  const folds = foldings.map(({ kind, dtype, variance, factorSum }, number): Fold | null => {
    if (kind === 'variance') return variances[number]!;
    if (factorSum !== null) return null;
    return variance === null ? foldOf(fn, kind, dtype, copies) : variances[variance]!.sum();
  });
  return foldings.map(({ value, variance, factorSum }, number) => {
    const fold = folds[number] ?? variances[variance!]!.products(folds[factorSum!]!);
    return { ...fold, value, followsVariance: factorSum !== null };
  });
}
