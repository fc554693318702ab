/**
 * @file A contraction as WebAssembly: the loops around the tiles. What is packed and in what order the tiles are
 * visited stands in the product's normal form; how a tile is packed and multiplied, in functions that contractions share.
 */
import { branchIf, type Code, type Local, loop, type PairFunction, returns, when } from './assembler.ts';
import type { ContractFunctions } from './contract-functions.ts';
import { InnerProduct } from './contract-inner.ts';
import { OuterProduct } from './contract-outer.ts';
import { type Axis, extentOf, type Product, vectorBytes } from './contract-product.ts';
import {
  innerTableAxes,
  packsLeftOnce,
  packsSide,
  readsRightByTable,
  type Scratch,
  scratchOf,
} from './contract-scratch.ts';
import { i32, v128 } from './instructions.ts';
import { ramp } from './lanes.ts';
import { nest, TileLoops } from './tile-loops.ts';

/** Scratch memory of a contraction, in bytes, for each thread. */
export function contractScratchBytes(product: Product): number {
  return scratchOf(product).bytes;
}

/** Where a contraction's operands, result and scratch memory stand. */
export interface ContractMemory {
  readonly addressOf: (buffer: number) => number;
  /** The address of the result's first element. */
  readonly target: number;
  /** The scratch memory of the first thread, which those of the others follow. */
  readonly scratch: number;
}

/** Code that runs for finished results: those from one index to another, exclusive, along what the threads share. */
export type Finish = (start: Code, end: Code) => Code;

/** Results after which it is worth to finish them. */
const finishedElements = 8192;

/** Writes the code of one contraction into a function of a thread's number and the number of threads. */
export class ContractKernelWriter {
  readonly #fn: PairFunction;
  readonly #product: Product;
  readonly #functions: ContractFunctions;
  readonly #memory: ContractMemory;
  readonly #finish: Finish | null;
  readonly #scratch: Scratch;
  readonly #loops: TileLoops;

  constructor(
    fn: PairFunction,
    product: Product,
    functions: ContractFunctions,
    memory: ContractMemory,
    finish: Finish | null,
  ) {
    this.#fn = fn;
    this.#product = product;
    this.#functions = functions;
    this.#memory = memory;
    this.#finish = finish;
    this.#scratch = scratchOf(product);
    this.#loops = new TileLoops(fn, product);
  }

