/**
 * @file Expressions and stores as WebAssembly, four elements at a time: positions in memory, loads, guards, rows known
 * only at run time. It knows where the loops stand, not how they are arranged.
 */
import { bytesPerElement, type DType } from '../../dtype.ts';
import {
  type DynamicRow,
  type Expression,
  type Index,
  indicesOf,
  looksUpRows,
  operandsOf,
  ownLoops,
  type Store,
} from '../../compile/kernel.ts';
import { equalShapes } from '../../shape.ts';
import { type Code, type FunctionBuilder, type Local, when } from './assembler.ts';
import { type FunctionLibrary, hasFormula } from './function-library.ts';
import { i32, i32x4, v128 } from './instructions.ts';
import {
  castLanes,
  keep,
  laneCount,
  laneMask,
  type Lanes,
  loadLanes,
  type Place,
  ramp,
  selectLanes,
  splatConstant,
  splatLane,
  storeAlternately,
  storeLanes,
} from './lanes.ts';
import { threefryLanes } from './threefry-lanes.ts';

/** Where things stand in memory. */
export interface MemoryMap {
  readonly addressOf: (buffer: number) => number;
  /** Here kernels report a row that is out of range. */
  readonly errorCell: number;
  /** Here is room for what `loopScratchBytes` says, for one thread after the other; only while a kernel runs. */
  readonly scratch: number;
}

/** Four elements that code is for: those at the loops' counters, or some steps of the unrolled loop further. */
export interface Vector {
  readonly step: number;
  /** How many of its lanes are in use; the others hold anything. */
  readonly count: number;
}

/** A loop of which several steps are written out in one pass of its body. */
export interface Unrolled {
  readonly loopNumber: number;
  /** How far its counter moves from one vector to the next. */
  readonly distance: number;
}

/** What has been computed where the code being written can use it. */
interface Scope {
  /** By the step of the unrolled loop, where they vary with it. */
  readonly values: Map<Expression, Lanes[]>;
  /** Sums of counters times strides. */
  readonly positions: Map<string, Code>;
}

/** Stores that fill, each with its partner, every place along the lanes' loop: one the even, the other the odd ones. */
function alternating(stores: readonly Store[], lane: number): Map<Store, Store> {
  const partners = new Map<Store, Store>();
  const isPlain = ({ index, row, accumulate, value }: Store): boolean =>
    row === null && !accumulate && bytesPerElement(value.dtype) === 4 && index.strides[lane] === 2;
  for (const first of stores.filter(isPlain)) {
    const second = stores.find(
      (other) =>
        isPlain(other) &&
        other.buffer === first.buffer &&
        other.index.offset === first.index.offset + 1 &&
        equalShapes(other.index.strides, first.index.strides),
    );
    if (second !== undefined && !partners.has(second)) partners.set(first, second);
  }
  return partners;
}

/** What takes many instructions. */
type Long = Expression & { kind: 'random' | 'apply' };

const isLong = (expression: Expression): expression is Long =>
  expression.kind === 'random' || (expression.kind === 'apply' && hasFormula(expression.function));

/** Writes the values of one kernel's expressions into its function. */
export class ExpressionCode {
  readonly #fn: FunctionBuilder;
  readonly #memory: MemoryMap;
  readonly #library: FunctionLibrary;
  readonly #counters: readonly Local[];
  /** The loop whose counter the lanes run along; null for single elements. */
  readonly #lane: number | null;
  /** The loops that have been opened, outermost first. */
  readonly #open: number[] = [];
  /** Innermost last. */
  readonly #scopes: Scope[] = [{ values: new Map(), positions: new Map() }];
  readonly #dependencies = new Map<Expression, ReadonlySet<number>>();
  #unrolled: Unrolled | null = null;
  /** Which lanes a row is really wanted for, inside guards; null for all. */
  #active: Lanes | null = null;
  /** A finished reduction. */
  #reduced: (reduction: number) => Lanes = () => splatConstant(0, 'f32');

  constructor(
    fn: FunctionBuilder,
    counters: readonly Local[],
    lane: number | null,
    memory: MemoryMap,
    library: FunctionLibrary,
  ) {
    this.#fn = fn;
    this.#counters = counters;
    this.#lane = lane;
    this.#memory = memory;
    this.#library = library;
  }

  /** The code that a function emits, in a scope of its own, instead of emitting it. */
  captured(emit: () => void): Code {
    const { body } = this.#fn;
    const start = body.length;
    this.#scopes.push({ values: new Map(), positions: new Map() });
    emit();
    this.#scopes.pop();
    return body.splice(start);
  }

  /** The same for the body of a loop. */
  capturedIn(loopNumber: number, emit: () => void): Code {
    this.#open.push(loopNumber);
    const code = this.captured(emit);
    this.#open.pop();
    return code;
  }

