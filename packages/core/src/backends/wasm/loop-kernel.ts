/**
 * @file A loop kernel as WebAssembly: the loop along which memory is contiguous runs four elements at a time, values that
 * do not vary along it are computed outside it, and sums leave f32 for f64 before they grow long.
 */
import { bytesPerElement, type DType } from '../../dtype.ts';
import {
  type DynamicRow,
  type Expression,
  type Index,
  indicesOf,
  type LoopKernel,
  operandsOf,
  type Phase,
  phaseExpressions,
  type Store,
  subexpressions,
} from '../../compile/kernel.ts';
import { equalShapes } from '../../shape.ts';
import { createAccumulator } from './accumulators.ts';
import {
  branchIf,
  type Code,
  type FunctionBuilder,
  type Local,
  loop,
  returns,
  select,
  when,
} from './assembler.ts';
import { i32, i32x4, v128 } from './instructions.ts';
import {
  castLanes,
  keep,
  laneCount,
  laneMask,
  type Lanes,
  loadLanes,
  ramp,
  selectLanes,
  splatConstant,
  splatLane,
  storeAlternately,
  storeLanes,
} from './lanes.ts';
import type { FunctionLibrary } from './function-library.ts';
import { threefryLanes } from './threefry-lanes.ts';

/** Where a plan's buffers stand in memory, and the cell in which kernels report a row that is out of range. */
export interface MemoryMap {
  readonly addressOf: (buffer: number) => number;
  readonly errorCell: number;
}

/** Bodies after which f32 sums are added to their f64 totals. */
const flushInterval = 256;

/** The loop whose counter the lanes run along; null for a kernel of single elements. */
function chooseLaneLoop({ outer, inner, phases }: LoopKernel): number | null {
  if (outer.length + inner.length === 0) return null;
  if (inner.length === 0) return outer.length - 1;
  const innermost = outer.length + inner.length - 1;
  if (outer.length === 0) return innermost;
  const loads = subexpressions(phases.flatMap(phaseExpressions)).filter(
    (expression) => expression.kind === 'load',
  );
  const along = (loopNumber: number): number =>
    loads.filter(({ index }) => Math.abs(index.strides[loopNumber]!) === 1).length;
  return along(outer.length - 1) > along(innermost) ? outer.length - 1 : innermost;
}

/** The loop with the most points. */
function largest(loops: readonly number[], extents: readonly number[]): number {
  return loops.reduce((best, loop) => (extents[loop]! > extents[best]! ? loop : best));
}