  write(): void {
    const { batch, left, right, share, rows, columns, method } = this.#product;
    const [thread] = this.#fn.parameters;
    this.#fn.emit(
      when(i32.geS(this.#loops.start.get, this.#loops.end.get), returns),
      this.#loops.base.set(
        i32.add(i32.const(this.#memory.scratch), i32.mul(thread.get, i32.const(this.#scratch.bytes))),
      ),
    );
    const innerAxes = innerTableAxes(this.#product);
    if (packsSide(this.#product, 'left')) this.#table(this.#scratch.rows, rows, 'left');
    if (packsSide(this.#product, 'left') || method.kind === 'inner')
      this.#table(this.#scratch.innerLeft, innerAxes, 'left');
    if (readsRightByTable(this.#product)) this.#table(this.#scratch.innerRight, innerAxes, 'right');
    if (packsSide(this.#product, 'right') || method.kind === 'inner')
      this.#table(this.#scratch.columns, columns, 'right');

    const [a, b, c] = this.#loops.locals(3);
    const counters = this.#loops.locals(batch.length);
    const position = (start: number, which: 'left' | 'right' | 'out'): Code =>
      counters.reduce<Code>(
        (sum, counter, k) =>
          batch[k]![which] === 0
            ? sum
            : i32.add(sum, i32.mul(counter.get, this.#loops.bytes(batch[k]![which]))),
        i32.const(start),
      );
    const start = ({ buffer, offset }: { buffer: number; offset: number }): number =>
      this.#memory.addressOf(buffer) + offset * this.#loops.size;
    const [multiply, packFirst] = this.#method(a, b, c);
    const one: Code = [
      a.set(position(start(left), 'left')),
      b.set(position(start(right), 'right')),
      c.set(position(this.#memory.target, 'out')),
      multiply,
    ];
    this.#fn.emit(a.set(i32.const(start(left))), packFirst);
    const [first, ...others] = counters;
    const [firstAxis, ...otherAxes] = batch;
    const around = nest(
      others,
      otherAxes.map(({ extent }) => extent),
      one,
    );
    if (first === undefined || firstAxis === undefined) this.#fn.emit(around);
    else if (share !== 'batch') this.#fn.emit(nest([first], [firstAxis.extent], around));
    else {
      const last = this.#loops.locals(1)[0];
      this.#fn.emit(
        first.set(this.#loops.start.get),
        last.set(this.#loops.start.get),
        loop([
          around,
          first.set(i32.add(first.get, i32.const(1))),
          this.#finishBatch(first, last),
          branchIf(i32.ltS(first.get, this.#loops.end.get), 0),
        ]),
      );
    }
    if (this.#finish !== null && share !== 'batch' && !this.#finishesBlocks()) {
      const place = (tile: Local): Code =>
        share === 'rows' ? this.#loops.rowOf(tile.get) : this.#loops.columnOf(tile);
      this.#fn.emit(this.#finish(place(this.#loops.start), place(this.#loops.end)));
    }
  }

  /** The code of one matrix product, and what is packed before all of them. */
  #method(a: Local, b: Local, c: Local): [multiply: Code, packFirst: Code] {
    const { method } = this.#product;
    if (method.kind === 'inner') {
      return [new InnerProduct(this.#loops, this.#functions, this.#scratch).multiply(method, a, b, c), []];
    }
    const finish = this.#finishesBlocks() ? this.#finish : null;
    const outer = new OuterProduct(this.#loops, this.#functions, this.#scratch, finish);
    return [
      outer.multiply(method, a, b, c),
      packsLeftOnce(this.#product) ? outer.packLeftOnce(method, a) : [],
    ];
  }

  /** Finishes what was computed along the first batch axis, when it is enough or all. */
  #finishBatch(done: Local, last: Local): Code {
    if (this.#finish === null) return [];
    const { batch, rows, columns } = this.#product;
    const each = extentOf([...batch.slice(1), ...rows, ...columns]);
    const isDue = i32.geS(
      i32.sub(done.get, last.get),
      i32.const(Math.max(1, Math.floor(finishedElements / each))),
    );
    return when(i32.or(isDue, i32.eq(done.get, this.#loops.end.get)), [
      this.#finish(last.get, done.get),
      last.set(done.get),
    ]);
  }

  /** Whether results are finished after each block of rows. */
  #finishesBlocks(): boolean {
    const { batch, share, method } = this.#product;
    return share === 'rows' && batch.length === 0 && method.kind === 'outer';
  }

  /** Writes the byte position of every point of some loops, and up to three entries more. */
  #table(offset: number, axes: readonly Axis[], which: 'left' | 'right'): void {
    const outer = axes.slice(0, -1);
    const last = axes.at(-1) ?? { extent: 1, left: 0, right: 0 };
    const counters = this.#loops.locals(outer.length);
    const [at, end, position] = this.#loops.locals(3);
    const start = counters.reduce<Code>(
      (sum, counter, k) => i32.add(sum, i32.mul(counter.get, this.#loops.bytes(outer[k]![which]))),
      i32.const(0),
    );
    const step = last[which] * this.#loops.size;
    // Four at a time; what stands beyond the end is written over by what follows.
    const line: Code = [
      position.set(start),
      end.set(i32.add(at.get, i32.const(4 * last.extent))),
      loop([
        v128.store(at.get, 0, ramp(position.get, step).parts[0]!),
        position.set(i32.add(position.get, i32.const(4 * step))),
        branchIf(i32.ltU(at.tee(i32.add(at.get, i32.const(vectorBytes))), end.get), 0),
      ]),
      at.set(end.get),
    ];
    this.#fn.emit(
      at.set(this.#loops.at(offset)),
      nest(
        counters,
        outer.map(({ extent }) => extent),
        line,
      ),
    );
  }
}
