/**
 * @file What a thread keeps in memory of its own while it multiplies: tables of positions, panels. It knows sizes only.
 */
import { roundUp } from '../../compile/memory-plan.ts';
import { bytesPerElement } from '../../dtype.ts';
import {
  type Axis,
  blockBytes,
  extentOf,
  type Product,
  strideOf,
  type Tiling,
  vectorBytes,
} from './contract-product.ts';

/** Threads share no line of a cache. */
const lineBytes = 64;

/** Where things stand from the start of a thread's scratch memory. */
export interface Scratch {
  /** Tables of byte positions: one i32 for each row, column and step of the inner loop. */
  readonly rows: number;
  readonly columns: number;
  readonly innerLeft: number;
  readonly innerRight: number;
  readonly leftPanels: number;
  readonly rightPanel: number;
  readonly bytes: number;
}

export function scratchOf(product: Product): Scratch {
  const { dtype, rows, columns, method } = product;
  const size = bytesPerElement(dtype);
  let next = 0;
  const take = (bytes: number): number => {
    const at = next;
    next += roundUp(bytes, lineBytes);
    return at;
  };
  const table = (axes: readonly Axis[]): number => take(4 * extentOf(axes) + vectorBytes);
  const depth = method.kind === 'outer' ? method.depth : 0;
  const leftDepth = packsLeftOnce(product) ? extentOf(product.inner) : depth;
  const width = method.kind === 'outer' ? method.vectors * vectorBytes : 0;
  const inner = innerTableAxes(product);
  return {
    rows: packsSide(product, 'left') ? table(rows) : 0,
    columns: packsSide(product, 'right') || method.kind === 'inner' ? table(columns) : 0,
    innerLeft: packsSide(product, 'left') || method.kind === 'inner' ? table(inner) : 0,
    innerRight: readsRightByTable(product) ? table(inner) : 0,
    leftPanels: packsSide(product, 'left') ? take(blockRows(product) * leftDepth * size + lineBytes) : 0,
    rightPanel: packsSide(product, 'right') ? take(width * depth + lineBytes) : 0,
    bytes: next,
  };
}

/** Whether an operand is packed into panels. */
export function packsSide({ method }: Product, side: 'left' | 'right'): boolean {
  return method.kind === 'outer' && method[side] === 'packed';
}

/** The loops of which the inner tables hold the positions. */
export function innerTableAxes({ inner, method }: Product): readonly Axis[] {
  return method.kind === 'outer' ? inner : inner.slice(0, -1);
}

/** Whether a table says where each step of the inner loop is in the right operand. */
export function readsRightByTable({ inner, method }: Product): boolean {
  return method.kind === 'inner' || method.right === 'packed' || strideOf(inner, 'right') === null;
}

/** Whether the left operand is packed once, whole, because it is the same for all of the batch. */
export function packsLeftOnce(product: Product): boolean {
  const { dtype, batch, rows, inner } = product;
  const bytes = extentOf(rows) * extentOf(inner) * bytesPerElement(dtype);
  const isSame = batch.length > 0 && batch.every(({ left }) => left === 0);
  return packsSide(product, 'left') && isSame && bytes <= blockBytes;
}

/** Tiles below one another that are multiplied by all columns before the next ones are looked at. */
export function blockTiles(product: Product): number {
  const { dtype, columns, rowTiling, method } = product;
  const size = bytesPerElement(dtype);
  if (method.kind === 'inner' || packsLeftOnce(product)) return rowTiling.tiles;
  const byLeft = Math.floor(blockBytes / (method.depth * size));
  // Short sums write more than they read: then neighbouring columns follow while the rows' lines are in the nearest cache.
  const isShort = method.right === 'direct' && method.depth < 32;
  const byResult = isShort ? 16 : Math.max(128, Math.floor(blockBytes / (extentOf(columns) * size)));
  return Math.min(rowTiling.tiles, Math.max(1, Math.floor(Math.min(byLeft, byResult) / tallest(rowTiling))));
}

const tallest = ({ height, higher }: Tiling): number => height + (higher > 0 ? 1 : 0);

const blockRows = (product: Product): number => blockTiles(product) * tallest(product.rowTiling);
