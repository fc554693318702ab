/**
 * @file The memory in which the sums of a block of columns wait between rows: one record per vector of columns for what
 * every row changes, and one for what only the ends of stretches change.
 */
import { type Accumulator, createAccumulators } from './accumulators.ts';
import { FunctionBuilder, type Local, type PairFunction } from './assembler.ts';
import type { MemoryMap } from './expression-code.ts';
import type { FoldedPhase } from './foldings.ts';
import { i32, v128 } from './instructions.ts';
import { laneCount, type Register, splatConstant } from './lanes.ts';
import type { SumKeeper } from './phase-writer.ts';

/** How many columns are walked together: two pages of f32, and few enough for their sums to stay in the first cache. */
export const columnsPerBlock = 1024;

const vectorsPerBlock = columnsPerBlock / laneCount;
const registerBytes = 16;

const bytesOf = (registers: readonly Register[]): number =>
  registers.reduce((bytes, { locals }) => bytes + locals.length * registerBytes, 0);

/** How many bytes the reductions of some phases need, of one phase at a time. */
export function columnScratchBytes(phases: readonly FoldedPhase[]): number {
  const records = phases.map(({ foldings }) => {
    const fn = new FunctionBuilder('', []);
    const accumulators = createAccumulators(fn, foldings, 1, ({ dtype }) => splatConstant(0, dtype), false);
    return bytesOf(accumulators.flatMap(({ running, totals }) => [...running, ...totals]));
  });
  return Math.max(...records) * vectorsPerBlock;
}

/** Where a register's local waits. */
interface Place {
  readonly register: Register;
  readonly local: Local;
  readonly pointer: Local;
  readonly offset: number;
}

const nothing = (): void => undefined;

export class ColumnScratch {
  readonly #fn: PairFunction;
  readonly #base: Local;
  readonly #running: Local;
  readonly #totals: Local;

  /** @param phases all that use it, one after the other */
  constructor(fn: PairFunction, memory: MemoryMap, phases: readonly FoldedPhase[]) {
    this.#fn = fn;
    [this.#base, this.#running, this.#totals] = fn.locals('i32', 3);
    const own = i32.mul(fn.parameters[0].get, i32.const(columnScratchBytes(phases)));
    fn.emit(this.#base.set(i32.add(own, i32.const(memory.scratch))));
  }

  /**
   * Keeps the sums of a phase.
   * @param loopNumber the loop along the columns
   * @param columns emits a loop over all vectors of the block
   */
  keeper(
    { results }: FoldedPhase,
    accumulators: readonly Accumulator[],
    loopNumber: number,
    columns: (body: () => void) => void,
  ): SumKeeper {
    const running = accumulators.flatMap((accumulator) => accumulator.running);
    const totals = accumulators.flatMap((accumulator) => accumulator.totals);
    const [size, totalsSize] = [bytesOf(running), bytesOf(totals)];
    const inStretches = accumulators.filter((accumulator) => accumulator.inStretches);
    const stretching = inStretches.flatMap((accumulator) => accumulator.running);
    const steady = running.filter((register) => !stretching.includes(register));

    const rewind = (): void => {
      if (accumulators.length === 0) return;
      const behind = i32.add(this.#base.get, i32.const(size * vectorsPerBlock));
      this.#fn.emit(this.#running.set(this.#base.get), this.#totals.set(behind));
    };
    const advance = (pointer: Local, bytes: number): void => {
      if (bytes > 0) this.#fn.emit(pointer.set(i32.add(pointer.get, i32.const(bytes))));
    };
    const placed = (registers: readonly Register[], pointer: Local): Place[] =>
      registers
        .flatMap((register) => register.locals.map((local) => ({ register, local })))
        .map((each, number) => ({ ...each, pointer, offset: number * registerBytes }));
    const places = [...placed(running, this.#running), ...placed(totals, this.#totals)];
    const placesOf = (registers: readonly Register[]): Place[] =>
      places.filter(({ register }) => registers.includes(register));
    /** Code for every vector of columns, with some registers loaded before and some saved behind it. */
    const around =
      (loaded: readonly Register[], saved: readonly Register[]) =>
      (emit: () => void): void => {
        rewind();
        columns(() => {
          for (const { local, pointer, offset } of placesOf(loaded))
            this.#fn.emit(local.set(v128.load(pointer.get, offset)));
          emit();
          for (const { local, pointer, offset } of placesOf(saved))
            this.#fn.emit(v128.store(pointer.get, offset, local.get));
          advance(this.#running, size);
          advance(this.#totals, totalsSize);
        });
      };
    return {
      loops: [loopNumber],
      start: accumulators.length === 0 ? nothing : around([], [...steady, ...totals]),
      begin: around(totals, stretching),
      step: around(running, running),
      end: around([...stretching, ...totals], totals),
      result: results.length === 0 ? nothing : around([...steady, ...totals], []),
    };
  }
}
