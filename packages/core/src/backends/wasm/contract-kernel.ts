/**
 * @file A contraction as WebAssembly: both operands are packed into panels, whatever their layout, so that all
 * transpositions and windows run alike, and multiplied tile by tile. How a tile is packed and multiplied stands in
 * contract-functions.ts.
 */
import { bytesPerElement } from '../../dtype.ts';
import { sizeOf } from '../../shape.ts';
import type { ContractKernel } from '../../compile/kernel.ts';
import {
  block,
  branch,
  branchIf,
  type Code,
  type FunctionBuilder,
  type Local,
  loop,
  returns,
  when,
} from './assembler.ts';
import {
  type ContractFunctions,
  type FloatType,
  panelWidth,
  tileColumns,
  vectorBytes,
} from './contract-functions.ts';
import { f32, f64, i32 } from './instructions.ts';

/** How much of the inner loop and of the columns is packed at once. */
const blockInner = 256;
const blockColumns = 256;

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/** Scratch memory of a contraction, in bytes. */
export function contractScratchBytes(kernel: ContractKernel): number {
  return scratchLayout(kernel, 0).end;
}

interface Scratch {
  readonly rows: number;
  readonly columns: number;
  readonly innerLeft: number;
  readonly innerRight: number;
  readonly leftPanel: number;
  readonly rightPanel: number;
  readonly tile: number;
  readonly end: number;
}

/** Tables of byte positions (one i32 for each row, column and inner step), the panels, and one tile. */
function scratchLayout({ dtype, rows, columns, inner }: ContractKernel, start: number): Scratch {
  const size = bytesPerElement(dtype);
  const depth = Math.min(blockInner, sizeOf(inner));
  let next = start;
  const take = (bytes: number): number => {
    const at = next;
    next += roundUp(bytes, vectorBytes);
    return at;
  };
  return {
    rows: take(4 * sizeOf(rows)),
    columns: take(4 * sizeOf(columns)),
    innerLeft: take(4 * sizeOf(inner)),
    innerRight: take(4 * sizeOf(inner)),
    leftPanel: take(panelWidth * depth * size),
    rightPanel: take(roundUp(Math.min(blockColumns, sizeOf(columns)), 8) * depth * size),
    tile: take(panelWidth * 2 * vectorBytes),
    end: next,
  };
}

/** Writes the code of one contraction into a function: the products go to `target`, in row-major order per batch item. */
export class ContractKernelWriter {
  readonly #fn: FunctionBuilder;
  readonly #kernel: ContractKernel;
  readonly #functions: ContractFunctions;
  readonly #addressOf: (buffer: number) => number;
  readonly #scratch: Scratch;
  readonly #target: number;
  readonly #dtype: FloatType;

  constructor(
    fn: FunctionBuilder,
    kernel: ContractKernel,
    functions: ContractFunctions,
    addressOf: (buffer: number) => number,
    scratch: number,
    target: number,
  ) {
    this.#fn = fn;
    this.#kernel = kernel;
    this.#functions = functions;
    this.#addressOf = addressOf;
    this.#scratch = scratchLayout(kernel, scratch);
    this.#target = target;
    this.#dtype = kernel.dtype === 'f64' ? 'f64' : 'f32';
  }

