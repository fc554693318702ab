/**
 * @file Plain arrays of numbers with a shape, for reference values written as their definition reads. It deliberately
 * shares nothing with the library: no import, no strides, no speed.
 */

/** Numbers in row-major order. Booleans are 0 and 1. */
export interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** The coordinates of an element, outermost first. */
export type Index = readonly number[];

/** All coordinates within a shape, in row-major order. */
export function indices(shape: readonly number[]): number[][] {
  const [extent, ...rest] = shape;
  if (extent === undefined) return [[]];
  const inner = indices(rest);
  return Array.from({ length: extent }, (_, k) => inner.map((index) => [k, ...index])).flat();
}

/** The values that `element` gives for all coordinates within a shape. */
export function build(shape: readonly number[], element: (index: Index) => number): Values {
  return { shape, values: indices(shape).map(element) };
}

/** The element at the given coordinates. */
export function at({ shape, values }: Values, index: Index): number {
  return values[index.reduce((position, k, axis) => position * shape[axis]! + k, 0)]!;
}

/** The element that stands at the given coordinates after broadcasting to their rank. */
export function broadcastAt(x: Values, index: Index): number {
  const own = index.slice(index.length - x.shape.length);
  return at(
    x,
    own.map((k, axis) => (x.shape[axis] === 1 ? 0 : k)),
  );
}

/** The shape that all broadcast to: an extent of 1 gives way to any other. */
export function commonShape(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    return extents.find((extent) => extent !== 1) ?? 1;
  });
}

/** A function of numbers applied element by element to arrays that broadcast together. */
export function elementwise(f: (...numbers: number[]) => number): (...operands: Values[]) => Values {
  return (...operands) =>
    build(commonShape(...operands.map(({ shape }) => shape)), (index) =>
      f(...operands.map((operand) => broadcastAt(operand, index))),
    );
}

/** A function of lists applied along axes; those stay with extent 1 or go. */
export function along(
  x: Values,
  axes: readonly number[],
  keepDims: boolean,
  f: (list: number[]) => number,
): Values {
  const kept = build(
    x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)),
    (index) => {
      const inside = indices(x.shape.map((extent, axis) => (axes.includes(axis) ? extent : 1)));
      return f(
        inside.map((offset) =>
          at(
            x,
            index.map((k, axis) => k + offset[axis]!),
          ),
        ),
      );
    },
  );
  return keepDims ? kept : { ...kept, shape: x.shape.filter((_, axis) => !axes.includes(axis)) };
}

/** The sum of a list. */
export function total(list: readonly number[]): number {
  return list.reduce((before, value) => before + value, 0);
}