/** Whether some row below is only known at run time. */
function looksUpRows(expression: Expression): boolean {
  return subexpressions([expression]).some((inner) => inner.kind === 'load' && inner.row !== null);
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

/** Writes one kernel into a function. */
export class LoopKernelWriter {
  readonly #fn: FunctionBuilder;
  readonly #kernel: LoopKernel;
  readonly #memory: MemoryMap;
  readonly #library: FunctionLibrary;
  readonly #counters: readonly Local[];
  readonly #lane: number | null;
  /** The loop of which each thread runs a part. */
  #shared: { loopNumber: number; start: Local; end: Local; isLast: Code } | null = null;
  /** Values already computed where the code being written can use them, innermost scope last. */
  readonly #scopes = [new Map<Expression, Lanes>()];
  /** Which lanes a row is really wanted for, inside guards; null for all. */
  #active: Lanes | null = null;
  /** A finished reduction. */
  #reduced: (reduction: number) => Lanes = () => splatConstant(0, 'f32');

  constructor(fn: FunctionBuilder, kernel: LoopKernel, memory: MemoryMap, library: FunctionLibrary) {
    this.#fn = fn;
    this.#kernel = kernel;
    this.#memory = memory;
    this.#library = library;
    this.#counters = [...kernel.outer, ...kernel.inner].map(() => fn.local('i32'));
    this.#lane = chooseLaneLoop(kernel);
  }

  /**
   * The function's parameters are the number of this thread and that of all threads, which share the outer points; or,
   * for a given loop, the start and the end of the part of it that runs, in whole vectors if the lanes run along it.
   */
  write(range: number | null = null): void {
    const { outer, inner, phases } = this.#kernel;
    const lane = this.#lane;
    const lanesAreKept = lane !== null && lane < outer.length;
    const plainOuter = outer.map((_, k) => k).filter((k) => k !== lane);
    if (range === null)
      this.#share(plainOuter.length > 0 ? largest(plainOuter, outer) : lanesAreKept ? lane : null);
    else this.#restrict(range);
    this.#loops(plainOuter, () => {
      if (lanesAreKept) {
        this.#laneLoop(lane, (count) => {
          for (const phase of phases)
            this.#phase(
              phase,
              inner.map((_, k) => outer.length + k),
              count,
              true,
            );
        });
      } else {
        const innerLoops = inner.map((_, k) => outer.length + k);
        for (const phase of phases) this.#phase(phase, innerLoops, 1, false);
      }
    });
  }

  /** Splits a loop among the threads, lanes in whole vectors; without a loop to split the first thread does everything. */
  #share(loopNumber: number | null): void {
    const [thread, threads] = this.#fn.parameters as [Local, Local];
    if (loopNumber === null) {
      this.#fn.emit(when(thread.get, returns));
      return;
    }
    const extent = this.#extent(loopNumber);
    const count = loopNumber === this.#lane ? Math.floor(extent / laneCount) : extent;
    const unit = loopNumber === this.#lane ? laneCount : 1;
    const [part, start, end] = [this.#fn.local('i32'), this.#fn.local('i32'), this.#fn.local('i32')];
    const least = (value: Code): Code => [
      part.set(value),
      select(i32.ltU(part.get, i32.const(count)), part.get, i32.const(count)),
    ];
    const share = i32.divU(i32.add(i32.const(count - 1), threads.get), threads.get);
    this.#fn.emit(
      start.set(i32.mul(least(i32.mul(share, thread.get)), i32.const(unit))),
      end.set(i32.mul(least(i32.mul(share, i32.add(thread.get, i32.const(1)))), i32.const(unit))),
    );
    this.#shared = { loopNumber, start, end, isLast: i32.eq(i32.add(thread.get, i32.const(1)), threads.get) };
  }

  /** Runs only the part of a loop that the function's parameters say. */
  #restrict(loopNumber: number): void {
    const [start, stop] = this.#fn.parameters as [Local, Local];
    const extent = this.#extent(loopNumber);
    const most = i32.const(loopNumber === this.#lane ? extent - (extent % laneCount) : extent);
    const end = this.#fn.local('i32');
    this.#fn.emit(end.set(select(i32.ltS(stop.get, most), stop.get, most)));
    this.#shared = { loopNumber, start, end, isLast: i32.eq(stop.get, i32.const(extent)) };
  }

  /** Nested plain loops. */
  #loops(numbers: readonly number[], body: () => void): void {
    const [first, ...rest] = numbers;
    if (first === undefined) {
      body();
      return;
    }
    this.#loop(first, this.#extent(first), 1, () => this.#loops(rest, body));
  }

  #extent(loopNumber: number): number {
    const { outer, inner } = this.#kernel;
    return (loopNumber < outer.length ? outer[loopNumber] : inner[loopNumber - outer.length])!;
  }

  /** A loop over [0, end) with the given step, `end` being a multiple of it; nothing if it is empty. */
  #loop(loopNumber: number, end: number, step: number, body: () => void): void {
    if (end <= 0) return;
    const counter = this.#counters[loopNumber]!;
    const shared = this.#shared?.loopNumber === loopNumber ? this.#shared : null;
    this.#fn.emit(counter.set(shared?.start.get ?? i32.const(0)));
    const inside = this.#captured(body);
    const next = counter.tee(i32.add(counter.get, i32.const(step)));
    const repeated = loop([inside, branchIf(i32.ltS(next, shared?.end.get ?? i32.const(end)), 0)]);
    this.#fn.emit(shared === null ? repeated : when(i32.ltS(shared.start.get, shared.end.get), repeated));
  }

  /** The code that a function emits, in a scope of its own, instead of emitting it. */
  #captured(emit: () => void): Code {
    const { body } = this.#fn;
    const start = body.length;
    this.#scopes.push(new Map());
    emit();
    this.#scopes.pop();
    return body.splice(start);
  }

  /** The lanes' loop: full vectors, then what is left. */
  #laneLoop(loopNumber: number, body: (count: number) => void): void {
    const extent = this.#extent(loopNumber);
    const full = extent - (extent % laneCount);
    this.#loop(loopNumber, full, laneCount, () => body(laneCount));
    if (extent === full) return;
    const rest = [
      this.#counters[loopNumber]!.set(i32.const(full)),
      this.#captured(() => body(extent - full)),
    ];
    this.#fn.emit(this.#shared?.loopNumber === loopNumber ? when(this.#shared.isLast, rest) : rest);
  }

  /**
   * One sweep over the inner loops.
   * @param count how many lanes are in use, if the lanes are outer points
   */
  #phase(phase: Phase, innerLoops: readonly number[], count: number, lanesAreKept: boolean): void {
    const accumulators = phase.reductions.map((reduction) => createAccumulator(this.#fn, reduction));
    for (const accumulator of accumulators) accumulator.start();
    const sinceFlush = accumulators.some(({ flushes }) => flushes) ? this.#fn.local('i32') : null;
    if (sinceFlush !== null) this.#fn.emit(sinceFlush.set(i32.const(0)));
    const flush = (): void => {
      for (const accumulator of accumulators) accumulator.flush();
      if (sinceFlush !== null) this.#fn.emit(sinceFlush.set(i32.const(0)));
    };
    const sweep = (lanes: number): void => {
      for (const [number, { value }] of phase.reductions.entries()) {
        accumulators[number]!.step(this.#value(value, lanes), lanes);
      }
      this.#stores(phase.stores, lanes, this.#lane);
      if (sinceFlush === null) return;
      if (!lanesAreKept && lanes < laneCount) {
        flush();
        return;
      }
      const isDue = i32.geS(sinceFlush.tee(i32.add(sinceFlush.get, i32.const(1))), i32.const(flushInterval));
      this.#fn.emit(when(isDue, this.#captured(flush)));
    };
    const plainInner = lanesAreKept || this.#lane === null ? innerLoops : innerLoops.slice(0, -1);
    this.#hoist(phase, plainInner, count, () => {
      if (lanesAreKept) sweep(count);
      else if (this.#lane === null) sweep(1);
      else this.#laneLoop(this.#lane, sweep);
    });
    if (sinceFlush !== null) flush();
    this.#fn.emit(
      this.#captured(() => {
        const results = accumulators.map((accumulator) => accumulator.result(lanesAreKept));
        this.#reduced = (reduction) => results[reduction]!;
        for (const innerLoop of innerLoops) this.#fn.emit(this.#counters[innerLoop]!.set(i32.const(0)));
        this.#stores(phase.results, lanesAreKept ? count : 1, lanesAreKept ? this.#lane : null);
      }),
    );
  }

  /** Plain inner loops, before each of which everything that only depends on the loops around it is computed. */
  #hoist(phase: Phase, loops: readonly number[], count: number, body: () => void): void {
    const lanesRunInside = this.#lane !== null && this.#lane >= this.#kernel.outer.length;
    const varying = lanesRunInside ? [...loops, this.#lane] : loops;
    const values = subexpressions([
      ...phase.reductions.map(({ value }) => value),
      ...phase.stores.map(({ value }) => value),
    ]);
    const open = (depth: number): void => {
      const inside = varying.slice(depth);
      for (const expression of values) {
        const isInvariant =
          inside.length > 0 &&
          !looksUpRows(expression) &&
          inside.every((number) => !this.#dependsOn(expression, number));
        if (isInvariant) this.#value(expression, lanesRunInside ? laneCount : count);
      }
      const next = loops[depth];
      if (next === undefined) body();
      else this.#loop(next, this.#extent(next), 1, () => open(depth + 1));
    };
    open(0);
  }

  readonly #dependencies = new Map<Expression, Set<number>>();

  /** Whether an expression varies with a loop. */
  #dependsOn(expression: Expression, loopNumber: number): boolean {
    let known = this.#dependencies.get(expression);
    if (known === undefined) {
      known = new Set();
      for (const { strides } of indicesOf(expression)) {
        for (const [k, stride] of strides.entries()) if (stride !== 0) known.add(k);
      }
      for (const operand of operandsOf(expression)) {
        for (let k = 0; k < this.#counters.length; k++) if (this.#dependsOn(operand, k)) known.add(k);
      }
      this.#dependencies.set(expression, known);
    }
    return known.has(loopNumber);
  }

  #stride(index: Index): number {
    return this.#lane === null ? 0 : index.strides[this.#lane]!;
  }

  /** An index at the current counters, as an i32. */
  #position({ offset, strides }: Index): Code {
    let code: Code | null = offset === 0 ? null : i32.const(offset);
    strides.forEach((stride, k) => {
      if (stride === 0) return;
      const counter = this.#counters[k]!.get;
      const term = stride === 1 ? counter : i32.mul(counter, i32.const(stride));
      code = code === null ? term : i32.add(code, term);
    });
    return code ?? i32.const(0);
  }

  /** The address of an element, in bytes. */
  #address(buffer: number, index: Index, dtype: DType, rowStart: Code | null): Code {
    const size = bytesPerElement(dtype);
    const base = this.#memory.addressOf(buffer) + index.offset * size;
    const within: Index = { offset: 0, strides: index.strides.map((stride) => stride * size) };
    const address = i32.add(i32.const(base), this.#position(within));
    return rowStart === null ? address : i32.add(address, i32.mul(rowStart, i32.const(size)));
  }

  /** Row numbers that are in range, each as an i32 local in elements; others are reported and read row 0. */
  #rowStarts({ row, rows, rowSize }: DynamicRow, count: number): Local[] {
    const wanted = this.#value(row, count);
    const numbers = keep(
      this.#fn,
      this.#active === null ? wanted : selectLanes(this.#active, wanted, splatConstant(0, 'i32')),
    );
    return Array.from({ length: count }, (_, k) => {
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

  /** The value of an expression in `count` lanes; the others hold anything. */
  #value(expression: Expression, count: number): Lanes {
    for (const scope of this.#scopes) {
      const known = scope.get(expression);
      if (known !== undefined) return known;
    }
    if (expression.kind === 'constant') return splatConstant(expression.value, expression.dtype);
    if (expression.kind === 'reduced') return this.#reduced(expression.reduction);
    const value = keep(this.#fn, this.#compute(expression, count));
    this.#scopes.at(-1)!.set(expression, value);
    return value;
  }

  #compute(expression: Exclude<Expression, { kind: 'constant' | 'reduced' }>, count: number): Lanes {
    switch (expression.kind) {
      case 'load':
        return this.#load(expression, count);
      case 'coordinate':
        return ramp(this.#position(expression.index), this.#stride(expression.index));
      case 'random': {
        const key = this.#memory.addressOf(expression.key);
        const positions = ramp(this.#position(expression.position), this.#stride(expression.position));
        return threefryLanes(this.#fn, key, keep(this.#fn, positions), expression.word);
      }
      case 'guard':
        return this.#guard(expression, count);
      case 'cast':
        return castLanes(this.#value(expression.operand, count), expression.dtype);
      case 'apply': {
        const operands = expression.operands.map((operand) => this.#value(operand, count));
        return this.#library.apply(this.#fn, expression.function, operands, expression.dtype);
      }
    }
  }

  #load({ buffer, index, row, dtype }: Expression & { kind: 'load' }, count: number): Lanes {
    const stride = this.#stride(index);
    if (row === null)
      return loadLanes(this.#cached(this.#address(buffer, index, dtype, null)), dtype, stride, count);
    const starts = this.#rowStarts(row, count);
    const single = starts.map((start, k) => {
      const address = i32.add(
        this.#address(buffer, index, dtype, start.get),
        i32.const(k * stride * bytesPerElement(dtype)),
      );
      return keep(this.#fn, loadLanes(this.#cached(address), dtype, 0, 1));
    });
    // Each lane from its own splat.
    return single.reduce((joined, next, k) => selectLanes(laneMask(k), next, joined));
  }

  #cached(address: Code): Code {
    const local = this.#fn.local('i32');
    this.#fn.emit(local.set(address));
    return local.get;
  }

  /** Both sides are computed; memory around all buffers may be read, so that the side not chosen does no harm. */
  #guard({ bounds, inside, outside, dtype }: Expression & { kind: 'guard' }, count: number): Lanes {
    const mask = bounds
      .map(({ index, extent }): Code => {
        const position = keep(this.#fn, ramp(this.#position(index), this.#stride(index))).parts[0]!;
        return v128.and(
          i32x4.geS(position, splatConstant(0, 'i32').parts[0]!),
          i32x4.ltS(position, splatConstant(extent, 'i32').parts[0]!),
        );
      })
      .reduce((a, b) => v128.and(a, b));
    const kept = keep(this.#fn, { dtype: 'bool', parts: [mask] });
    const value = looksUpRows(inside) ? this.#guarded(inside, kept, count) : this.#value(inside, count);
    return selectLanes(kept, value, splatConstant(outside, dtype));
  }

  /** A value in which rows count only where the mask is set; elsewhere none can be out of range. */
  #guarded(expression: Expression, mask: Lanes, count: number): Lanes {
    const before = this.#active;
    this.#active =
      before === null
        ? mask
        : keep(this.#fn, { dtype: 'bool', parts: [v128.and(before.parts[0]!, mask.parts[0]!)] });
    this.#scopes.push(new Map());
    const value = this.#value(expression, count);
    this.#scopes.pop();
    this.#active = before;
    return value;
  }

  #stores(stores: readonly Store[], count: number, lane: number | null): void {
    const values = stores.map(({ value }) => keep(this.#fn, this.#value(value, count)));
    const second = count === laneCount && lane !== null ? alternating(stores, lane) : new Map<Store, Store>();
    const seconds = new Set(second.values());
    stores.forEach((store, number) => {
      const { buffer, index, row, accumulate } = store;
      const value = values[number]!;
      if (seconds.has(store)) return;
      const other = second.get(store);
      if (other !== undefined) {
        const address = this.#cached(this.#address(buffer, index, value.dtype, null));
        this.#fn.emit(storeAlternately(address, value, values[stores.indexOf(other)]!));
        return;
      }
      const { dtype } = value;
      const stride = lane === null ? 0 : index.strides[lane]!;
      if (row === null && !accumulate) {
        this.#fn.emit(
          storeLanes(this.#cached(this.#address(buffer, index, dtype, null)), value, stride, count),
        );
        return;
      }
      const starts = row === null ? null : this.#rowStarts(row, count);
      for (let k = 0; k < count; k++) {
        const place = i32.add(
          this.#address(buffer, index, dtype, starts?.[k]?.get ?? null),
          i32.const(k * stride * bytesPerElement(dtype)),
        );
        const address = this.#cached(place);
        const before = keep(this.#fn, loadLanes(address, dtype, 0, 1));
        const added = accumulate
          ? keep(
              this.#fn,
              this.#library.apply(this.#fn, 'add', [before, keep(this.#fn, splatLane(value, k))], dtype),
            )
          : splatLane(value, k);
        this.#fn.emit(storeLanes(address, keep(this.#fn, added), 0, 1));
      }
    });
  }
}