  /** The function's parameters are the number of this thread and that of all threads; the first does everything. */
  write(): void {
    this.#fn.emit(when(this.#fn.parameters[0]!.get, returns));
    const { left, right, rows, columns, inner, batch } = this.#kernel;
    const size = bytesPerElement(this.#dtype);
    this.#table(this.#scratch.rows, rows, left.rows);
    this.#table(this.#scratch.columns, columns, right.columns);
    this.#table(this.#scratch.innerLeft, inner, left.columns);
    this.#table(this.#scratch.innerRight, inner, right.rows);
    const [a, b, c] = [this.#fn.local('i32'), this.#fn.local('i32'), this.#fn.local('i32')];
    const counters = batch.map(() => this.#fn.local('i32'));
    const productBytes = sizeOf(rows) * sizeOf(columns) * size;
    const position = (base: number, strides: readonly number[]): Code =>
      counters.reduce<Code>(
        (sum, counter, k) => i32.add(sum, i32.mul(counter.get, i32.const(strides[k]! * size))),
        i32.const(base),
      );
    this.#fn.emit(c.set(i32.const(this.#target)));
    this.#fn.emit(
      nest(counters, batch, [
        a.set(position(this.#addressOf(left.buffer) + left.offset * size, left.batch)),
        b.set(position(this.#addressOf(right.buffer) + right.offset * size, right.batch)),
        this.#product(a, b, c),
        c.set(i32.add(c.get, i32.const(productBytes))),
      ]),
    );
  }

  /** Writes the byte position of every point of a group of loops. */
  #table(address: number, extents: readonly number[], strides: readonly number[]): void {
    const size = bytesPerElement(this.#dtype);
    const counters = extents.map(() => this.#fn.local('i32'));
    const at = this.#fn.local('i32');
    const position = counters.reduce<Code>(
      (sum, counter, k) => i32.add(sum, i32.mul(counter.get, i32.const(strides[k]! * size))),
      i32.const(0),
    );
    this.#fn.emit(
      at.set(i32.const(address)),
      nest(counters, extents, [i32.store(at.get, 0, position), at.set(i32.add(at.get, i32.const(4)))]),
    );
  }

  /** One matrix product. */
  #product(a: Local, b: Local, c: Local): Code {
    const { rows, columns, inner, left, right } = this.#kernel;
    const [rowCount, columnCount, innerCount] = [sizeOf(rows), sizeOf(columns), sizeOf(inner)];
    const size = bytesPerElement(this.#dtype);
    const width = tileColumns(this.#dtype);
    const { innerLeft, innerRight, leftPanel, rightPanel, tile } = this.#scratch;
    const [column, depthAt, row, panel] = Array.from({ length: 4 }, () => this.#fn.local('i32')) as [
      Local,
      Local,
      Local,
      Local,
    ];
    const [columnEnd, depth, packed, target, adds] = Array.from({ length: 5 }, () =>
      this.#fn.local('i32'),
    ) as [Local, Local, Local, Local, Local];
    const table = (address: number, index: Code): Code =>
      i32.add(i32.const(address), i32.shl(index, i32.const(2)));
    const least = (x: Code, most: number, local: Local): Code => [
      local.set(x),
      when(i32.gtS(local.get, i32.const(most)), local.set(i32.const(most))),
    ];
    const rowBytes = columnCount * size;

    const packRight: Code = [
      packed.set(i32.const(rightPanel)),
      panel.set(column.get),
      loop([
        ...Array.from({ length: width / panelWidth }, (_, part): Code => {
          const first = i32.add(panel.get, i32.const(part * panelWidth));
          return this.#functions.pack(this.#dtype, ascends(inner, right.rows), [
            b.get,
            table(this.#scratch.columns, first),
            i32.sub(i32.const(columnCount), first),
            table(innerRight, depthAt.get),
            depth.get,
            i32.add(packed.get, i32.const(part * panelWidth * size)),
            i32.const(width * size),
          ]);
        }),
        packed.set(i32.add(packed.get, i32.mul(depth.get, i32.const(width * size)))),
        branchIf(i32.ltS(panel.tee(i32.add(panel.get, i32.const(width))), columnEnd.get), 0),
      ]),
    ];

    const copied = this.#copyTile(target, { row, panel, rowCount, columnCount, tile, width, adds, rowBytes });
    const isWhole = i32.and(
      i32.leS(i32.add(row.get, i32.const(panelWidth)), i32.const(rowCount)),
      i32.leS(i32.add(panel.get, i32.const(width)), i32.const(columnCount)),
    );
    const tiles: Code = [
      packed.set(i32.const(rightPanel)),
      panel.set(column.get),
      target.set(
        i32.add(c.get, i32.add(i32.mul(row.get, i32.const(rowBytes)), i32.mul(column.get, i32.const(size)))),
      ),
      loop([
        block([
          block([
            branchIf(i32.eqz(isWhole), 0),
            this.#functions.tile(this.#dtype, [
              i32.const(leftPanel),
              packed.get,
              depth.get,
              target.get,
              i32.const(rowBytes),
              adds.get,
            ]),
            branch(1),
          ]),
          this.#functions.tile(this.#dtype, [
            i32.const(leftPanel),
            packed.get,
            depth.get,
            i32.const(tile),
            i32.const(2 * vectorBytes),
            i32.const(0),
          ]),
          copied,
        ]),
        packed.set(i32.add(packed.get, i32.mul(depth.get, i32.const(width * size)))),
        target.set(i32.add(target.get, i32.const(width * size))),
        branchIf(i32.ltS(panel.tee(i32.add(panel.get, i32.const(width))), columnEnd.get), 0),
      ]),
    ];

    return [
      column.set(i32.const(0)),
      loop([
        least(i32.add(column.get, i32.const(blockColumns)), columnCount, columnEnd),
        depthAt.set(i32.const(0)),
        adds.set(i32.const(0)),
        loop([
          least(i32.sub(i32.const(innerCount), depthAt.get), Math.min(blockInner, innerCount), depth),
          packRight,
          row.set(i32.const(0)),
          loop([
            this.#functions.pack(this.#dtype, ascends(inner, left.columns), [
              a.get,
              table(this.#scratch.rows, row.get),
              i32.sub(i32.const(rowCount), row.get),
              table(innerLeft, depthAt.get),
              depth.get,
              i32.const(leftPanel),
              i32.const(panelWidth * size),
            ]),
            tiles,
            branchIf(i32.ltS(row.tee(i32.add(row.get, i32.const(panelWidth))), i32.const(rowCount)), 0),
          ]),
          adds.set(i32.const(1)),
          branchIf(i32.ltS(depthAt.tee(i32.add(depthAt.get, depth.get)), i32.const(innerCount)), 0),
        ]),
        branchIf(i32.ltS(column.tee(columnEnd.get), i32.const(columnCount)), 0),
      ]),
    ];
  }

  /** Copies or adds that part of a tile which lies inside the product. */
  #copyTile(
    target: Local,
    {
      row,
      panel,
      rowCount,
      columnCount,
      tile,
      width,
      adds,
      rowBytes,
    }: {
      row: Local;
      panel: Local;
      rowCount: number;
      columnCount: number;
      tile: number;
      width: number;
      adds: Local;
      rowBytes: number;
    },
  ): Code {
    const size = bytesPerElement(this.#dtype);
    const { load, store } = this.#dtype === 'f32' ? f32 : f64;
    const add = (x: Code, y: Code): Code => (this.#dtype === 'f32' ? f32.add(x, y) : f64.add(x, y));
    const code: Code[] = [];
    for (let r = 0; r < panelWidth; r++) {
      for (let k = 0; k < width; k++) {
        const offset = r * rowBytes + k * size;
        const value = load(i32.const(tile), r * 2 * vectorBytes + k * size);
        const isInside = i32.and(
          i32.ltS(i32.add(row.get, i32.const(r)), i32.const(rowCount)),
          i32.ltS(i32.add(panel.get, i32.const(k)), i32.const(columnCount)),
        );
        code.push(
          when(isInside, [
            block([
              block([branchIf(adds.get, 0), store(target.get, offset, value), branch(1)]),
              store(target.get, offset, add(value, load(target.get, offset))),
            ]),
          ]),
        );
      }
    }
    return code;
  }
}

/** Nested loops over counters from 0; the extents are positive. */
function nest(counters: readonly Local[], extents: readonly number[], body: Code): Code {
  return counters.reduceRight<Code>(
    (inside, counter, k) => [
      counter.set(i32.const(0)),
      loop([
        inside,
        branchIf(i32.ltS(counter.tee(i32.add(counter.get, i32.const(1))), i32.const(extents[k]!)), 0),
      ]),
    ],
    body,
  );
}

/** Whether positions only grow from one point of a group of loops to the next. */
function ascends(extents: readonly number[], strides: readonly number[]): boolean {
  let reach = 0;
  for (let k = extents.length - 1; k >= 0; k--) {
    if (extents[k] === 1) continue;
    if (strides[k]! <= reach) return false;
    reach += strides[k]! * (extents[k]! - 1);
  }
  return true;
}