  /** While a function runs, vectors are steps of this loop. */
  withUnrolled(unrolled: Unrolled, emit: () => void): void {
    const before = this.#unrolled;
    this.#unrolled = unrolled;
    emit();
    this.#unrolled = before;
  }

  /** While a function runs, reductions are finished and have these values. */
  withReduced(results: readonly Lanes[], emit: () => void): void {
    const before = this.#reduced;
    this.#reduced = (reduction) => results[reduction]!;
    emit();
    this.#reduced = before;
  }

  /** Whether an expression varies with a loop. */
  dependsOn(expression: Expression, loopNumber: number): boolean {
    return this.#loopsOf(expression).has(loopNumber);
  }

  #loopsOf(expression: Expression): ReadonlySet<number> {
    const known = this.#dependencies.get(expression);
    if (known !== undefined) return known;
    const loops = new Set(ownLoops(expression));
    for (const operand of operandsOf(expression)) for (const k of this.#loopsOf(operand)) loops.add(k);
    this.#dependencies.set(expression, loops);
    return loops;
  }

  /** Computes now, for use in the loops that will be opened, what does not vary with them. */
  prepare(
    inside: readonly number[],
    expressions: readonly Expression[],
    stores: readonly Store[],
    vectors: readonly Vector[],
  ): void {
    if (inside.length === 0) return;
    const isInvariant = (expression: Expression): boolean =>
      !looksUpRows([expression]) && inside.every((number) => !this.dependsOn(expression, number));
    for (const expression of expressions.filter(isInvariant)) {
      for (const vector of vectors) this.value(expression, vector);
    }
    const outside = (index: Index, size: number): Code =>
      this.#sum(index.strides.map((stride, k) => (inside.includes(k) ? 0 : stride * size)));
    for (const expression of expressions) {
      if (isInvariant(expression)) continue;
      if (expression.kind === 'load') outside(expression.index, bytesPerElement(expression.dtype));
      else for (const index of indicesOf(expression)) outside(index, 1);
    }
    for (const { index, value } of stores) outside(index, bytesPerElement(value.dtype));
  }

