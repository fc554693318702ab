/**
 * @file A loop kernel as WebAssembly: the loop along which memory is contiguous runs four elements at a time and several
 * times four in one pass, values that do not vary along it are computed outside it, and sums run in stretches.
 *
 * Where the lanes are outer points and many inner points lie behind each of them, as in sums over the rows of a matrix,
 * memory is still walked row by row: the sums of a block of columns then wait in scratch memory between the rows.
 */
import { invariant } from '../../errors.ts';
import { scalarFunction } from '../../graph/scalar-functions.ts';
import {
  type Expression,
  expressionsOf,
  indicesOf,
  type LoopKernel,
  type Phase,
  storeExpressions,
  subexpressions,
} from '../../compile/kernel.ts';
import { sizeOf } from '../../shape.ts';
import { type Accumulator, createAccumulators } from './accumulators.ts';
import { branchIf, type Local, loop, type PairFunction, returns, select, when } from './assembler.ts';
import { ColumnScratch, columnScratchBytes, columnsPerBlock } from './column-scratch.ts';
import { ExpressionCode, type MemoryMap, type Vector } from './expression-code.ts';
import { type Folding, foldingsOf } from './foldings.ts';
import type { FunctionLibrary } from './function-library.ts';
import { i32 } from './instructions.ts';
import { laneCount, type Lanes } from './lanes.ts';
import { LoopNest } from './loop-nest.ts';
import type { PlainLoop, Sweep } from './stretches.ts';
import { type SweepBody, SweepWriter } from './sweep-writer.ts';
import { type Part, threadPart } from './thread-part.ts';

/** How many vectors, or rows, one pass takes at most. */
const mostUnrolled = 4;

/** Bodies that cost more than this are not repeated: they hide their own latency. */
const mostRepeatedCost = 100;

/**
 * How many rows one pass over columns writes at most, those of all results together. Rows whose length is a power of two
 * stand in the same places of the first cache, which holds a dozen lines in each: with two inputs and two results, four
 * rows of each took half as long again as two.
 */
const mostRowsWritten = 4;

/** From how many inner points and outer lanes on memory is walked row by row. */
const [fewestRows, fewestColumns] = [16, 64];

/** The loop whose counter the lanes run along; null for a kernel of single elements. */
function chooseLaneLoop(kernel: LoopKernel): number | null {
  const { outer, inner } = kernel;
  const extents = [...outer, ...inner];
  if (extents.length === 0) return null;
  const innermost = extents.length - 1;
  if (inner.length === 0 || outer.length === 0) return innermost;
  const loads = subexpressions(expressionsOf(kernel)).filter(({ kind }) => kind === 'load');
  const stores = kernel.phases.flatMap((phase) => phase.stores);
  const indices = [...loads.flatMap(indicesOf), ...stores.map(({ index }) => index)];
  /** How many elements are walked one after the other. */
  const along = (loopNumber: number): number =>
    indices
      .filter(({ strides }) => Math.abs(strides[loopNumber]!) === 1)
      .map(({ strides }) =>
        strides.reduce((size, stride, k) => (stride === 0 ? size : size * extents[k]!), 1),
      )
      .reduce((sum, size) => sum + size, 0);
  return along(outer.length - 1) > along(innermost) ? outer.length - 1 : innermost;
}

/** Whether memory is walked row by row, with the sums of many columns open at once. */
function walksRows({ outer, inner }: LoopKernel, lane: number | null): boolean {
  return lane !== null && lane < outer.length && sizeOf(inner) >= fewestRows && outer[lane]! >= fewestColumns;
}

/** How many bytes of scratch memory a kernel needs for each thread. */
export function loopScratchBytes(kernel: LoopKernel): number {
  if (!walksRows(kernel, chooseLaneLoop(kernel))) return 0;
  return Math.max(...foldedPhases(kernel).map(({ foldings }) => columnScratchBytes(foldings)));
}

/** The loop with the most points. */
function largest(loops: readonly number[], extents: readonly number[]): number {
  return loops.reduce((best, loop) => (extents[loop]! > extents[best]! ? loop : best));
}

/** What it takes to compute some expressions once. */
function costOf(expressions: readonly Expression[]): number {
  const costs = expressions.map((expression) => {
    if (expression.kind === 'apply') return scalarFunction(expression.function).cost;
    return expression.kind === 'random' || (expression.kind === 'load' && expression.row !== null) ? 60 : 1;
  });
  return costs.reduce((sum, cost) => sum + cost, 0);
}

