/**
 * @file Matrix products with lanes along the columns: panels packed or read in place, block by block, tile by tile.
 */
import { branchIf, type Code, type Local, loop, when } from './assembler.ts';
import { type ContractFunctions, panelWidth } from './contract-functions.ts';
import { ascends, extentOf, type Method, strideOf, vectorBytes } from './contract-product.ts';
import { blockTiles, packsLeftOnce, readsRightByTable, type Scratch } from './contract-scratch.ts';
import { i32 } from './instructions.ts';
import type { TileLoops } from './tile-loops.ts';

/** What the loops of a product hand on inwards. */
interface OuterState {
  readonly method: Method & { kind: 'outer' };
  readonly b: Local;
  readonly c: Local;
  readonly depthAt: Local;
  readonly depth: Local;
  readonly adds: Local;
  readonly leftAt: Local;
  readonly rightAt: Local;
  readonly block: Local;
  readonly blockEnd: Local;
}

export class OuterProduct {
  readonly #loops: TileLoops;
  readonly #functions: ContractFunctions;
  readonly #scratch: Scratch;
  readonly #finish: ((start: Code, end: Code) => Code) | null;

  /** @param finish code that runs for rows from one to another, exclusive, that are complete in all columns */
  constructor(
    loops: TileLoops,
    functions: ContractFunctions,
    scratch: Scratch,
    finish: ((start: Code, end: Code) => Code) | null,
  ) {
    this.#loops = loops;
    this.#functions = functions;
    this.#scratch = scratch;
    this.#finish = finish;
  }

