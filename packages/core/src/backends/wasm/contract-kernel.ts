/**
 * @file A contraction as WebAssembly: both operands are packed into panels, whatever their layout, so that all
 * transpositions and windows run alike, and multiplied in register tiles of 4 rows and 2 vectors.
 */
import { bytesPerElement } from '../../dtype.ts';
import { sizeOf } from '../../shape.ts';
import type { ContractKernel } from '../../compile/kernel.ts';
import {
  block,
  branchIf,
  type Code,
  FunctionBuilder,
  type Local,
  loop,
  type ModuleBuilder,
  when,
} from './assembler.ts';
import { f32, f32x4, f64, f64x2, i32, i8x16, v128 } from './instructions.ts';

type FloatType = 'f32' | 'f64';

/** Rows of a tile, and elements of a packed panel across its depth. */
const panelWidth = 4;

/** How much of the inner loop and of the columns is packed at once. */
const blockInner = 256;
const blockColumns = 256;

const vectorBytes = 16;

/** Columns of a tile: two vectors. */
const tileColumns = (dtype: FloatType): number => (2 * vectorBytes) / bytesPerElement(dtype);

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

/** The functions that all contractions of a module and dtype share. */
export class ContractFunctions {
  readonly #module: ModuleBuilder;
  readonly #fused: boolean;
  readonly #made = new Map<string, FunctionBuilder>();

  /** @param fused whether products are added in one rounding, where the machine can */
  constructor(module: ModuleBuilder, fused: boolean) {
    this.#module = module;
    this.#fused = fused;
  }

  #once(name: string, make: () => FunctionBuilder): FunctionBuilder {
    let fn = this.#made.get(name);
    if (fn === undefined) {
      fn = make();
      this.#made.set(name, fn);
      this.#module.add(fn);
    }
    return fn;
  }

  tile(dtype: FloatType, operands: readonly Code[]): Code {
    return this.#module.call(
      this.#once(`tile-${dtype}`, () => tileFunction(dtype, this.#fused)),
      operands,
    );
  }

  pack(dtype: FloatType, operands: readonly Code[]): Code {
    return this.#module.call(
      this.#once(`pack-${dtype}`, () => packFunction(dtype)),
      operands,
    );
  }
}

const pointer = (base: Local, step: number): Code => base.set(i32.add(base.get, i32.const(step)));

/**
 * (left panel, right panel, depth, target, target's row stride in bytes, whether to add): one tile of 4 rows.
 */