/** A phase with its reductions as they are folded. */
interface FoldedPhase extends Pick<Phase, 'stores' | 'results'> {
  readonly foldings: readonly Folding[];
}

function foldedPhases(kernel: LoopKernel): FoldedPhase[] {
  const innerLoops = innerLoopsOf(kernel);
  return kernel.phases.map((phase) => ({ ...phase, foldings: foldingsOf(phase, innerLoops) }));
}

const innerLoopsOf = ({ outer, inner }: LoopKernel): number[] => inner.map((_, k) => outer.length + k);

/** The expressions that are evaluated at every inner point. */
function sweptExpressions({ foldings, stores }: FoldedPhase): Expression[] {
  return subexpressions([...foldings.flatMap(({ value }) => value ?? []), ...storeExpressions(stores)]);
}

const fullVectors = (count: number): Vector[] =>
  Array.from({ length: count }, (_, step) => ({ step, count: laneCount }));

/** Writes one kernel into a function. */
export class LoopKernelWriter {
  readonly #fn: PairFunction;
  readonly #kernel: LoopKernel;
  readonly #phases: readonly FoldedPhase[];
  readonly #counters: readonly Local[];
  readonly #lane: number | null;
  readonly #walksRows: boolean;
  readonly #code: ExpressionCode;
  readonly #nest: LoopNest;
  /** Null where memory is not walked row by row. */
  readonly #scratch: ColumnScratch | null;
  /** The loop of which each thread runs a part. */
  #shared: (Part & { readonly loopNumber: number }) | null = null;
  /** Whether a part may end at any vector, so that passes cannot take several. */
  #hasVectorParts = false;

  constructor(fn: PairFunction, kernel: LoopKernel, memory: MemoryMap, library: FunctionLibrary) {
    this.#fn = fn;
    this.#kernel = kernel;
    this.#phases = foldedPhases(kernel);
    this.#counters = [...kernel.outer, ...kernel.inner].map(() => fn.local('i32'));
    this.#lane = chooseLaneLoop(kernel);
    this.#walksRows = walksRows(kernel, this.#lane);
    this.#code = new ExpressionCode(fn, this.#counters, this.#lane, memory, library);
    this.#nest = new LoopNest(fn, this.#counters, this.#code);
    this.#scratch = this.#walksRows ? new ColumnScratch(fn, memory, loopScratchBytes(kernel)) : null;
  }

  /**
   * The function's parameters are the number of this thread and that of all threads, which share the outer points; or,
   * for a given loop, the start and the end of the part of it that runs, in whole vectors if the lanes run along it.
   */
  write(range: number | null = null): void {
    const { outer } = this.#kernel;
    const lane = this.#lane;
    const lanesAreKept = lane !== null && lane < outer.length;
    const plainOuter = outer.map((_, k) => k).filter((k) => k !== lane);
    if (range === null)
      this.#share(plainOuter.length > 0 ? largest(plainOuter, outer) : lanesAreKept ? lane : null);
    else this.#restrict(range);
    this.#outerLoops(plainOuter, () => {
      if (!lanesAreKept) for (const phase of this.#phases) this.#rowPhase(phase);
      else if (this.#walksRows) this.#columnBlocks(lane);
      else this.#laneLoop(lane, this.#vectorsPerPass(outer[lane]!), (vectors) => this.#columns(vectors));
    });
  }

  /** Splits a loop among the threads, lanes in whole passes; without a loop to split the first thread does everything. */
  #share(loopNumber: number | null): void {
    if (loopNumber === null) {
      this.#fn.emit(when(this.#fn.parameters[0].get, returns));
      return;
    }
    const extent = this.#extent(loopNumber);
    const unit =
      loopNumber !== this.#lane
        ? 1
        : laneCount * (this.#walksRows ? mostUnrolled : this.#vectorsPerPass(extent));
    this.#shared = { loopNumber, ...threadPart(this.#fn, Math.floor(extent / unit), unit) };
  }

  /** Runs only the part of a loop that the function's parameters say. */
  #restrict(loopNumber: number): void {
    const [start, stop] = this.#fn.parameters;
    const extent = this.#extent(loopNumber);
    invariant(
      loopNumber !== this.#lane || !this.#walksRows,
      'a part of the columns is not walked row by row',
    );
    const most = i32.const(loopNumber === this.#lane ? extent - (extent % laneCount) : extent);
    const end = this.#fn.local('i32');
    this.#fn.emit(end.set(select(i32.ltS(stop.get, most), stop.get, most)));
    this.#shared = { loopNumber, start, end, isLast: i32.eq(stop.get, i32.const(extent)) };
    this.#hasVectorParts = loopNumber === this.#lane;
  }

