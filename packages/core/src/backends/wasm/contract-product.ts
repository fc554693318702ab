/**
 * @file The normal form of a contraction and how it is computed best: which operand the lanes run along, which loops
 * are peeled off so that the rest is a plain matrix product, which operands are packed and which are read in place.
 * It decides and writes no code.
 */
import { bytesPerElement } from '../../dtype.ts';
import { invariant } from '../../errors.ts';
import type { ContractKernel, Index } from '../../compile/kernel.ts';

/** What contractions compute in. */
export type ProductType = 'f32' | 'f64' | 'i32';

export const vectorBytes = 16;

/** A loop, or neighbours that all positions walk as one: how far a step goes in the operands and in the result. */
export interface Axis {
  readonly extent: number;
  readonly left: number;
  readonly right: number;
  readonly out: number;
  /** The kernel's own loops, outermost first: batch, rows and columns, numbered as its stores do. */
  readonly loops: readonly number[];
}

/** Where an operand starts. */
export interface Operand {
  readonly buffer: number;
  readonly offset: number;
}

/** Lines split into tiles of two heights, the higher ones first, so that none is left with a line or two. */
export interface Tiling {
  readonly lines: number;
  readonly tiles: number;
  /** Of the later tiles. */
  readonly height: number;
  /** How many tiles have a line more. */
  readonly higher: number;
}

/** How the elements of an operand are reached: in place, or from panels packed before. */
export type Access = 'direct' | 'packed';

/** Along what the work is split among the threads. */
export type Share = 'batch' | 'rows' | 'columns';

/**
 * For every point of the batch axes `out[r, c] = Σ_k left[r, k] · right[k, c]`. The result has one stride along all
 * rows, and its columns are neighbours. The first batch axis is the one to share, if batch axes are.
 */
export interface Product {
  readonly dtype: ProductType;
  readonly left: Operand;
  readonly right: Operand;
  readonly batch: readonly Axis[];
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
  readonly inner: readonly Axis[];
  readonly rowTiling: Tiling;
  readonly share: Share;
  readonly method: Method;
}

/** How one matrix product is computed. */
export type Method =
  | {
      /** Lanes are columns: an element of the left operand times vectors of the right one. */
      readonly kind: 'outer';
      readonly left: Access;
      readonly right: Access;
      /** Vectors that a tile has across its columns. */
      readonly vectors: number;
      /** Products that are summed before they are added to the result. */
      readonly depth: number;
    }
  | {
      /** Lanes run along the inner loop: vectors of both operands, of which the lanes are added up at the end. */
      readonly kind: 'inner';
      /** Columns of a tile. */
      readonly width: number;
      /** Stretches of the inner loop along which both operands are contiguous, and how many are summed at a time. */
      readonly stretch: number;
      readonly stretches: number;
    };

export const extentOf = (axes: readonly Axis[]): number =>
  axes.reduce((product, { extent }) => product * extent, 1);

/** The one stride that some axes have together in an operand; null if they have not. */
export function strideOf(axes: readonly Axis[], which: 'left' | 'right' | 'out'): number | null {
  const last = axes.at(-1);
  if (last === undefined) return 0;
  const isOne = axes.every((axis, k) => k === axes.length - 1 || continues(axis, axes[k + 1]!, which));
  return isOne ? last[which] : null;
}

const continues = (outer: Axis, inner: Axis, which: 'left' | 'right' | 'out'): boolean =>
  outer[which] === inner[which] * inner.extent;

/** Whether positions in an operand only grow from one point of some axes to the next. */
export function ascends(axes: readonly Axis[], which: 'left' | 'right'): boolean {
  let reach = 0;
  for (const axis of axes.toReversed()) {
    if (axis[which] <= reach) return false;
    reach += axis[which] * (axis.extent - 1);
  }
  return true;
}

/** Axes without those that run once, and with neighbours merged that all positions walk as one. */
function merged(axes: readonly Axis[]): Axis[] {
  const result: Axis[] = [];
  for (const axis of axes) {
    if (axis.extent === 1) continue;
    const previous = result.at(-1);
    const isOne =
      previous !== undefined &&
      (['left', 'right', 'out'] as const).every((which) => continues(previous, axis, which));
    if (isOne) {
      const loops = [...previous.loops, ...axis.loops];
      result[result.length - 1] = { ...axis, extent: previous.extent * axis.extent, loops };
    } else {
      result.push(axis);
    }
  }
  return result;
}

/** The last axes that have one stride together, if it may be that of the last one, and the others. */
function splitRun(
  axes: readonly Axis[],
  which: 'right' | 'out',
  mayBe: (stride: number) => boolean,
): [others: Axis[], run: Axis[]] {
  const last = axes.at(-1);
  if (last === undefined || !mayBe(last[which])) return [[...axes], []];
  let start = axes.length - 1;
  while (start > 0 && continues(axes[start - 1]!, axes[start]!, which)) start--;
  return [axes.slice(0, start), axes.slice(start)];
}

