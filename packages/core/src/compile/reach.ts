/**
 * @file Looks through movements for what some axes of a value really are: the value below that has the same axes, whole,
 * and how the movements are repeated on another value in its place.
 */
import * as build from '../graph/build.ts';
import { isOp, type Node, type Primitive } from '../graph/node.ts';
import { type Shape, sizeOf } from '../shape.ts';

/** A value below movements. */
export interface Reached {
  readonly node: Node;
  /** Which of its axes the ones asked for are, in the same order. */
  readonly axes: readonly number[];
  /** The movements again, on a value whose axes asked for have other extents, or are gone where that is null. */
  readonly restore: (inner: Node, extents: readonly (number | null)[]) => Node;
}

/** How to pass below a movement: the axes there, and the movement on another value; null where an axis is not whole. */
interface Passage {
  readonly axes: readonly number[];
  readonly again: (input: Node, extents: readonly (number | null)[]) => Node;
}

type Pass<P extends Primitive> = (node: Node<P>, axes: readonly number[]) => Passage | null;

/** A list with one entry per axis, the given axes' entries replaced or, where null, gone. */
function replaceAt<T>(list: readonly T[], axes: readonly number[], values: readonly (T | null)[]): T[] {
  return list.flatMap((entry, axis) => {
    const position = axes.indexOf(axis);
    const value = position < 0 ? entry : values[position]!;
    return value === null ? [] : [value];
  });
}

/** The axis of a reshape's input that is an axis of its result: as long, with as many elements before it. */
function sameAxis(from: Shape, to: Shape, axis: number): number {
  const before = sizeOf(to.slice(0, axis));
  return from.findIndex(
    (extent, candidate) => extent === to[axis] && sizeOf(from.slice(0, candidate)) === before,
  );
}

const passes: { readonly [P in Primitive]?: Pass<P> } = {
  permute: ({ attributes }, axes) => {
    const below = axes.map((axis) => attributes.order[axis]!);
    return {
      axes: below,
      again: (input, extents) => {
        const gone = below.filter((_, position) => extents[position] === null);
        const kept = attributes.order.filter((axis) => !gone.includes(axis));
        return build.permute(
          input,
          kept.map((axis) => axis - gone.filter((other) => other < axis).length),
        );
      },
    };
  },
  reshape: ({ inputs, shape }, axes) => {
    const below = axes.map((axis) => sameAxis(inputs[0]!.shape, shape, axis));
    if (below.includes(-1) || new Set(below).size < below.length) return null;
    return {
      axes: below,
      again: (input, extents) => build.reshape(input, replaceAt(shape, axes, extents)),
    };
  },
  slice: ({ attributes, inputs, shape }, axes) => {
    const { starts, steps } = attributes;
    const isWhole = (axis: number): boolean => steps[axis] === 1 && shape[axis] === inputs[0]!.shape[axis];
    if (!axes.every(isWhole)) return null;
    return {
      axes,
      again: (input, extents) => {
        const fill = (value: number): (number | null)[] =>
          extents.map((extent) => (extent === null ? null : value));
        return build.slice(
          input,
          replaceAt(starts, axes, fill(0)),
          replaceAt(steps, axes, fill(1)),
          replaceAt(shape, axes, extents),
        );
      },
    };
  },
};

/** The first value below a node that is no movement, if the given axes are axes of it too. */
function reach(node: Node, axes: readonly number[]): Reached | null {
  // The table's type ties each rule to its own primitive's attributes; a node's op picks the matching one.
  const pass = passes[node.op] as Pass<Primitive> | undefined;
  if (pass === undefined) return { node, axes, restore: (inner) => inner };
  if (sizeOf(node.shape) === 0) return null;
  const passage = pass(node, axes);
  const below = passage && reach(node.inputs[0]!, passage.axes);
  if (passage === null || below === null) return null;
  return {
    ...below,
    restore: (inner, extents) => passage.again(below.restore(inner, extents), extents),
  };
}

/** A contraction below movements, or null. */
export function reachContraction(
  node: Node,
  axes: readonly number[],
): (Reached & { readonly node: Node<'contract'> }) | null {
  const reached = reach(node, axes);
  return reached !== null && isOp(reached.node, 'contract') ? { ...reached, node: reached.node } : null;
}