  /** One matrix product, lanes along the columns. */
  multiply(method: Method & { kind: 'outer' }, a: Local, b: Local, c: Local): Code {
    const { inner, rowTiling } = this.#loops.product;
    const innerCount = extentOf(inner);
    const [depthAt, depth, adds, leftAt, rightAt, block, blockEnd] = this.#loops.locals(7);
    const [rowStart, rowEnd] = this.#loops.range('rows', rowTiling.tiles);
    const along = (operand: Local, which: 'left' | 'right'): Code => {
      const stride = strideOf(inner, which);
      const isInPlace = method[which] === 'direct' && stride !== null;
      return isInPlace ? i32.add(operand.get, i32.mul(depthAt.get, this.#loops.bytes(stride))) : operand.get;
    };
    const isLast = i32.geS(i32.add(depthAt.get, depth.get), i32.const(innerCount));
    const finish: Code =
      this.#finish !== null
        ? when(isLast, this.#finish(this.#loops.rowOf(block.get), this.#loops.rowOf(blockEnd.get)))
        : [];
    const state = { method, b, c, depthAt, depth, adds, leftAt, rightAt, block, blockEnd };
    return [
      adds.set(i32.const(0)),
      this.#overDepth(method, depthAt, depth, [
        leftAt.set(along(a, 'left')),
        rightAt.set(along(b, 'right')),
        block.set(rowStart),
        loop([
          blockEnd.set(i32.add(block.get, i32.const(blockTiles(this.#loops.product)))),
          when(i32.gtS(blockEnd.get, rowEnd), blockEnd.set(rowEnd)),
          method.left === 'packed' && !packsLeftOnce(this.#loops.product) ? this.#packLeft(state) : [],
          this.#loops.overColumns((tile, columns) => this.#outerColumn(state, tile, columns)),
          finish,
          block.set(blockEnd.get),
          branchIf(i32.ltS(block.get, rowEnd), 0),
        ]),
        adds.set(i32.const(1)),
      ]),
    ];
  }

  /** For one part of the inner loop after the other: where it starts, and how long it is. */
  #overDepth({ depth: most }: { readonly depth: number }, depthAt: Local, depth: Local, body: Code): Code {
    const innerCount = extentOf(this.#loops.product.inner);
    return [
      depthAt.set(i32.const(0)),
      loop([
        depth.set(i32.sub(i32.const(innerCount), depthAt.get)),
        this.#loops.atMost(depth, most),
        body,
        branchIf(i32.ltS(depthAt.tee(i32.add(depthAt.get, depth.get)), i32.const(innerCount)), 0),
      ]),
    ];
  }

  /** Packs all rows of this thread, one part of the inner loop after the other. */
  packLeftOnce(method: Method & { kind: 'outer' }, a: Local): Code {
    const { rowTiling } = this.#loops.product;
    const [depthAt, depth, block, blockEnd] = this.#loops.locals(4);
    const [rowStart, rowEnd] = this.#loops.range('rows', rowTiling.tiles);
    return [
      block.set(rowStart),
      blockEnd.set(rowEnd),
      this.#overDepth(method, depthAt, depth, this.#packLeft({ leftAt: a, depthAt, depth, block, blockEnd })),
    ];
  }

  /** Where the packed rows from a tile's first on stand. */
  #leftPanel({ depthAt, depth, block }: Pick<OuterState, 'depthAt' | 'depth' | 'block'>, row: Local): Code {
    const once = packsLeftOnce(this.#loops.product);
    const rows = once ? row.get : i32.sub(row.get, this.#loops.rowOf(block.get));
    const within = i32.mul(rows, i32.mul(depth.get, this.#loops.bytes(1)));
    const panels = i32.add(this.#loops.at(this.#scratch.leftPanels), within);
    if (!once) return panels;
    return i32.add(panels, i32.mul(depthAt.get, this.#loops.bytes(this.#loops.product.rowTiling.lines)));
  }

  /** Packs a block of rows, tile after tile. */
  #packLeft({
    leftAt,
    depthAt,
    depth,
    block,
    blockEnd,
  }: Omit<OuterState, 'method' | 'b' | 'c' | 'adds' | 'rightAt'>): Code {
    const [target, tile, count, row] = this.#loops.locals(4);
    return [
      this.#loops.byHeight(block, blockEnd, (first, tiles, height) => [
        tile.set(first.get),
        count.set(tiles),
        row.set(this.#loops.rowOf(tile.get)),
        target.set(this.#leftPanel({ depthAt, depth, block }, row)),
        loop([
          this.#packLines('left', height, (line) => [
            leftAt.get,
            this.#loops.entry(this.#scratch.rows, i32.add(row.get, i32.const(line))),
            i32.sub(i32.const(this.#loops.product.rowTiling.lines - line), row.get),
            this.#loops.entry(this.#scratch.innerLeft, depthAt.get),
            depth.get,
            i32.add(target.get, this.#loops.bytes(line)),
            this.#loops.bytes(height),
          ]),
          target.set(i32.add(target.get, i32.mul(depth.get, this.#loops.bytes(height)))),
          row.set(i32.add(row.get, i32.const(height))),
          branchIf(count.tee(i32.sub(count.get, i32.const(1))), 0),
        ]),
      ]),
    ];
  }

  /** All tiles of a block of rows in one tile's columns. */
  #outerColumn(state: OuterState, tile: Local, columns: number): Code {
    const { method, c, depthAt, depth, adds, leftAt, rightAt, block, blockEnd } = state;
    const { dtype, rows, inner } = this.#loops.product;
    const lanes = vectorBytes / this.#loops.size;
    const vectors = Math.ceil(columns / lanes);
    const step = strideOf(inner, 'right');
    const [right, target] = this.#loops.locals(2);
    const outRow = (rows.at(-1)?.out ?? 0) * this.#loops.size;
    const leftRow = (strideOf(rows, 'left') ?? 0) * this.#loops.size;
    const firstRow = this.#loops.locals(1)[0];
    const column = i32.mul(tile.get, i32.const(this.#loops.tileWidth()));
    const isPacked = method.right === 'packed';
    return [
      isPacked
        ? [
            this.#packRight(state, column, columns, vectors),
            right.set(this.#loops.at(this.#scratch.rightPanel)),
          ]
        : right.set(i32.add(rightAt.get, i32.mul(tile.get, this.#loops.bytes(this.#loops.tileWidth())))),
      target.set(i32.add(c.get, i32.mul(tile.get, this.#loops.bytes(this.#loops.tileWidth())))),
      this.#loops.byHeight(block, blockEnd, (first, count, height) => [
        firstRow.set(this.#loops.rowOf(first.get)),
        this.#functions.outer(
          {
            dtype,
            rows: height,
            vectors,
            columns,
            left:
              method.left === 'packed'
                ? null
                : { row: leftRow, step: (strideOf(inner, 'left') ?? 0) * this.#loops.size },
            right: isPacked ? null : step === null ? 'table' : step * this.#loops.size,
          },
          [
            method.left === 'packed'
              ? this.#leftPanel(state, firstRow)
              : i32.add(leftAt.get, i32.mul(firstRow.get, i32.const(leftRow))),
            right.get,
            readsRightByTable(this.#loops.product)
              ? this.#loops.entry(this.#scratch.innerRight, depthAt.get)
              : i32.const(0),
            depth.get,
            i32.add(target.get, i32.mul(firstRow.get, i32.const(outRow))),
            i32.const(outRow),
            count,
            adds.get,
          ],
        ),
      ]),
    ];
  }

  /** Packs one tile's columns. */
  #packRight({ b, depthAt, depth }: OuterState, column: Code, columns: number, vectors: number): Code {
    const all = extentOf(this.#loops.product.columns);
    return this.#packLines('right', columns, (line) => {
      const first = i32.add(column, i32.const(line));
      return [
        b.get,
        this.#loops.entry(this.#scratch.columns, first),
        i32.sub(i32.const(all), first),
        this.#loops.entry(this.#scratch.innerRight, depthAt.get),
        depth.get,
        this.#loops.at(this.#scratch.rightPanel + line * this.#loops.size),
        i32.const(vectors * vectorBytes),
      ];
    });
  }

  /**
   * Packs the lines of a tile.
   * @param operands those of the packing function from a line on
   */
  #packLines(side: 'left' | 'right', lines: number, operands: (line: number) => readonly Code[]): Code {
    const { dtype, inner } = this.#loops.product;
    // Last lines first: what is written beyond a step's end is written over by those before them.
    return Array.from({ length: Math.ceil(lines / panelWidth) }, (_, part) =>
      this.#functions.pack(dtype, ascends(inner, side), operands(part * panelWidth)),
    ).reverse();
  }
}