function tilingOf(lines: number, height: number): Tiling {
  const tiles = Math.ceil(lines / height);
  return { lines, tiles, height: Math.floor(lines / tiles), higher: lines % tiles };
}

/** Whether `count` steps of `stride` bytes touch so few lines of any one set of a cache that all can stay in it. */
function staysInCache(stride: number, count: number): boolean {
  const [lineBytes, sets, most] = [64, 64, 6];
  const linesIn = new Map<number, number>();
  for (let k = 0; k < count; k++) {
    const set = Math.floor(Math.abs(k * stride) / lineBytes) % sets;
    const lines = (linesIn.get(set) ?? 0) + 1;
    if (lines > most) return false;
    linesIn.set(set, lines);
  }
  return true;
}

/** Products that are summed before they are added to the result, so that rounding errors stay small. */
const mostDepth = 256;

/** Bytes of the left operand that are used again and again while the columns pass by. */
export const blockBytes = 1 << 19;

/**
 * The most rows of a tile: with two vectors of columns all sums and operands stay in registers, and a product, unless it is
 * added in one instruction.
 */
const mostRows = (dtype: ProductType, isFused: boolean): number => (isFused && dtype !== 'i32' ? 6 : 4);

/** By how much packing an element costs more than one multiplication of a vector. */
const packingCost = 5;

/** What columns cost in tiles of two vectors, in columns that they could have been. */
function costOfColumns(columns: number, lanes: number): number {
  const rest = columns % (2 * lanes);
  const restCost = rest === 0 ? 0 : rest <= lanes ? 1.5 * lanes : 2 * lanes;
  return columns - rest + restCost;
}

type Axes = Pick<Product, 'left' | 'right' | 'batch' | 'rows' | 'columns' | 'inner'>;

/** The loops of a contraction with its result at `out`; null if no row or column of it is contiguous there. */
function axesOf({ batch, rows, columns, inner, left, right }: ContractKernel, out: Index): Axes | null {
  let loop = 0;
  const group = (
    extents: readonly number[],
    lefts: readonly number[] | null,
    rights: readonly number[] | null,
    isInner: boolean,
  ): Axis[] =>
    extents.map((extent, k) => ({
      extent,
      left: lefts?.[k] ?? 0,
      right: rights?.[k] ?? 0,
      out: isInner ? 0 : out.strides[loop]!,
      loops: isInner ? [] : [loop++],
    }));
  const axes = {
    left: { buffer: left.buffer, offset: left.offset },
    right: { buffer: right.buffer, offset: right.offset },
    batch: group(batch, left.batch, right.batch, false).filter(({ extent }) => extent > 1),
    rows: merged(group(rows, left.rows, null, false)),
    columns: merged(group(columns, null, right.columns, false)),
    inner: merged(group(inner, left.columns, right.rows, true)),
  };
  const isUnit = (side: readonly Axis[]): boolean => side.at(-1)?.out === 1;
  if (isUnit(axes.columns)) return axes;
  if (isUnit(axes.rows)) return exchanged(axes);
  return axes.rows.length + axes.columns.length === 0 ? axes : null;
}

/** The same product with its operands exchanged, and so rows and columns. */
function exchanged(axes: Axes): Axes {
  const turn = (side: readonly Axis[]): Axis[] =>
    side.map((axis) => ({ ...axis, left: axis.right, right: axis.left }));
  return {
    left: axes.right,
    right: axes.left,
    batch: turn(axes.batch),
    rows: turn(axes.columns),
    columns: turn(axes.rows),
    inner: turn(axes.inner),
  };
}

/**
 * The normal form of a contraction whose result is to stand at `out`; null if neither its rows nor its columns are
 * neighbours there.
 * @param isFused whether products are added in one instruction
 */
export function productOf(kernel: ContractKernel, out: Index, isFused: boolean): Product | null {
  const axes = axesOf(kernel, out);
  if (axes === null) return null;
  invariant(kernel.dtype !== 'bool', 'bools are not multiplied');
  const { dtype } = kernel;
  // What is not contiguous in the result is peeled off.
  const [outerColumns, allColumns] = splitRun(axes.columns, 'out', (stride) => stride === 1);
  const [outerRows, rows] = splitRun(axes.rows, 'out', () => true);
  // Where the result is contiguous for a few columns only, products are better put in order first.
  if (outerColumns.length > 0 && extentOf(allColumns) < 8) return null;
  const batch = [...axes.batch, ...outerColumns, ...outerRows];
  const peeled = { ...axes, dtype, batch, rows, columns: allColumns };
  const method = chooseInner(peeled);
  if (method !== null) return finish(peeled, method, mostRowsFor(method.width));
  return chooseOuter(peeled, isFused);
}

