/**
 * @file Functions that multiply in registers: a column of tiles, from panels or from operands in place. They know
 * strides and counts, and nothing of whole contractions.
 */
import { bytesPerElement } from '../../dtype.ts';
import { block, branch, branchIf, type Code, FunctionBuilder, type Local, loop, when } from './assembler.ts';
import { type ProductType, vectorBytes } from './contract-product.ts';
import { f32x4, f64x2, i32, i32x4, i8x16, v128 } from './instructions.ts';
import { multiplyAdd } from './multiply-add.ts';

/** Constants of an outer-product tile; all strides are in bytes. */
export interface OuterTile {
  readonly dtype: ProductType;
  readonly rows: number;
  readonly vectors: number;
  /** How many columns there are; the last vector may have fewer than it could. */
  readonly columns: number;
  /** From row to row and from step to step of the inner loop, where the left operand is read in place. */
  readonly left: { readonly row: number; readonly step: number } | null;
  /** From step to step where the right operand is read in place; `table` if a table holds the position of each step. */
  readonly right: number | 'table' | null;
}

/** Constants of an inner-product tile; strides in bytes. */
export interface InnerTile {
  readonly dtype: ProductType;
  readonly rows: number;
  readonly columns: number;
  readonly leftRow: number;
  /** How many elements of the last vector of each stretch there are. */
  readonly rest: number;
}

const zero = v128.const(new Array<number>(16).fill(0));

/** How many vectors code can have at hand: one of sixteen is the engine's own. */
const registers = 15;

const adder = (dtype: ProductType): ((a: Code, b: Code) => Code) =>
  dtype === 'f32' ? f32x4.add : dtype === 'f64' ? f64x2.add : i32x4.add;

const move = (local: Local, step: number): Code =>
  step === 0 ? [] : local.set(i32.add(local.get, i32.const(step)));

/** Stores the first `bytes` of a vector. */
function storePart(address: Code, offset: number, vector: Code, bytes: number): Code {
  if (bytes === vectorBytes) return v128.store(address, offset, vector);
  return [
    bytes & 8 ? v128.store64Lane(address, offset, vector, 0) : [],
    bytes & 4 ? v128.store32Lane(address, offset + (bytes & 8), vector, bytes >> 3 === 1 ? 2 : 0) : [],
  ];
}

/**
 * (left, right, table, depth, target, target's row stride in bytes, number of tiles, whether to add): tiles one below
 * the other, that share their columns.
 */
