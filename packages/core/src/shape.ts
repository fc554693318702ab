/**
 * @file Shape arithmetic: sizes, strides, axes and broadcasting. Pure functions of plain arrays.
 */
import { check, describe, describeList, fail, formatShape, isList } from './errors.ts';

/** The extents of a tensor's axes, outermost first. `[]` is the shape of a single number. */
export type Shape = readonly number[];

/** One axis, several, or (left out) all. Negative axes count from the end. */
export type Axes = number | readonly number[] | undefined;

/** The number of elements. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let axis = 0; axis < shape.length; axis++) size *= shape[axis]!;
  return size;
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

export function equalShapes(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/** Throws unless every extent is a whole number ≥ 0 and the size is one that a JavaScript array can have. */
export function checkShape(shape: unknown, operation: string): asserts shape is Shape {
  if (!isList(shape)) fail(operation, `a shape is an array of whole numbers, not ${describe(shape)}`);
  for (const extent of shape as unknown[]) {
    if (typeof extent !== 'number' || !Number.isInteger(extent) || extent < 0) {
      fail(operation, `a shape holds whole numbers ≥ 0: ${describeList(shape)}`);
    }
  }
  checkSize(shape as Shape, operation);
}

/** Throws if a shape has more elements than tensors may have. */
export function checkSize(shape: Shape, operation: string): void {
  check(
    sizeOf(shape) < 2 ** 32,
    operation,
    () => `the shape ${formatShape(shape)} holds more than 2³² elements`,
  );
}

/** The axis as a number in [0, rank). */
export function normalizeAxis(axis: number, rank: number, operation: string): number {
  check(Number.isInteger(axis), operation, () => `an axis is a whole number, not ${describe(axis)}`);
  check(
    axis >= -rank && axis < rank,
    operation,
    () =>
      `axis ${axis} is out of range for rank ${rank}${rank === 0 ? ' (a single number has no axes)' : ` (allowed: ${-rank} … ${rank - 1})`}`,
  );
  return axis < 0 ? axis + rank : axis;
}

/** The axes, each in [0, rank), ascending and distinct; all of them when left out. */
export function normalizeAxes(axes: Axes, rank: number, operation: string): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  if (typeof axes === 'number') return [normalizeAxis(axes, rank, operation)];
  if (!isList(axes)) fail(operation, `axes are a number or an array of numbers, not ${describe(axes)}`);
  // Also what stands at holes in a list.
  const normalized = Array.from(axes, (axis) => normalizeAxis(axis, rank, operation)).sort((a, b) => a - b);
  check(
    normalized.every((axis, k) => axis !== normalized[k - 1]),
    operation,
    () => `an axis is named twice: ${formatShape(axes)}`,
  );
  return normalized;
}

/** The shape without the given (normalized) axes. */
export function withoutAxes(shape: Shape, axes: readonly number[]): number[] {
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** Whether `rest` is the shape without the given (normalized) axes. */
export function isWithoutAxes(rest: Shape, shape: Shape, axes: readonly number[]): boolean {
  let kept = 0;
  for (let axis = 0; axis < shape.length; axis++)
    if (!axes.includes(axis) && shape[axis] !== rest[kept++]) return false;
  return kept === rest.length;
}

/** The shape with 1 at the given (normalized) axes. */
export function onesAtAxes(shape: Shape, axes: readonly number[]): number[] {
  return shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
}

/** The common shape that all shapes broadcast to: aligned at the end, each extent equal or 1. */
export function broadcastShapes(shapes: readonly Shape[], operation: string): Shape {
  const [first = []] = shapes;
  if (shapes.every((shape) => equalShapes(shape, first))) return first;
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (let fromEnd = 1; fromEnd <= rank; fromEnd++) {
    for (const shape of shapes) {
      const extent = shape[shape.length - fromEnd] ?? 1;
      const common = result[rank - fromEnd]!;
      if (extent === common || extent === 1) continue;
      if (common !== 1) {
        fail(
          operation,
          `shapes do not broadcast: ${shapes.map(formatShape).join(' and ')} (${common} ≠ ${extent} at axis ${-fromEnd})`,
        );
      }
      result[rank - fromEnd] = extent;
    }
  }
  checkSize(result, operation);
  return result;
}

/** The coordinates of the element at a position in row-major order. */
export function coordinatesAt(position: number, shape: Shape): number[] {
  return stridesOf(shape).map((stride, axis) => Math.floor(position / stride) % shape[axis]!);
}

/** Calls `visit` with the coordinates of every element in row-major order. The array is reused between calls. */
export function forEachIndex(
  shape: Shape,
  visit: (index: readonly number[], position: number) => void,
): void {
  const size = sizeOf(shape);
  const index = new Array<number>(shape.length).fill(0);
  for (let position = 0; position < size; position++) {
    visit(index, position);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}