/** Lanes along the columns: which operands are packed, and which further loops are peeled off for that. */
function chooseOuter(axes: Omit<Product, 'rowTiling' | 'share' | 'method'>, isFused: boolean): Product {
  const { dtype, batch, rows, columns: allColumns, inner } = axes;
  const size = bytesPerElement(dtype);
  const lanes = vectorBytes / size;
  const rowCount = extentOf(rows);
  const mayReadLeft = strideOf(rows, 'left') !== null && strideOf(inner, 'left') !== null;
  const height = Math.min(mostRows(dtype, isFused), rowCount);
  const vectors = rowCount === 1 ? 6 : rowCount === 2 ? 4 : 2;
  const rowTiles = Math.ceil(rowCount / height);
  // Columns that are read in place are contiguous; what is not is peeled off too, if that costs less than packing.
  const [between, run] = splitRun(allColumns, 'right', (stride) => stride === 1);
  const columnCount = extentOf(allColumns);
  const runLength = extentOf(run);
  const directCost = run.length === 0 ? Infinity : costOfColumns(runLength, lanes) / runLength;
  const packedCost = costOfColumns(columnCount, lanes) / columnCount + packingCost / rowCount;
  const innerStride = strideOf(inner, 'right');
  const innerCount = extentOf(inner);
  const depth = Math.min(innerCount, mostDepth);
  const isNear = innerStride === null || rowTiles <= 2 || staysInCache(innerStride * size, depth);
  const right: Access = (allColumns.length === 0 || directCost <= packedCost) && isNear ? 'direct' : 'packed';
  const columns = right === 'direct' ? run : allColumns;
  const columnTiles = Math.ceil(extentOf(columns) / (vectors * lanes));
  const leftStride = strideOf(inner, 'left');
  const leftIsNear =
    mayReadLeft &&
    (columnTiles <= 2 ||
      (rowCount * depth * size <= 1 << 15 && (leftStride === 1 || staysInCache(leftStride! * size, depth))));
  // A matrix that is read once and by few rows is best read in the order in which it stands.
  const streams = rowTiles === 1 && right === 'direct' && innerCount * columnCount * size > blockBytes;
  return finish(
    { ...axes, batch: right === 'direct' ? [...batch, ...between] : batch, columns },
    {
      kind: 'outer',
      left: leftIsNear ? 'direct' : 'packed',
      right,
      vectors,
      depth: streams ? Math.min(innerCount, 16) : evenDepth(innerCount),
    },
    height,
  );
}

/** Blocks of equal depth, none deeper than is good for the sums. */
function evenDepth(inner: number): number {
  const blocks = Math.ceil(inner / mostDepth);
  return Math.ceil(inner / blocks);
}

const mostRowsFor = (width: number): number => (width === 2 ? 4 : width === 4 ? 2 : 1);

/** Few rows or columns along which both operands are contiguous: packing them would cost as much as multiplying. */
function chooseInner({
  rows,
  columns,
  inner,
}: Pick<Product, 'rows' | 'columns' | 'inner'>): (Method & { kind: 'inner' }) | null {
  const last = inner.at(-1);
  if (last === undefined || last.left !== 1 || last.right !== 1 || strideOf(rows, 'left') === null)
    return null;
  const [rowCount, columnCount, innerCount] = [extentOf(rows), extentOf(columns), extentOf(inner)];
  if (last.extent < 12 || innerCount < 64 || Math.min(rowCount, columnCount) > 16) return null;
  const width = rowCount === 1 ? 6 : rowCount === 2 ? 4 : 2;
  // A lane sums a quarter of the products, or half of them.
  const most = 4 * mostDepth;
  if (inner.length > 1 && last.extent > most) return null;
  const even = Math.ceil(innerCount / Math.ceil(innerCount / most));
  const stretch = inner.length > 1 ? last.extent : Math.min(innerCount, 4 * Math.ceil(even / 4));
  const all = Math.ceil(innerCount / stretch);
  return {
    kind: 'inner',
    width,
    stretch,
    stretches: inner.length > 1 ? Math.min(all, Math.max(1, Math.floor(most / stretch))) : 1,
  };
}

/** Chooses what threads share. */
function finish(
  axes: Omit<Product, 'rowTiling' | 'share' | 'method'>,
  method: Method,
  height: number,
): Product {
  const rowTiling = tilingOf(extentOf(axes.rows), height);
  const lanes = vectorBytes / bytesPerElement(axes.dtype);
  const width = method.kind === 'outer' ? method.vectors * lanes : method.width;
  const columnTiles = Math.ceil(extentOf(axes.columns) / width);
  const largest = Math.max(1, ...axes.batch.map(({ extent }) => extent));
  const enough = 8;
  const share: Share =
    largest >= enough
      ? 'batch'
      : rowTiling.tiles >= enough || (rowTiling.tiles >= columnTiles && rowTiling.tiles >= largest)
        ? 'rows'
        : columnTiles >= largest
          ? 'columns'
          : 'batch';
  const first = axes.batch.findIndex(({ extent }) => extent === largest);
  const batch = first < 0 ? [] : [axes.batch[first]!, ...axes.batch.toSpliced(first, 1)];
  return { ...axes, batch, rowTiling, share, method };
}
