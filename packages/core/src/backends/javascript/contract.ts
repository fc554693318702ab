/**
 * @file The contraction in JavaScript: both operands are packed into small float64 panels, whatever their layout, and
 * multiplied in register tiles of 4 × 2. Products accumulate in float64 in the order of the inner loop.
 */
import type { TypedArray } from '../../dtype.ts';
import type { ContractKernel } from '../../compile/kernel.ts';
import { forEachIndex, type Shape, sizeOf } from '../../shape.ts';

/** The position of every point of a group of loops, in row-major order. */
function positions(extents: Shape, strides: readonly number[]): Int32Array {
  const table = new Int32Array(sizeOf(extents));
  forEachIndex(extents, (index, position) => {
    table[position] = index.reduce((sum, coordinate, loop) => sum + coordinate * strides[loop]!, 0);
  });
  return table;
}

const tileRows = 4;
const tileColumns = 2;
const blockColumns = 128;
const blockInner = 256;

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/** A function of the plan's buffers that runs the kernel. */
export function contractFunction(kernel: ContractKernel): (buffers: readonly TypedArray[]) => void {
  const { left, right, store } = kernel;
  const batch = {
    left: positions(kernel.batch, left.batch),
    right: positions(kernel.batch, right.batch),
    store: positions(kernel.batch, store.batch),
  };
  const rows = { left: positions(kernel.rows, left.rows), store: positions(kernel.rows, store.rows) };
  const columns = {
    right: positions(kernel.columns, right.columns),
    store: positions(kernel.columns, store.columns),
  };
  const inner = { left: positions(kernel.inner, left.columns), right: positions(kernel.inner, right.rows) };
  const rowCount = rows.left.length;
  const columnCount = columns.right.length;
  const innerCount = inner.left.length;
  const width = roundUp(Math.min(blockColumns, columnCount), tileColumns);
  const depth = Math.min(blockInner, innerCount);
  const leftPanel = new Float64Array(tileRows * depth);
  const rightPanel = new Float64Array(width * depth);
  const sums = new Float64Array(roundUp(rowCount, tileRows) * width);

  const packRight = (
    source: TypedArray,
    start: number,
    firstColumn: number,
    columnsHere: number,
    firstInner: number,
    innerHere: number,
  ): void => {
    for (let column = 0; column < columnsHere; column++) {
      const base = start + columns.right[firstColumn + column]!;
      const panel = Math.floor(column / tileColumns) * tileColumns * innerHere + (column % tileColumns);
      for (let k = 0; k < innerHere; k++)
        rightPanel[panel + k * tileColumns] = source[base + inner.right[firstInner + k]!]!;
    }
    if (columnsHere % tileColumns !== 0) {
      const panel = (columnsHere - 1) * innerHere + 1;
      for (let k = 0; k < innerHere; k++) rightPanel[panel + k * tileColumns] = 0;
    }
  };

  const packLeft = (
    source: TypedArray,
    start: number,
    firstRow: number,
    rowsHere: number,
    firstInner: number,
    innerHere: number,
  ): void => {
    for (let row = 0; row < tileRows; row++) {
      if (row >= rowsHere) {
        for (let k = 0; k < innerHere; k++) leftPanel[row + k * tileRows] = 0;
        continue;
      }
      const base = start + rows.left[firstRow + row]!;
      for (let k = 0; k < innerHere; k++)
        leftPanel[row + k * tileRows] = source[base + inner.left[firstInner + k]!]!;
    }
  };

  return (buffers) => {
    const a = buffers[left.buffer]!;
    const b = buffers[right.buffer]!;
    const out = buffers[store.buffer]!;
    for (let item = 0; item < batch.store.length; item++) {
      for (let firstColumn = 0; firstColumn < columnCount; firstColumn += width) {
        const columnsHere = Math.min(width, columnCount - firstColumn);
        sums.fill(0);
        for (let firstInner = 0; firstInner < innerCount; firstInner += depth) {
          const innerHere = Math.min(depth, innerCount - firstInner);
          packRight(b, right.offset + batch.right[item]!, firstColumn, columnsHere, firstInner, innerHere);
          for (let firstRow = 0; firstRow < rowCount; firstRow += tileRows) {
            packLeft(
              a,
              left.offset + batch.left[item]!,
              firstRow,
              Math.min(tileRows, rowCount - firstRow),
              firstInner,
              innerHere,
            );
            multiplyPanels(leftPanel, rightPanel, sums, firstRow * width, width, columnsHere, innerHere);
          }
        }
        for (let row = 0; row < rowCount; row++) {
          const base = store.offset + batch.store[item]! + rows.store[row]!;
          for (let column = 0; column < columnsHere; column++)
            out[base + columns.store[firstColumn + column]!] = sums[row * width + column]!;
        }
      }
    }
  };
}

/** Adds the product of a 4 × innerHere panel and all 2-wide panels of `right` to four rows of `sums`. */
function multiplyPanels(
  left: Float64Array,
  right: Float64Array,
  sums: Float64Array,
  target: number,
  width: number,
  columnsHere: number,
  innerHere: number,
): void {
  for (let column = 0; column < columnsHere; column += tileColumns) {
    let [s00, s01, s10, s11, s20, s21, s30, s31] = [0, 0, 0, 0, 0, 0, 0, 0];
    let r = column * innerHere;
    for (let k = 0; k < innerHere * tileRows; k += tileRows) {
      const b0 = right[r]!;
      const b1 = right[r + 1]!;
      r += tileColumns;
      const a0 = left[k]!;
      s00 += a0 * b0;
      s01 += a0 * b1;
      const a1 = left[k + 1]!;
      s10 += a1 * b0;
      s11 += a1 * b1;
      const a2 = left[k + 2]!;
      s20 += a2 * b0;
      s21 += a2 * b1;
      const a3 = left[k + 3]!;
      s30 += a3 * b0;
      s31 += a3 * b1;
    }
    const at = target + column;
    sums[at]! += s00;
    sums[at + 1]! += s01;
    sums[at + width]! += s10;
    sums[at + width + 1]! += s11;
    sums[at + 2 * width]! += s20;
    sums[at + 2 * width + 1]! += s21;
    sums[at + 3 * width]! += s30;
    sums[at + 3 * width + 1]! += s31;
  }
}

/** The same for 32-bit integers, whose products must not round. */
export function integerContractFunction(kernel: ContractKernel): (buffers: readonly TypedArray[]) => void {
  const { left, right, store } = kernel;
  const batchAxes = kernel.batch.length;
  return (buffers) => {
    const a = buffers[left.buffer]!;
    const b = buffers[right.buffer]!;
    const out = buffers[store.buffer]!;
    const dot = (index: readonly number[], counters: readonly number[]): number =>
      index.reduce((sum, coordinate, loop) => sum + coordinate * counters[loop]!, 0);
    forEachIndex([...kernel.batch, ...kernel.rows, ...kernel.columns], (index) => {
      const item = index.slice(0, batchAxes);
      const row = index.slice(batchAxes, batchAxes + kernel.rows.length);
      const column = index.slice(batchAxes + kernel.rows.length);
      let sum = 0;
      forEachIndex(kernel.inner, (k) => {
        const l = a[left.offset + dot(item, left.batch) + dot(row, left.rows) + dot(k, left.columns)]!;
        const r = b[right.offset + dot(item, right.batch) + dot(k, right.rows) + dot(column, right.columns)]!;
        sum = (sum + Math.imul(l, r)) | 0;
      });
      out[store.offset + dot(item, store.batch) + dot(row, store.rows) + dot(column, store.columns)] = sum;
    });
  };
}