  #extent(loopNumber: number): number {
    const { outer, inner } = this.#kernel;
    return (loopNumber < outer.length ? outer[loopNumber] : inner[loopNumber - outer.length])!;
  }

  get #innerLoops(): number[] {
    return innerLoopsOf(this.#kernel);
  }

  /** Nested plain loops over outer points. */
  #outerLoops(numbers: readonly number[], body: () => void): void {
    const [first, ...rest] = numbers;
    if (first === undefined) body();
    else this.#outerLoop(first, this.#extent(first), 1, () => this.#outerLoops(rest, body));
  }

  /** A loop over [0, end), or this thread's part of it, with a step of which `end` is a multiple; nothing if it is empty. */
  #outerLoop(loopNumber: number, end: number, step: number, body: () => void): void {
    if (end <= 0) return;
    const shared = this.#shared?.loopNumber === loopNumber ? this.#shared : null;
    const from = shared?.start.get ?? i32.const(0);
    const repeated = this.#nest.loop(loopNumber, from, shared?.end.get ?? i32.const(end), step, body);
    this.#fn.emit(shared === null ? repeated : when(i32.ltS(shared.start.get, shared.end.get), repeated));
  }

  /** How many vectors one pass over lanes that are outer points takes. */
  #vectorsPerPass(extent: number): number {
    const phases = this.#phases;
    const isPlain = this.#kernel.inner.length === 0 && phases.every(({ foldings }) => foldings.length === 0);
    return isPlain && !this.#hasVectorParts ? unrolledFor(extent, phases.flatMap(sweptExpressions)) : 1;
  }

  /** A loop along lanes that are outer points: full passes, then what is left. */
  #laneLoop(loopNumber: number, perPass: number, body: (vectors: readonly Vector[]) => void): void {
    const extent = this.#extent(loopNumber);
    const phases = this.#phases;
    this.#code.prepare(
      [loopNumber, ...this.#innerLoops],
      phases.flatMap(sweptExpressions),
      phases.flatMap(({ stores }) => stores),
      fullVectors(1),
    );
    this.#code.withUnrolled({ loopNumber, distance: laneCount }, () => {
      const full = extent - (extent % (perPass * laneCount));
      this.#outerLoop(loopNumber, full, perPass * laneCount, () => body(fullVectors(perPass)));
      this.#remaining(loopNumber, full, () => body(vectorsOf(extent - full)));
    });
  }

  /** What lies behind the last full pass of the shared loop belongs to the last thread. */
  #remaining(loopNumber: number, start: number, body: () => void): void {
    if (start === this.#extent(loopNumber)) return;
    const rest = [this.#counters[loopNumber]!.set(i32.const(start)), this.#code.capturedIn(loopNumber, body)];
    this.#fn.emit(this.#shared?.loopNumber === loopNumber ? when(this.#shared.isLast, rest) : rest);
  }

  /** All phases for vectors of outer points. */
  #columns(vectors: readonly Vector[]): void {
    for (const phase of this.#phases) {
      if (this.#kernel.inner.length === 0 && phase.foldings.length === 0) {
        for (const vector of vectors)
          this.#code.store([...phase.stores, ...phase.results], vector, this.#lane);
      } else {
        for (const { count } of vectors) this.#columnPhase(phase, count);
      }
    }
  }

  /** A phase whose lanes are outer points, all inner points of one vector after another. */
  #columnPhase(phase: FoldedPhase, count: number): void {
    const last = this.#innerLoops.at(-1);
    const rows = last === undefined ? 1 : unrolledRows(this.#extent(last), sweptExpressions(phase));
    const accumulators = this.#accumulators(phase, rows, count);
    this.#phase(
      phase,
      accumulators,
      count,
      rowSweep(last, last === undefined ? 1 : this.#extent(last), rows, rows, count),
    );
  }

  /** A phase whose lanes are inner points. */
  #rowPhase(phase: FoldedPhase): void {
    const lane = this.#lane;
    const extent = lane === null ? 1 : this.#extent(lane);
    const perPass = unrolledFor(extent, sweptExpressions(phase));
    const accumulators = this.#accumulators(phase, perPass, laneCount);
    const full = extent - (extent % (perPass * laneCount));
    const rest = vectorsOf(extent - full);
    this.#phase(phase, accumulators, 1, {
      loopNumber: lane,
      distance: laneCount,
      step: perPass * laneCount,
      end: full,
      vectors: fullVectors(perPass),
      rest,
      sums: perPass,
      counts: lanesOf(perPass * laneCount),
      restCounts: lanesOf(extent - full),
    });
  }

  /** One sweep over the inner loops, and what is stored after it. */
  #phase(phase: FoldedPhase, accumulators: readonly Accumulator[], count: number, innermost: Sweep): void {
    const lanesAreKept = this.#lane !== null && this.#lane < this.#kernel.outer.length;
    for (const accumulator of accumulators) accumulator.start();
    const body: SweepBody = {
      prepare: (inside) =>
        this.#code.prepare(inside, sweptExpressions(phase), phase.stores, [
          { step: 0, count: lanesAreKept ? count : laneCount },
        ]),
      step: (vectors) => {
        for (const vector of vectors) this.#steps(phase, accumulators, vector, vector.step);
      },
      inStretches: accumulators.some(({ inStretches }) => inStretches),
      begin: (vectors) => {
        const available = lanesAreKept ? count : vectors[0]!.count;
        for (const accumulator of accumulators) this.#begin(accumulator, vectors, available);
      },
      end: (counts) => {
        for (const accumulator of accumulators) accumulator.end(counts);
      },
    };
    if (phase.foldings.length + phase.stores.length > 0)
      new SweepWriter(this.#nest, this.#plainInner(innermost), innermost, body).write();
    this.#results(phase, accumulators, lanesAreKept ? count : 1);
  }

  #accumulators({ foldings }: FoldedPhase, copies: number, count: number): Accumulator[] {
    return createAccumulators(this.#fn, foldings, copies, (expression) =>
      this.#code.value(expression, { step: 0, count }),
    );
  }

  /** Begins a stretch with what stands at its first points, those that fill as many lanes as the very first. */
  #begin({ value, begin }: Accumulator, vectors: readonly Vector[], count: number): void {
    const first = vectors.filter((vector) => vector.count === vectors[0]!.count).slice(0, 3);
    const values = (): Lanes[] =>
      value === null ? [] : first.map(({ step }) => this.#code.value(value, { step, count }));
    begin(values, count);
  }

  /** The inner loops around the innermost sweep, with their extents. */
  #plainInner({ loopNumber }: Sweep): PlainLoop[] {
    return this.#innerLoops
      .filter((inner) => inner !== loopNumber)
      .map((inner) => ({ loopNumber: inner, extent: this.#extent(inner) }));
  }

  /** Takes up the values of one vector, and stores. */
  #steps(phase: FoldedPhase, accumulators: readonly Accumulator[], vector: Vector, copy: number): void {
    // What takes products with a variance's distances comes after the variance.
    for (const followers of [false, true])
      for (const { value, step, followsVariance } of accumulators)
        if (value !== null && followsVariance === followers)
          step(this.#code.value(value, vector), vector.count, copy);
    this.#code.store(phase.stores, vector, this.#lane);
  }

  /** What a phase stores once per outer point. */
  #results({ results }: FoldedPhase, accumulators: readonly Accumulator[], count: number): void {
    const { outer } = this.#kernel;
    const perLane = this.#lane !== null && this.#lane < outer.length;
    const code = this.#code.captured(() => {
      const reduced = accumulators.map((accumulator) => accumulator.result(perLane));
      for (const inner of this.#innerLoops) this.#fn.emit(this.#counters[inner]!.set(i32.const(0)));
      this.#code.withReduced(reduced, () =>
        this.#code.store(results, { step: 0, count }, perLane ? this.#lane : null),
      );
    });
    this.#fn.emit(code);
  }

  /** Blocks of columns, each walked row by row; the columns that fill no vector by themselves. */
  #columnBlocks(lane: number): void {
    const extent = this.#extent(lane);
    const full = extent - (extent % laneCount);
    const shared = this.#shared?.loopNumber === lane ? this.#shared : null;
    const [start, end, last] = [this.#fn.local('i32'), this.#fn.local('i32'), this.#fn.local('i32')];
    this.#fn.emit(
      start.set(shared?.start.get ?? i32.const(0)),
      last.set(shared === null ? i32.const(full) : select(shared.isLast, i32.const(full), shared.end.get)),
    );
    const block = this.#code.captured(() => {
      const next = i32.add(start.get, i32.const(columnsPerBlock));
      this.#fn.emit(end.set(select(i32.ltS(next, last.get), next, last.get)));
      for (const phase of this.#phases) this.#blockPhase(phase, lane, start, end);
      this.#fn.emit(start.set(end.get));
    });
    const more = i32.ltS(start.get, last.get);
    this.#fn.emit(when(more, loop([block, branchIf(more, 0)])));
    this.#remaining(lane, full, () => this.#columns(vectorsOf(extent - full)));
  }

  /** A phase for a block of columns. */
  #blockPhase(phase: FoldedPhase, lane: number, start: Local, end: Local): void {
    const accumulators = this.#accumulators(phase, 1, laneCount);
    const scratch = this.#scratch!.forPhase(accumulators);
    const columns = (body: () => void): void => {
      scratch.rewind();
      const inside = (): void => {
        body();
        scratch.advance();
      };
      this.#fn.emit(this.#nest.loop(lane, start.get, end.get, laneCount, inside));
    };
    const last = this.#innerLoops.at(-1)!;
    const swept = sweptExpressions(phase);
    const rows = Math.min(
      unrolledRows(this.#extent(last), swept),
      Math.max(1, Math.floor(mostRowsWritten / phase.stores.length)),
    );
    const innermost = rowSweep(last, this.#extent(last), rows, 1, laneCount);
    const inStretches = accumulators.filter((accumulator) => accumulator.inStretches);
    if (accumulators.length > 0) {
      columns(() => {
        for (const accumulator of accumulators) accumulator.start();
        scratch.saveStart();
      });
    }
    const body: SweepBody = {
      prepare: (inside) => this.#code.prepare([...inside, lane], swept, phase.stores, fullVectors(1)),
      step: (vectors) => {
        this.#code.prepare([lane], swept, phase.stores, vectors);
        columns(() => {
          scratch.loadRunning();
          for (const vector of vectors) this.#steps(phase, accumulators, vector, 0);
          scratch.saveRunning();
        });
      },
      inStretches: inStretches.length > 0,
      begin: (vectors) =>
        columns(() => {
          scratch.loadTotals();
          for (const accumulator of inStretches) this.#begin(accumulator, vectors, laneCount);
          scratch.saveStretch();
        }),
      end: (counts) =>
        columns(() => {
          scratch.loadStretch();
          for (const { end } of inStretches) end(counts);
          scratch.saveTotals();
        }),
    };
    if (phase.foldings.length + phase.stores.length > 0)
      new SweepWriter(this.#nest, this.#plainInner(innermost), innermost, body).write();
    if (phase.results.length === 0) return;
    columns(() => {
      scratch.loadResults();
      this.#results(phase, accumulators, laneCount);
    });
  }
}

/** Vectors for some elements in a row, the last one perhaps not full. */
function vectorsOf(elements: number): Vector[] {
  return Array.from({ length: Math.ceil(elements / laneCount) }, (_, step) => ({
    step,
    count: Math.min(laneCount, elements - step * laneCount),
  }));
}

/** How many of some elements in a row fall to each lane. */
function lanesOf(elements: number): number[] {
  return Array.from({ length: laneCount }, (_, lane) => Math.ceil(Math.max(0, elements - lane) / laneCount));
}

/** How many vectors one pass over so many elements takes. */
function unrolledFor(extent: number, expressions: readonly Expression[]): number {
  const vectors = Math.max(1, Math.floor(extent / laneCount));
  return costOf(expressions) > mostRepeatedCost ? 1 : Math.min(mostUnrolled, vectors);
}

function unrolledRows(extent: number, expressions: readonly Expression[]): number {
  return costOf(expressions) > mostRepeatedCost ? 1 : Math.max(1, Math.min(mostUnrolled, extent));
}

/** The sweep over rows, several in one pass. */
function rowSweep(
  loopNumber: number | undefined,
  extent: number,
  rows: number,
  sums: number,
  count: number,
): Sweep {
  const full = extent - (extent % rows);
  const vectors = (length: number): Vector[] => Array.from({ length }, (_, step) => ({ step, count }));
  return {
    loopNumber: loopNumber ?? null,
    distance: 1,
    step: rows,
    end: full,
    vectors: vectors(rows),
    rest: vectors(extent - full),
    sums,
    counts: new Array<number>(laneCount).fill(rows),
    restCounts: new Array<number>(laneCount).fill(extent - full),
  };
}