function tileFunction(dtype: FloatType, fused: boolean): FunctionBuilder {
  const fn = new FunctionBuilder(`tile-${dtype}`, ['i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const [left, right, depth, target, stride, adds] = fn.parameters as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const { add, mul, relaxedMadd } = dtype === 'f32' ? f32x4 : f64x2;
  const splat = dtype === 'f32' ? v128.load32Splat : v128.load64Splat;
  const size = bytesPerElement(dtype);
  const sums = Array.from({ length: 2 * panelWidth }, () => fn.local('v128'));
  const columns = [fn.local('v128'), fn.local('v128')] as const;
  const row = fn.local('v128');
  const zero = v128.const(new Array<number>(16).fill(0));
  fn.emit(...sums.map((sum) => sum.set(zero)));
  const products = Array.from(
    { length: panelWidth },
    (_, r): Code => [
      row.set(splat(left.get, r * size)),
      ...columns.map((column, c): Code => {
        const sum = sums[2 * r + c]!;
        return sum.set(
          fused ? relaxedMadd(row.get, column.get, sum.get) : add(sum.get, mul(row.get, column.get)),
        );
      }),
    ],
  );
  fn.emit(
    loop([
      ...columns.map((column, c) => column.set(v128.load(right.get, c * vectorBytes))),
      ...products,
      pointer(left, panelWidth * size),
      pointer(right, 2 * vectorBytes),
      branchIf(depth.tee(i32.sub(depth.get, i32.const(1))), 0),
    ]),
  );
  const store = (value: (sum: Local, offset: number) => Code): Code =>
    Array.from(
      { length: panelWidth },
      (_, r): Code => [
        ...[0, 1].map((c) =>
          v128.store(target.get, c * vectorBytes, value(sums[2 * r + c]!, c * vectorBytes)),
        ),
        ...(r < panelWidth - 1 ? [target.set(i32.add(target.get, stride.get))] : []),
      ],
    );
  fn.emit(
    block([
      block([branchIf(adds.get, 0), store((sum) => sum.get), [0x0c, 1]]),
      store((sum, offset) => add(sum.get, v128.load(target.get, offset))),
    ]),
  );
  return fn;
}

/**
 * (source, positions of 4 lines, how many of them exist, positions along the depth, depth, target, target's step): packs
 * 4 lines side by side, zeros for those that do not exist.
 */
function packFunction(dtype: FloatType): FunctionBuilder {
  const fn = new FunctionBuilder(`pack-${dtype}`, ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const [source, lines, count, inner, depth, target, step] = fn.parameters as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const size = bytesPerElement(dtype);
  const [load, store] = dtype === 'f32' ? [f32.load, f32.store] : [f64.load, f64.store];
  const zero = dtype === 'f32' ? f32.const(0) : f64.const(0);
  const k = fn.local('i32');
  const at = fn.local('i32');
  const starts = Array.from({ length: panelWidth }, () => fn.local('i32'));
  const lineAt = (line: number): Code => i32.add(source.get, i32.load(lines.get, 4 * line));
  const innerAt = (offset: number): Code =>
    i32.load(i32.add(inner.get, i32.shl(k.get, i32.const(2))), offset);
  const advance: Code = [
    target.set(i32.add(target.get, step.get)),
    branchIf(i32.ltS(k.tee(i32.add(k.get, i32.const(1))), depth.get), 0),
  ];
  const eachStep = (body: Code): Code => [k.set(i32.const(0)), loop([at.set(innerAt(0)), body, advance])];
  const adjacent = i32.eq(i32.sub(starts[3]!.get, starts[0]!.get), i32.const(3 * size));
  const copyAdjacent = eachStep(
    Array.from({ length: (panelWidth * size) / vectorBytes }, (_, v) =>
      v128.store(target.get, v * vectorBytes, v128.load(i32.add(starts[0]!.get, at.get), v * vectorBytes)),
    ),
  );
  const copyEach = eachStep(
    starts.map((start, line) => store(target.get, line * size, load(i32.add(start.get, at.get), 0))),
  );
  const isLast = (line: number): Code => i32.gtS(count.get, i32.const(line));
  const copySome = eachStep(
    starts.map(
      (start, line): Code => [
        store(target.get, line * size, zero),
        when(isLast(line), store(target.get, line * size, load(i32.add(start.get, at.get), 0))),
      ],
    ),
  );
  const lastPosition = i32.load(
    i32.add(inner.get, i32.shl(i32.sub(depth.get, i32.const(1)), i32.const(2))),
    0,
  );
  const span = i32.sub(lastPosition, i32.load(inner.get, 0));
  const isRun = i32.eq(span, i32.mul(i32.sub(depth.get, i32.const(1)), i32.const(size)));
  fn.emit(
    block([
      ...starts.map(
        (start, line): Code => [start.set(source.get), when(isLast(line), start.set(lineAt(line)))],
      ),
      block([branchIf(i32.geS(count.get, i32.const(panelWidth)), 0), copySome, [0x0c, 1]]),
      block([branchIf(i32.eqz(adjacent), 0), copyAdjacent, [0x0c, 1]]),
      ...(dtype === 'f32'
        ? [
            block([
              branchIf(i32.eqz(i32.and(isRun, i32.geS(depth.get, i32.const(4)))), 0),
              transposeRuns(fn, { starts, inner, depth, target, step, k, at }),
              [0x0c, 1],
            ]),
          ]
        : []),
      copyEach,
    ]),
  );
  return fn;
}

interface PackState {
  readonly starts: readonly Local[];
  readonly inner: Local;
  readonly depth: Local;
  readonly target: Local;
  readonly step: Local;
  readonly k: Local;
  readonly at: Local;
}

/** Four lines of f32 that each lie in a row: four steps at a time by transposing 4 × 4 elements, then the rest. */
function transposeRuns(fn: FunctionBuilder, { starts, inner, depth, target, step, k, at }: PackState): Code {
  const lines = starts.map(() => fn.local('v128'));
  const [a, b, c, d] = lines as [Local, Local, Local, Local];
  const pairs = Array.from({ length: 4 }, () => fn.local('v128')) as [Local, Local, Local, Local];
  const low = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
  const high = [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31];
  const first = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
  const second = [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31];
  const [ab0, ab1, cd0, cd1] = pairs;
  const steps: Code[] = [
    i8x16.shuffle(first, ab0.get, cd0.get),
    i8x16.shuffle(second, ab0.get, cd0.get),
    i8x16.shuffle(first, ab1.get, cd1.get),
    i8x16.shuffle(second, ab1.get, cd1.get),
  ];
  const position = i32.add(i32.load(inner.get, 0), i32.shl(k.get, i32.const(2)));
  return [
    k.set(i32.const(0)),
    block([
      loop([
        branchIf(i32.gtS(i32.add(k.get, i32.const(4)), depth.get), 1),
        at.set(position),
        ...lines.map((line, index) => line.set(v128.load(i32.add(starts[index]!.get, at.get), 0))),
        ab0.set(i8x16.shuffle(low, a.get, b.get)),
        ab1.set(i8x16.shuffle(high, a.get, b.get)),
        cd0.set(i8x16.shuffle(low, c.get, d.get)),
        cd1.set(i8x16.shuffle(high, c.get, d.get)),
        ...steps.map(
          (vector): Code => [v128.store(target.get, 0, vector), target.set(i32.add(target.get, step.get))],
        ),
        k.set(i32.add(k.get, i32.const(4))),
        [0x0c, 0],
      ]),
    ]),
    block([
      loop([
        branchIf(i32.geS(k.get, depth.get), 1),
        at.set(position),
        ...starts.map((start, line) =>
          f32.store(target.get, line * 4, f32.load(i32.add(start.get, at.get), 0)),
        ),
        target.set(i32.add(target.get, step.get)),
        k.set(i32.add(k.get, i32.const(1))),
        [0x0c, 0],
      ]),
    ]),
  ];
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

  write(): void {
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
    const { rows, columns, inner } = this.#kernel;
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
          return this.#functions.pack(this.#dtype, [
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
            [0x0c, 1],
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
            this.#functions.pack(this.#dtype, [
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
              block([branchIf(adds.get, 0), store(target.get, offset, value), [0x0c, 1]]),
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
