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

/** Applies a contraction's stores: buffers, the products of all rows and columns, the counters of the batch loops. */
export type Epilogue = (buffers: readonly TypedArray[], sums: Float64Array, batch: readonly number[]) => void;

/** A function of the plan's buffers that runs the kernel. */
export function contractFunction(
  kernel: ContractKernel,
  epilogue: Epilogue,
): (buffers: readonly TypedArray[]) => void {
  const multiply = kernel.dtype === 'i32' ? integerProduct(kernel) : panelProduct(kernel);
  const left = positions(kernel.batch, kernel.left.batch);
  const right = positions(kernel.batch, kernel.right.batch);
  return (buffers) => {
    const a = buffers[kernel.left.buffer]!;
    const b = buffers[kernel.right.buffer]!;
    const sums = new Float64Array(sizeOf(kernel.rows) * sizeOf(kernel.columns));
    forEachIndex(kernel.batch, (index, item) => {
      sums.fill(0);
      multiply(a, kernel.left.offset + left[item]!, b, kernel.right.offset + right[item]!, sums);
      epilogue(buffers, sums, index);
    });
  };
}

/** Adds one matrix product to `sums`, whose rows are as long as the result's. */
type Product = (a: TypedArray, startA: number, b: TypedArray, startB: number, sums: Float64Array) => void;

/**
 * Copies lines (rows of the left, columns of the right operand) into panels of `width` lines side by side, the last filled
 * up with zeros.
 */
function pack(
  panels: Float64Array,
  width: number,
  source: TypedArray,
  start: number,
  lines: Int32Array,
  firstLine: number,
  lineCount: number,
  inner: Int32Array,
  firstInner: number,
  innerCount: number,
): void {
  for (let line = 0; line < roundUp(lineCount, width); line++) {
    const target = Math.floor(line / width) * width * innerCount + (line % width);
    const base = start + (lines[firstLine + line] ?? 0);
    const isPadding = line >= lineCount;
    for (let k = 0; k < innerCount; k++) {
      panels[target + k * width] = isPadding ? 0 : source[base + inner[firstInner + k]!]!;
    }
  }
}

function panelProduct(kernel: ContractKernel): Product {
  const rows = positions(kernel.rows, kernel.left.rows);
  const columns = positions(kernel.columns, kernel.right.columns);
  const innerLeft = positions(kernel.inner, kernel.left.columns);
  const innerRight = positions(kernel.inner, kernel.right.rows);
  const depth = Math.min(blockInner, innerLeft.length);
  const leftPanel = new Float64Array(tileRows * depth);
  const rightPanel = new Float64Array(roundUp(Math.min(blockColumns, columns.length), tileColumns) * depth);

  return (a, startA, b, startB, sums) => {
    for (let firstColumn = 0; firstColumn < columns.length; firstColumn += blockColumns) {
      const columnCount = Math.min(blockColumns, columns.length - firstColumn);
      for (let firstInner = 0; firstInner < innerLeft.length; firstInner += depth) {
        const inner = Math.min(depth, innerLeft.length - firstInner);
        pack(
          rightPanel,
          tileColumns,
          b,
          startB,
          columns,
          firstColumn,
          columnCount,
          innerRight,
          firstInner,
          inner,
        );
        for (let firstRow = 0; firstRow < rows.length; firstRow += tileRows) {
          const rowCount = Math.min(tileRows, rows.length - firstRow);
          pack(leftPanel, tileRows, a, startA, rows, firstRow, rowCount, innerLeft, firstInner, inner);
          const target = firstRow * columns.length + firstColumn;
          multiplyPanels(leftPanel, rightPanel, sums, target, columns.length, rowCount, columnCount, inner);
        }
      }
    }
  };
}

/** Adds the product of a 4 × inner panel and all 2-wide panels of `right` to up to four rows of `sums`. */
function multiplyPanels(
  left: Float64Array,
  right: Float64Array,
  sums: Float64Array,
  target: number,
  width: number,
  rowCount: number,
  columnCount: number,
  inner: number,
): void {
  for (let column = 0; column < columnCount; column += tileColumns) {
    let [s00, s01, s10, s11, s20, s21, s30, s31] = [0, 0, 0, 0, 0, 0, 0, 0];
    let r = column * inner;
    for (let k = 0; k < inner * tileRows; k += tileRows) {
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
    const hasSecond = column + 1 < columnCount;
    sums[at]! += s00;
    if (hasSecond) sums[at + 1]! += s01;
    if (rowCount > 1) sums[at + width]! += s10;
    if (rowCount > 1 && hasSecond) sums[at + width + 1]! += s11;
    if (rowCount > 2) sums[at + 2 * width]! += s20;
    if (rowCount > 2 && hasSecond) sums[at + 2 * width + 1]! += s21;
    if (rowCount > 3) sums[at + 3 * width]! += s30;
    if (rowCount > 3 && hasSecond) sums[at + 3 * width + 1]! += s31;
  }
}

/** 32-bit integers, whose products must not round. */
function integerProduct(kernel: ContractKernel): Product {
  const rows = positions(kernel.rows, kernel.left.rows);
  const columns = positions(kernel.columns, kernel.right.columns);
  const innerLeft = positions(kernel.inner, kernel.left.columns);
  const innerRight = positions(kernel.inner, kernel.right.rows);
  return (a, startA, b, startB, sums) => {
    let position = 0;
    for (const row of rows) {
      for (const column of columns) {
        let sum = 0;
        for (let k = 0; k < innerLeft.length; k++) {
          sum = (sum + Math.imul(a[startA + row + innerLeft[k]!]!, b[startB + innerRight[k]! + column]!)) | 0;
        }
        sums[position++] = sum;
      }
    }
  };
}
