/**
 * @file Loops over the tiles of a matrix product, as far as they are a thread's own, and where its scratch memory is.
 */
import { bytesPerElement } from '../../dtype.ts';
import {
  branchIf,
  type Code,
  type Local,
  type Locals,
  loop,
  type PairFunction,
  select,
  when,
} from './assembler.ts';
import { extentOf, type Product, vectorBytes } from './contract-product.ts';
import { i32 } from './instructions.ts';
import { threadPart } from './loop-part.ts';

export class TileLoops {
  readonly fn: PairFunction;
  readonly product: Product;
  /** Bytes of an element. */
  readonly size: number;
  /** The address of this thread's scratch memory. */
  readonly base: Local;
  /** This thread's part of what is shared: the first batch axis, tiles of rows, or tiles of columns. */
  readonly start: Local;
  readonly end: Local;

  constructor(fn: PairFunction, product: Product) {
    this.fn = fn;
    this.product = product;
    this.size = bytesPerElement(product.dtype);
    this.base = fn.local('i32');
    ({ start: this.start, end: this.end } = threadPart(fn, this.#sharedCount()));
  }

  /** How many of these there are. */
  #sharedCount(): number {
    const { share, batch, rowTiling } = this.product;
    if (share === 'batch') return batch[0]?.extent ?? 1;
    return share === 'rows' ? rowTiling.tiles : this.columnTiles();
  }

  locals<Count extends number>(count: Count): Locals<Count> {
    return this.fn.locals('i32', count);
  }

  bytes(elements: number): Code {
    return i32.const(elements * this.size);
  }

  atMost(local: Local, most: number): Code {
    return when(i32.gtS(local.get, i32.const(most)), local.set(i32.const(most)));
  }

  /** The address of something in scratch memory. */
  at(offset: number): Code {
    return i32.add(this.base.get, i32.const(offset));
  }

  /** The address of an entry of a table. */
  entry(table: number, index: Code): Code {
    return i32.add(this.at(table), i32.shl(index, i32.const(2)));
  }

  /** The first row of a tile. */
  rowOf(tile: Code): Code {
    const { height, higher } = this.product.rowTiling;
    const rows = i32.mul(tile, i32.const(height));
    if (higher === 0) return rows;
    return i32.add(rows, select(i32.ltS(tile, i32.const(higher)), tile, i32.const(higher)));
  }

  tileWidth(): number {
    const { method } = this.product;
    return method.kind === 'outer' ? (method.vectors * vectorBytes) / this.size : method.width;
  }

  columnTiles(): number {
    return Math.ceil(extentOf(this.product.columns) / this.tileWidth());
  }

  /** The first column of a tile, or the number of columns. */
  columnOf(tile: Local): Code {
    const column = i32.mul(tile.get, i32.const(this.tileWidth()));
    const count = i32.const(extentOf(this.product.columns));
    return select(i32.ltS(tile.get, i32.const(this.columnTiles())), column, count);
  }

  /** The range of tiles that this thread computes, of rows or of columns, as locals. */
  range(side: 'rows' | 'columns', count: number): [start: Code, end: Code] {
    return this.product.share === side ? [this.start.get, this.end.get] : [i32.const(0), i32.const(count)];
  }

  /** For the tiles of either height from `start` to `end`: the first, how many there are, and their height. */
  byHeight(start: Local, end: Local, body: (first: Local, count: Code, height: number) => Code): Code {
    const { height, higher } = this.product.rowTiling;
    if (higher === 0) return body(start, i32.sub(end.get, start.get), height);
    const [first, stop] = this.locals(2);
    return [
      when(i32.ltS(start.get, i32.const(higher)), [
        stop.set(end.get),
        this.atMost(stop, higher),
        body(start, i32.sub(stop.get, start.get), height + 1),
      ]),
      when(i32.gtS(end.get, i32.const(higher)), [
        first.set(select(i32.gtS(start.get, i32.const(higher)), start.get, i32.const(higher))),
        body(first, i32.sub(end.get, first.get), height),
      ]),
    ];
  }

  /** For every tile of columns of this thread: its number, and how many columns it has. */
  overColumns(body: (tile: Local, columns: number) => Code): Code {
    const columns = extentOf(this.product.columns);
    const width = this.tileWidth();
    const [whole, rest] = [Math.floor(columns / width), columns % width];
    const [start, end] = this.range('columns', this.columnTiles());
    const [tile] = this.locals(1);
    const inside = loop([
      body(tile, width),
      tile.set(i32.add(tile.get, i32.const(1))),
      branchIf(i32.and(i32.ltS(tile.get, i32.const(whole)), i32.ltS(tile.get, end)), 0),
    ]);
    return [
      tile.set(start),
      whole > 0 ? when(i32.ltS(tile.get, i32.const(whole)), inside) : [],
      rest > 0 ? when(i32.ltS(tile.get, end), body(tile, rest)) : [],
    ];
  }
}

/** Nested loops over counters from 0; the extents are positive. */
export function nest(counters: readonly Local[], extents: readonly number[], body: Code): Code {
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
