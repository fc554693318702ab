/**
 * @file The memory in which the sums of a block of columns wait between rows: one record per vector of columns for what
 * every row changes, and one for what only the ends of stretches change.
 */
import { type Accumulator, createAccumulators } from './accumulators.ts';
import { FunctionBuilder, type Local } from './assembler.ts';
import type { MemoryMap } from './expression-code.ts';
import type { Folding } from './foldings.ts';
import { i32, v128 } from './instructions.ts';
import { laneCount, type Register, splatConstant } from './lanes.ts';

/** How many columns are walked together: two pages of f32, and few enough for their sums to stay in the first cache. */
export const columnsPerBlock = 1024;

const vectorsPerBlock = columnsPerBlock / laneCount;
const registerBytes = 16;

const bytesOf = (registers: readonly Register[]): number =>
  registers.reduce((bytes, { locals }) => bytes + locals.length * registerBytes, 0);

/** The records of one phase. All methods emit code for the columns at hand. */
interface PhaseScratch {
  /** To the first columns, or the next. */
  readonly rewind: () => void;
  readonly advance: () => void;
  /** What `start` and what `begin` set. */
  readonly saveStart: () => void;
  readonly loadTotals: () => void;
  readonly saveStretch: () => void;
  /** What a step changes. */
  readonly loadRunning: () => void;
  readonly saveRunning: () => void;
  /** What the end of a stretch needs, and changes. */
  readonly loadStretch: () => void;
  readonly saveTotals: () => void;
  readonly loadResults: () => void;
}

/** How many bytes the reductions of a phase need. */
export function columnScratchBytes(foldings: readonly Folding[]): number {
  const fn = new FunctionBuilder('', []);
  const accumulators = createAccumulators(fn, foldings, 1, ({ dtype }) => splatConstant(0, dtype));
  const all = accumulators.flatMap(({ running, totals }) => [...running, ...totals]);
  return bytesOf(all) * vectorsPerBlock;
}

export class ColumnScratch {
  readonly #fn: FunctionBuilder;
  readonly #base: Local;
  readonly #running: Local;
  readonly #totals: Local;

  /** @param bytes how many each thread has */
  constructor(fn: FunctionBuilder, memory: MemoryMap, bytes: number) {
    this.#fn = fn;
    [this.#base, this.#running, this.#totals] = [fn.local('i32'), fn.local('i32'), fn.local('i32')];
    const own = i32.mul(fn.parameters[0]!.get, i32.const(bytes));
    fn.emit(this.#base.set(i32.add(own, i32.const(memory.scratch))));
  }

  forPhase(accumulators: readonly Accumulator[]): PhaseScratch {
    const running = accumulators.flatMap((accumulator) => accumulator.running);
    const totals = accumulators.flatMap((accumulator) => accumulator.totals);
    const [size, totalsSize] = [bytesOf(running), bytesOf(totals)];
    const totalsStart = size * vectorsPerBlock;
    const transfer = (
      code: (local: Local, pointer: Local, offset: number) => void,
      registers: readonly Register[],
      wanted: (register: Register) => boolean,
      pointer: Local,
    ): void => {
      let offset = 0;
      for (const register of registers) {
        for (const local of register.locals) {
          if (wanted(register)) code(local, pointer, offset);
          offset += registerBytes;
        }
      }
    };
    const load = (local: Local, pointer: Local, offset: number): void =>
      this.#fn.emit(local.set(v128.load(pointer.get, offset)));
    const save = (local: Local, pointer: Local, offset: number): void =>
      this.#fn.emit(v128.store(pointer.get, offset, local.get));
    const stretching = new Set(
      accumulators.flatMap((accumulator) => (accumulator.inStretches ? accumulator.running : [])),
    );
    const all = (): boolean => true;
    const isStretching = (register: Register): boolean => stretching.has(register);
    const isNotStretching = (register: Register): boolean => !stretching.has(register);
    const step = (pointer: Local, bytes: number): void => {
      if (bytes > 0) this.#fn.emit(pointer.set(i32.add(pointer.get, i32.const(bytes))));
    };
    return {
      rewind: () => {
        if (accumulators.length === 0) return;
        this.#fn.emit(
          this.#running.set(this.#base.get),
          this.#totals.set(i32.add(this.#base.get, i32.const(totalsStart))),
        );
      },
      advance: () => {
        step(this.#running, size);
        step(this.#totals, totalsSize);
      },
      saveStart: () => {
        transfer(save, running, isNotStretching, this.#running);
        transfer(save, totals, all, this.#totals);
      },
      loadTotals: () => transfer(load, totals, all, this.#totals),
      saveStretch: () => transfer(save, running, isStretching, this.#running),
      loadRunning: () => transfer(load, running, all, this.#running),
      saveRunning: () => transfer(save, running, all, this.#running),
      loadStretch: () => {
        transfer(load, running, isStretching, this.#running);
        transfer(load, totals, all, this.#totals);
      },
      saveTotals: () => transfer(save, totals, all, this.#totals),
      loadResults: () => {
        transfer(load, running, isNotStretching, this.#running);
        transfer(load, totals, all, this.#totals);
      },
    };
  }
}