  /** The sum of the counters, each times a factor; those of loops opened early are added up first, where that is of use. */
  #sum(factors: readonly number[]): Code {
    const last = this.#innermost(factors);
    if (last === undefined) return i32.const(0);
    const key = factors.join();
    for (const { positions } of this.#scopes) {
      const known = positions.get(key);
      if (known !== undefined) return known;
    }
    const counter = this.#counters[last]!.get;
    const factor = factors[last]!;
    const term = factor === 1 ? counter : i32.mul(counter, i32.const(factor));
    const rest = factors.with(last, 0);
    const hasRest = rest.some((other) => other !== 0);
    const local = this.#fn.local('i32');
    this.#fn.emit(local.set(hasRest ? i32.add(this.#sum(rest), term) : term));
    this.#scopes.at(-1)!.positions.set(key, local.get);
    return local.get;
  }

  /** Of the loops with a factor, the one opened last. */
  #innermost(factors: readonly number[]): number | undefined {
    const used = factors.flatMap((factor, k) => (factor === 0 ? [] : [k]));
    return used.find((k) => !this.#open.includes(k)) ?? this.#open.findLast((k) => factors[k] !== 0);
  }

  #strideOf(index: Index, lane = this.#lane): number {
    return lane === null ? 0 : index.strides[lane]!;
  }

  /** How far a vector lies from the counters, in elements of an index. */
  #shift({ strides }: Index, { step }: Vector): number {
    if (this.#unrolled === null) return 0;
    const { loopNumber, distance } = this.#unrolled;
    return step * distance * strides[loopNumber]!;
  }

  /** An index at a vector's first element, as an i32. */
  #position(index: Index, vector: Vector): Code {
    const constant = index.offset + this.#shift(index, vector);
    const sum = this.#sum(index.strides);
    return constant === 0 ? sum : i32.add(sum, i32.const(constant));
  }

  /** Where a vector's first element stands. All that is constant goes into the instruction, which costs nothing. */
  #place(buffer: number, index: Index, dtype: DType, vector: Vector, rowStart: Code | null): Place {
    const size = bytesPerElement(dtype);
    const offset = this.#memory.addressOf(buffer) + (index.offset + this.#shift(index, vector)) * size;
    const counted = this.#sum(index.strides.map((stride) => stride * size));
    const address = rowStart === null ? counted : i32.add(counted, i32.mul(rowStart, i32.const(size)));
    // The instruction adds without wrapping around, so nothing before it may be negative.
    const isPositive = offset >= 0 && index.strides.every((stride) => stride >= 0);
    return isPositive ? { address, offset } : { address: i32.add(address, i32.const(offset)), offset: 0 };
  }

  /** Row numbers that are in range, each as an i32 local in elements; others are reported and read row 0. */
  #rowStarts({ row, rows, rowSize }: DynamicRow, vector: Vector): Local[] {
    const wanted = this.value(row, vector);
    const numbers = keep(
      this.#fn,
      this.#active === null ? wanted : selectLanes(this.#active, wanted, splatConstant(0, 'i32')),
    );
    return Array.from({ length: vector.count }, (_, k) => {
      const start = this.#fn.local('i32');
      this.#fn.emit(start.set(i32x4.extractLane(k, numbers.parts[0]!)));
      const isOut = i32.geU(start.get, i32.const(rows));
      const report = [
        i32.store(i32.const(this.#memory.errorCell), 0, i32.const(1)),
        i32.store(i32.const(this.#memory.errorCell), 4, start.get),
        i32.store(i32.const(this.#memory.errorCell), 8, i32.const(rows)),
        start.set(i32.const(0)),
      ];
      this.#fn.emit(when(isOut, report), start.set(i32.mul(start.get, i32.const(rowSize))));
      return start;
    });
  }

  /** The value of an expression at a vector. */
  value(expression: Expression, vector: Vector): Lanes {
    if (expression.kind === 'constant') return this.#constant(expression.value, expression.dtype);
    if (expression.kind === 'reduced') return this.#reduced(expression.reduction);
    const varies = this.#unrolled !== null && this.dependsOn(expression, this.#unrolled.loopNumber);
    const step = varies ? vector.step : 0;
    for (const { values } of this.#scopes) {
      const known = values.get(expression)?.[step];
      if (known !== undefined) return known;
    }
    const value = keep(this.#fn, this.#compute(expression, vector));
    this.#remember(expression, step, value);
    return value;
  }

  #constant(value: number, dtype: DType): Lanes {
    // Zeros are made faster than they are kept.
    if (Object.is(value, 0)) return splatConstant(value, dtype);
    const part = this.#fn.constant(dtype, value, () => splatConstant(value, dtype).parts[0]!);
    return { dtype, parts: dtype === 'f64' ? [part, part] : [part] };
  }

  #remember(expression: Expression, step: number, value: Lanes): void {
    const { values } = this.#scopes.at(-1)!;
    const steps = values.get(expression) ?? [];
    steps[step] = value;
    values.set(expression, steps);
  }

  /**
   * Runs `use` for each vector. What takes many instructions is computed before, for several vectors in turns.
   * @param expressions what is used, operands before users
   */
  forEach(
    vectors: readonly Vector[],
    expressions: readonly Expression[],
    use: (vector: Vector) => void,
  ): void {
    const unrolled = this.#unrolled;
    const long = expressions
      .filter(isLong)
      .filter((expression) => unrolled !== null && this.dependsOn(expression, unrolled.loopNumber));
    // Those of four vectors would not all find room in registers, where each takes two.
    const together = long.some(({ dtype }) => dtype === 'f64') ? 2 : vectors.length;
    for (let first = 0; first < vectors.length; first += together) {
      const some = vectors.slice(first, first + together);
      if (some.length > 1 && !looksUpRows(expressions))
        for (const each of long) this.#computeLong(each, some);
      some.forEach(use);
    }
  }

  #computeLong(expression: Long, vectors: readonly Vector[]): void {
    const values =
      expression.kind === 'random' ? this.#random(expression, vectors) : this.#formula(expression, vectors);
    for (const [number, value] of values.entries())
      this.#remember(expression, vectors[number]!.step, keep(this.#fn, value));
  }

  #random({ key, position, word }: Expression & { kind: 'random' }, vectors: readonly Vector[]): Lanes[] {
    const address = this.#memory.addressOf(key);
    const positions = vectors.map((vector) =>
      keep(this.#fn, ramp(this.#position(position, vector), this.#strideOf(position))),
    );
    return this.#fn.inTurns(positions.map((each) => () => threefryLanes(this.#fn, address, each, word)));
  }

  #formula(
    { function: name, operands, dtype }: Expression & { kind: 'apply' },
    vectors: readonly Vector[],
  ): Lanes[] {
    const values = vectors.map((vector) => operands.map((operand) => this.value(operand, vector)));
    return this.#library.applyFormula(this.#fn, name, values, dtype);
  }

  #compute(expression: Exclude<Expression, { kind: 'constant' | 'reduced' }>, vector: Vector): Lanes {
    switch (expression.kind) {
      case 'load':
        return this.#load(expression, vector);
      case 'coordinate':
        return ramp(this.#position(expression.index, vector), this.#strideOf(expression.index));
      case 'random':
        return this.#random(expression, [vector])[0]!;
      case 'guard':
        return this.#guard(expression, vector);
      case 'cast':
        return castLanes(this.value(expression.operand, vector), expression.dtype);
      case 'apply': {
        const operands = expression.operands.map((operand) => this.value(operand, vector));
        return this.#library.apply(this.#fn, expression.function, operands, expression.dtype);
      }
    }
  }

  #load({ buffer, index, row, dtype }: Expression & { kind: 'load' }, vector: Vector): Lanes {
    const stride = this.#strideOf(index);
    if (row === null)
      return loadLanes(this.#place(buffer, index, dtype, vector, null), dtype, stride, vector.count);
    const single = this.#rowStarts(row, vector).map((start, k) => {
      const place = this.#laneOf(this.#place(buffer, index, dtype, vector, start.get), k * stride, dtype);
      return keep(this.#fn, loadLanes(place, dtype, 0, 1));
    });
    // Each lane from its own splat.
    return single.reduce((joined, next, k) => selectLanes(laneMask(k), next, joined));
  }

  /** A place some elements further, its address in a local. */
  #laneOf({ address, offset }: Place, elements: number, dtype: DType): Place {
    const local = this.#fn.local('i32');
    this.#fn.emit(local.set(i32.add(address, i32.const(elements * bytesPerElement(dtype)))));
    return { address: local.get, offset };
  }

  /** Both sides are computed; memory around all buffers may be read, so that the side not chosen does no harm. */
  #guard({ bounds, inside, outside, dtype }: Expression & { kind: 'guard' }, vector: Vector): Lanes {
    const mask = bounds
      .map(({ index, extent }): Code => {
        const first = this.#position(index, vector);
        const position = keep(this.#fn, ramp(first, this.#strideOf(index))).parts[0]!;
        return v128.and(
          i32x4.geS(position, this.#constant(0, 'i32').parts[0]!),
          i32x4.ltS(position, this.#constant(extent, 'i32').parts[0]!),
        );
      })
      .reduce((a, b) => v128.and(a, b));
    const kept = keep(this.#fn, { dtype: 'bool', parts: [mask] });
    const value = looksUpRows([inside]) ? this.#guarded(inside, kept, vector) : this.value(inside, vector);
    return selectLanes(kept, value, this.#constant(outside, dtype));
  }

  /** A value in which rows count only where the mask is set; elsewhere none can be out of range. */
  #guarded(expression: Expression, mask: Lanes, vector: Vector): Lanes {
    const before = this.#active;
    this.#active =
      before === null
        ? mask
        : keep(this.#fn, { dtype: 'bool', parts: [v128.and(before.parts[0]!, mask.parts[0]!)] });
    this.#scopes.push({ values: new Map(), positions: new Map() });
    const value = this.value(expression, vector);
    this.#scopes.pop();
    this.#active = before;
    return value;
  }

  /**
   * Writes values to memory.
   * @param lane the loop along which lanes go to different places; null where all hold the same
   */
  store(stores: readonly Store[], vector: Vector, lane: number | null): void {
    const { count } = vector;
    const values = stores.map(({ value }) => keep(this.#fn, this.value(value, vector)));
    const partners =
      count === laneCount && lane !== null ? alternating(stores, lane) : new Map<Store, Store>();
    const seconds = new Set(partners.values());
    stores.forEach((store, number) => {
      if (seconds.has(store)) return;
      const { buffer, index, row, accumulate } = store;
      const value = values[number]!;
      const { dtype } = value;
      const partner = partners.get(store);
      if (partner !== undefined) {
        const place = this.#place(buffer, index, dtype, vector, null);
        this.#fn.emit(storeAlternately(place, value, values[stores.indexOf(partner)]!));
        return;
      }
      const stride = this.#strideOf(index, lane);
      if (row === null && !accumulate) {
        this.#fn.emit(storeLanes(this.#place(buffer, index, dtype, vector, null), value, stride, count));
        return;
      }
      const starts = row === null ? null : this.#rowStarts(row, vector);
      for (let k = 0; k < count; k++) {
        const first = this.#place(buffer, index, dtype, vector, starts?.[k]?.get ?? null);
        const place = this.#laneOf(first, k * stride, dtype);
        const before = keep(this.#fn, loadLanes(place, dtype, 0, 1));
        const added = accumulate
          ? keep(
              this.#fn,
              this.#library.apply(this.#fn, 'add', [before, keep(this.#fn, splatLane(value, k))], dtype),
            )
          : splatLane(value, k);
        this.#fn.emit(storeLanes(place, keep(this.#fn, added), 0, 1));
      }
    });
  }
}
