/**
 * @file Where the elements of a view come from: coordinates of its input as affine functions of loop counters. This is
 * how movement operations vanish: they become offsets and strides of the loads behind them.
 */
import type { Node, Primitive } from '../graph/node.ts';
import { type Shape, sizeOf, stridesOf } from '../shape.ts';
import { type Bound, type Index, reachOf } from './kernel.ts';

/** One affine index per axis of a node. */
export type Coordinates = readonly Index[];

/** Where a view reads: its input at these coordinates, where the bounds hold, else the value `outside`. */
export interface ViewSource {
  readonly coordinates: Coordinates;
  readonly bounds: readonly Bound[];
  readonly outside: number;
}

/** `Σ factors[k] · indices[k] + offset`. */
export function combine(
  indices: readonly Index[],
  factors: readonly number[],
  loops: number,
  offset = 0,
): Index {
  const strides = new Array<number>(loops).fill(0);
  let total = offset;
  indices.forEach((index, k) => {
    total += index.offset * factors[k]!;
    for (let loop = 0; loop < loops; loop++) strides[loop]! += index.strides[loop]! * factors[k]!;
  });
  return { offset: total, strides };
}

/** The counter of one loop alone. */
export function counter(loop: number, loops: number): Index {
  return { offset: 0, strides: Array.from({ length: loops }, (_, k) => (k === loop ? 1 : 0)) };
}

/** Each loop counter as the coordinate of one axis. */
export function identityCoordinates(rank: number): Coordinates {
  return Array.from({ length: rank }, (_, axis) => counter(axis, rank));
}

/** The extents that need a loop. */
export const significant = (shape: Shape): number[] => shape.filter((extent) => extent !== 1);

/** Coordinates of a node whose axes of extent > 1 are the given loops, in order. */
export function coordinatesFor(shape: Shape, loops: readonly number[], count: number): Coordinates {
  let next = 0;
  const zero: Index = { offset: 0, strides: new Array<number>(count).fill(0) };
  return shape.map((extent) => (extent === 1 ? zero : counter(loops[next++]!, count)));
}

/** Coordinates of a node whose axes of extent > 1 are each some neighbouring loops as one; null if they are not. */
export function mergedCoordinates(shape: Shape, loops: readonly number[]): Coordinates | null {
  let next = 0;
  const coordinates = shape.map((extent): Index | null => {
    const first = next;
    let merged = 1;
    while (merged < extent && next < loops.length) merged *= loops[next++]!;
    const inside = stridesOf(loops.slice(first, next));
    const strides = loops.map((count, loop) => (count === 1 ? 0 : (inside[loop - first] ?? 0)));
    return merged === extent ? { offset: 0, strides } : null;
  });
  const isAll = sizeOf(loops.slice(next)) === 1;
  return isAll && coordinates.every((index) => index !== null) ? coordinates : null;
}

const shifted = (index: Index, offset: number, factor = 1): Index =>
  combine([index], [factor], index.strides.length, offset);

/** The same coordinates without conditions. */
const everywhere = (coordinates: Coordinates): ViewSource => ({ coordinates, bounds: [], outside: 0 });

type ViewRule<P extends Primitive> = (
  node: Node<P>,
  coordinates: Coordinates,
  input: Shape,
  loops: readonly number[],
) => ViewSource | null;

/**
 * Row-major positions split into coordinates of another shape: possible when, axis by axis, the terms that are whole
 * multiples of the axis' stride can be separated from a rest that stays within it.
 */
function splitPosition(position: Index, shape: Shape, loops: readonly number[]): Coordinates | null {
  // No point of the loops reads a tensor without elements.
  if (sizeOf(shape) === 0) return shape.map(() => combine([], [], loops.length));
  const coordinates: Index[] = [];
  let rest: Index = {
    offset: position.offset,
    strides: position.strides.map((stride, loop) => (loops[loop]! > 1 ? stride : 0)),
  };
  for (const stride of stridesOf(shape)) {
    const whole = rest.strides.map((factor) => factor % stride === 0);
    const offset = Math.floor(rest.offset / stride);
    coordinates.push({
      offset,
      strides: rest.strides.map((factor, loop) => (whole[loop]! ? factor / stride : 0)),
    });
    rest = {
      offset: rest.offset - offset * stride,
      strides: rest.strides.map((factor, loop) => (whole[loop]! ? 0 : factor)),
    };
    const [lowest, highest] = reachOf(rest, loops);
    if (lowest < 0 || highest >= stride) return null;
  }
  return coordinates;
}

const viewRules: { readonly [P in Primitive]?: ViewRule<P> } = {
  permute: ({ attributes }, coordinates) =>
    everywhere(attributes.order.map((_, axis) => coordinates[attributes.order.indexOf(axis)]!)),
  expand: ({ attributes }, coordinates) =>
    everywhere(coordinates.filter((_, axis) => !attributes.axes.includes(axis))),
  slice: ({ attributes }, coordinates) =>
    everywhere(
      coordinates.map((index, axis) => shifted(index, attributes.starts[axis]!, attributes.steps[axis])),
    ),
  flip: ({ attributes }, coordinates, input) =>
    everywhere(
      coordinates.map((index, axis) =>
        attributes.axes.includes(axis) ? shifted(index, input[axis]! - 1, -1) : index,
      ),
    ),
  unfold: ({ attributes }, coordinates, _input, loops) => {
    const { axis, stride, dilation } = attributes;
    const place = combine([coordinates[axis]!, coordinates.at(-1)!], [stride, dilation], loops.length);
    return everywhere(coordinates.slice(0, -1).with(axis, place));
  },
  reshape: ({ shape }, coordinates, input, loops) => {
    // Along an axis of extent 1 there is one coordinate, whatever guards leave to others.
    const strides = stridesOf(shape).map((stride, axis) => (shape[axis] === 1 ? 0 : stride));
    const split = splitPosition(combine(coordinates, strides, loops.length), input, loops);
    return split === null ? null : everywhere(split);
  },
  pad: ({ attributes }, coordinates, input) => {
    if (attributes.padding.some(({ interior }) => interior > 0)) return null;
    const moved = coordinates.map((index, axis) => shifted(index, -attributes.padding[axis]!.low));
    const bounds = moved.flatMap((index, axis): Bound[] => {
      const { low, high } = attributes.padding[axis]!;
      return low > 0 || high > 0 ? [{ index, extent: input[axis]! }] : [];
    });
    return { coordinates: moved, bounds, outside: attributes.value };
  },
};

/** Whether a primitive only rearranges its input. */
export function isView(node: Node): boolean {
  return viewRules[node.op] !== undefined;
}

/**
 * Where a view reads its input, for given coordinates of its own; null if that is not affine.
 * @param loops the extents of the loops whose counters the coordinates are made of
 */
export function viewSource(
  node: Node,
  coordinates: Coordinates,
  loops: readonly number[],
): ViewSource | null {
  // The table's type ties each rule to its own primitive's attributes; a node's op picks the matching one.
  const rule = viewRules[node.op] as ViewRule<Primitive> | undefined;
  return rule === undefined ? null : rule(node, coordinates, node.inputs[0]!.shape, loops);
}