export function outerTiles(name: string, tile: OuterTile, fused: boolean): FunctionBuilder {
  const fn = new FunctionBuilder(name, ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const [left, right, table, depth, target, stride, tiles, adds] = fn.parameters;
  const { dtype, rows, vectors, columns } = tile;
  const size = bytesPerElement(dtype);
  const splat = dtype === 'f64' ? v128.load64Splat : v128.load32Splat;
  const add = adder(dtype);
  const accumulate = multiplyAdd(dtype, fused);
  const leftStep = tile.left?.step ?? rows * size;
  const leftRow = tile.left?.row ?? size;
  const rightStep = tile.right ?? vectors * vectorBytes;
  // Few sums would wait for one another: then even and odd steps have sums of their own, if all find room in registers.
  const besides = vectors + (fused ? 1 : 2);
  const sets = 2 * rows * vectors + besides <= registers ? 2 : 1;
  const sums = Array.from({ length: sets }, () => fn.locals('v128', rows * vectors));
  const rightVectors = fn.locals('v128', vectors);
  const [element] = fn.locals('v128', 1);
  const [l, r, t, k, at] = fn.locals('i32', 5);

  // Offsets within an instruction are not negative, strides may be: then pointers start at the lowest row and move after
  // every step, not every other.
  const lowest = Math.min(0, leftRow * (rows - 1));
  const leftOffset = Math.max(0, leftStep);
  const rightOffset = rightStep === 'table' ? 0 : Math.max(0, rightStep);
  const step = (turn: number): Code => {
    const from = rightStep === 'table' ? at.get : r.get;
    return [
      turn === 1
        ? [move(l, leftStep - leftOffset), rightStep === 'table' ? [] : move(r, rightStep - rightOffset)]
        : [],
      rightStep === 'table' ? at.set(i32.add(r.get, i32.load(t.get, 4 * turn))) : [],
      rightVectors.map((vector, v) => vector.set(v128.load(from, turn * rightOffset + v * vectorBytes))),
      Array.from(
        { length: rows },
        (_, row): Code => [
          element.set(splat(l.get, turn * leftOffset + row * leftRow - lowest)),
          rightVectors.map((vector, v): Code => {
            const sum = sums[turn % sets]![row * vectors + v]!;
            return sum.set(accumulate(sum.get, element.get, vector.get));
          }),
        ],
      ),
    ];
  };
  const next = k.tee(i32.sub(k.get, i32.const(1)));
  // Leaving in the middle also keeps the engine from moving the loads of both steps before all arithmetic.
  const steps = block([
    loop([
      step(0),
      branchIf(i32.eqz(next), 1),
      step(1),
      move(l, leftStep + leftOffset),
      rightStep === 'table' ? move(t, 8) : move(r, rightStep + rightOffset),
      branchIf(next, 0),
    ]),
  ]);
  const total = (n: number): Code =>
    sets === 1 ? sums[0]![n]!.get : add(sums[0]![n]!.get, sums[1]![n]!.get);
  const lastBytes = columns * size - (vectors - 1) * vectorBytes;
  const store = (value: (n: number, offset: number) => Code): Code =>
    Array.from(
      { length: rows },
      (_, row): Code => [
        Array.from({ length: vectors }, (_, v): Code => {
          const offset = v * vectorBytes;
          const bytes = v < vectors - 1 ? vectorBytes : lastBytes;
          const result = value(row * vectors + v, offset);
          if (bytes === vectorBytes) return v128.store(target.get, offset, result);
          return [element.set(result), storePart(target.get, offset, element.get, bytes)];
        }),
        target.set(i32.add(target.get, stride.get)),
      ],
    );
  fn.emit(
    loop([
      l.set(i32.add(left.get, i32.const(lowest))),
      r.set(right.get),
      t.set(table.get),
      k.set(depth.get),
      sums.flat().map((sum) => sum.set(zero)),
      steps,
      block([
        block([branchIf(adds.get, 0), store((n) => total(n)), branch(1)]),
        store((n, offset) => add(total(n), v128.load(target.get, offset))),
      ]),
      tile.left === null
        ? left.set(i32.add(left.get, i32.mul(depth.get, i32.const(rows * size))))
        : move(left, rows * leftRow),
      branchIf(tiles.tee(i32.sub(tiles.get, i32.const(1))), 0),
    ]),
  );
  return fn;
}

/** Parameters of an inner-product function before those that say where each column starts. */
const innerParameters = ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'] as const;

/**
 * (left, positions of the stretches in the left operand, in the right one, number of stretches, vectors in each, target,
 * target's row stride in bytes, number of tiles, whether to add, then where each column starts): tiles one below the
 * other, that share their columns.
 */
export function innerTiles(name: string, tile: InnerTile, fused: boolean): FunctionBuilder {
  const { dtype, rows, columns, leftRow, rest } = tile;
  const columnStarts = Array.from({ length: columns }, () => 'i32' as const);
  const fn = new FunctionBuilder(name, [...innerParameters, ...columnStarts]);
  const [left, leftTable, rightTable, stretches, vectors, target, stride, tiles, adds, ...starts] =
    fn.parameters;
  const size = bytesPerElement(dtype);
  const accumulate = multiplyAdd(dtype, fused);
  const sums = fn.locals('v128', rows * columns);
  const right = fn.locals('v128', columns);
  const [line] = fn.locals('v128', 1);
  const [l, tableOffset, s, k] = fn.locals('i32', 4);
  const pointers = fn.locals('i32', columns);
  const lowest = Math.min(0, leftRow * (rows - 1));
  const mask = v128.const(Array.from({ length: vectorBytes }, (_, byte) => (byte < rest * size ? 255 : 0)));
  const step = (turn: number, isLast: boolean): Code => {
    const load = (address: Code, offset: number): Code => {
      const vector = v128.load(address, offset);
      return isLast ? v128.and(vector, mask) : vector;
    };
    return [
      right.map((vector, c) => vector.set(load(pointers[c]!.get, turn * vectorBytes))),
      Array.from(
        { length: rows },
        (_, row): Code => [
          line.set(load(l.get, turn * vectorBytes + row * leftRow - lowest)),
          right.map((vector, c): Code => {
            const sum = sums[row * columns + c]!;
            return sum.set(accumulate(sum.get, line.get, vector.get));
          }),
        ],
      ),
    ];
  };
  const advance = (bytes: number): Code => [l, ...pointers].map((pointer) => move(pointer, bytes));
  const next = k.tee(i32.sub(k.get, i32.const(1)));
  const whole = when(vectors.get, [
    k.set(vectors.get),
    block([
      loop([
        step(0, false),
        branchIf(i32.eqz(next), 1),
        step(1, false),
        advance(2 * vectorBytes),
        branchIf(next, 0),
      ]),
    ]),
  ]);
  const restStart = i32.mul(vectors.get, i32.const(vectorBytes));
  const table = (start: Local): Code => i32.load(i32.add(start.get, tableOffset.get), 0);
  const place = (after: Code): Code => [
    l.set(i32.add(i32.add(left.get, i32.const(lowest)), i32.add(table(leftTable), after))),
    pointers.map((pointer, c) => pointer.set(i32.add(starts[c]!.get, i32.add(table(rightTable), after)))),
  ];
  const stretchesCode = loop([
    place(i32.const(0)),
    whole,
    rest === 0 ? [] : [place(restStart), step(0, true)],
    move(tableOffset, 4),
    branchIf(s.tee(i32.sub(s.get, i32.const(1))), 0),
  ]);
  fn.emit(
    loop([
      sums.map((sum) => sum.set(zero)),
      tableOffset.set(i32.const(0)),
      s.set(stretches.get),
      stretchesCode,
      Array.from(
        { length: rows },
        (_, row): Code => [
          Array.from({ length: columns }, (_, c) =>
            storeTotal(dtype, target, c * size, sums[row * columns + c]!, adds),
          ),
          target.set(i32.add(target.get, stride.get)),
        ],
      ),
      move(left, rows * leftRow),
      branchIf(tiles.tee(i32.sub(tiles.get, i32.const(1))), 0),
    ]),
  );
  return fn;
}

/** Stores the sum of all lanes, or adds it to what stands there. */
function storeTotal(dtype: ProductType, target: Local, offset: number, sum: Local, adds: Local): Code {
  const add = adder(dtype);
  const rotated = (bytes: number): Code =>
    i8x16.shuffle(
      Array.from({ length: vectorBytes }, (_, k) => (k + bytes) % vectorBytes),
      sum.get,
      sum.get,
    );
  const store = dtype === 'f64' ? v128.store64Lane : v128.store32Lane;
  const load = dtype === 'f64' ? v128.load64Zero : v128.load32Zero;
  return [
    sum.set(add(sum.get, rotated(8))),
    dtype === 'f64' ? [] : sum.set(add(sum.get, rotated(4))),
    when(adds.get, sum.set(add(sum.get, load(target.get, offset)))),
    store(target.get, offset, sum.get, 0),
  ];
}
