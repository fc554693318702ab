/**
 * @file Matrix products with lanes along the inner loop, along which both operands are contiguous: nothing is packed.
 */
import { branchIf, type Code, type Local, loop } from './assembler.ts';
import type { ContractFunctions } from './contract-functions.ts';
import { extentOf, type Method, strideOf, vectorBytes } from './contract-product.ts';
import type { Scratch } from './contract-scratch.ts';
import { i32 } from './instructions.ts';
import type { TileLoops } from './tile-loops.ts';

export class InnerProduct {
  readonly #loops: TileLoops;
  readonly #functions: ContractFunctions;
  readonly #scratch: Scratch;

  constructor(loops: TileLoops, functions: ContractFunctions, scratch: Scratch) {
    this.#loops = loops;
    this.#functions = functions;
    this.#scratch = scratch;
  }

  /** One matrix product, lanes along the inner loop. */
  multiply(method: Method & { kind: 'inner' }, a: Local, b: Local, c: Local): Code {
    const { inner } = this.#loops.product;
    const [adds, at, count, leftAt, rightAt] = this.#loops.locals(5);
    const { stretch, stretches } = method;
    if (inner.length > 1) {
      const all = extentOf(inner.slice(0, -1));
      return [
        at.set(i32.const(0)),
        adds.set(i32.const(0)),
        leftAt.set(a.get),
        rightAt.set(b.get),
        loop([
          count.set(i32.sub(i32.const(all), at.get)),
          this.#loops.atMost(count, stretches),
          this.#innerPass({ length: stretch, at, count, leftAt, rightAt, adds, c }),
          adds.set(i32.const(1)),
          branchIf(i32.ltS(at.tee(i32.add(at.get, count.get)), i32.const(all)), 0),
        ]),
      ];
    }
    const whole = Math.floor(extentOf(inner) / stretch);
    const rest = extentOf(inner) % stretch;
    const [turns] = this.#loops.locals(1);
    const pass = (length: number): Code => [
      this.#innerPass({ length, at, count, leftAt, rightAt, adds, c }),
      leftAt.set(i32.add(leftAt.get, this.#loops.bytes(length))),
      rightAt.set(i32.add(rightAt.get, this.#loops.bytes(length))),
      adds.set(i32.const(1)),
    ];
    return [
      at.set(i32.const(0)),
      count.set(i32.const(1)),
      adds.set(i32.const(0)),
      leftAt.set(a.get),
      rightAt.set(b.get),
      turns.set(i32.const(whole)),
      loop([pass(stretch), branchIf(turns.tee(i32.sub(turns.get, i32.const(1))), 0)]),
      rest > 0 ? pass(rest) : [],
    ];
  }

  /** Some stretches of the inner loop. */
  #innerPass({
    length,
    at,
    count,
    leftAt,
    rightAt,
    adds,
    c,
  }: {
    length: number;
    at: Local;
    count: Local;
    leftAt: Local;
    rightAt: Local;
    adds: Local;
    c: Local;
  }): Code {
    const { dtype, rows, rowTiling } = this.#loops.product;
    const lanes = vectorBytes / this.#loops.size;
    const leftRow = (strideOf(rows, 'left') ?? 0) * this.#loops.size;
    const outRow = (rows.at(-1)?.out ?? 0) * this.#loops.size;
    const [target, start, end, firstRow] = this.#loops.locals(4);
    const [rowStart, rowEnd] = this.#loops.range('rows', rowTiling.tiles);
    return [
      start.set(rowStart),
      end.set(rowEnd),
      this.#loops.overColumns((tile, columns) => {
        const starts = this.#loops.locals(columns);
        const column = i32.mul(tile.get, i32.const(this.#loops.tileWidth()));
        return [
          starts.map((local, k) =>
            local.set(
              i32.add(rightAt.get, i32.load(this.#loops.entry(this.#scratch.columns, column), 4 * k)),
            ),
          ),
          target.set(i32.add(c.get, i32.mul(column, this.#loops.bytes(1)))),
          this.#loops.byHeight(start, end, (first, tiles, height) => [
            firstRow.set(this.#loops.rowOf(first.get)),
            this.#functions.inner({ dtype, rows: height, columns, leftRow, rest: length % lanes }, [
              i32.add(leftAt.get, i32.mul(firstRow.get, i32.const(leftRow))),
              this.#loops.entry(this.#scratch.innerLeft, at.get),
              this.#loops.entry(this.#scratch.innerRight, at.get),
              count.get,
              i32.const(Math.floor(length / lanes)),
              i32.add(target.get, i32.mul(firstRow.get, i32.const(outRow))),
              i32.const(outRow),
              tiles,
              adds.get,
              ...starts.map(({ get }) => get),
            ]),
          ]),
        ];
      }),
    ];
  }
}
