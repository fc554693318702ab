/**
 * @file Movements that follow one another become one, or change places so that less is moved. All of it is exact.
 */
import * as build from '../graph/build.ts';
import { isOp, type Node, type Padding, type Primitive } from '../graph/node.ts';
import { sizeOf } from '../shape.ts';

type Rule<P extends Primitive> = (node: Node<P>, input: Node) => Node;

const isWhole = ({ low, high, interior }: Padding): boolean => low === 0 && high === 0 && interior === 0;
const isOutward = ({ low, high, interior }: Padding): boolean => low >= 0 && high >= 0 && interior === 0;

/** How many of a reshape's input axes form each axis of its result; null if it does more than merge neighbours. */
function mergedCounts({ shape, inputs }: Node<'reshape'>): number[] | null {
  const from = inputs[0]!.shape;
  let next = 0;
  const counts = shape.map((extent, axis) => {
    const start = next;
    const isLast = axis === shape.length - 1;
    let merged = from[next++] ?? 0;
    while (next < from.length && (merged !== extent || isLast)) merged *= from[next++]!;
    return merged === extent ? next - start : 0;
  });
  return next === from.length && !counts.includes(0) ? counts : null;
}

/** A permutation of merged axes permutes what was merged: so that it meets the permutation before. */
function permuteBeforeMerging(order: readonly number[], merging: Node<'reshape'>): Node | null {
  const [input] = merging.inputs as [Node];
  const counts = isOp(input, 'permute') ? mergedCounts(merging) : null;
  if (counts === null) return null;
  const starts = counts.map((_, axis) => counts.slice(0, axis).reduce((sum, count) => sum + count, 0));
  const axesOf = (axis: number): number[] =>
    Array.from({ length: counts[axis]! }, (_, k) => starts[axis]! + k);
  return build.reshape(
    build.permute(input, order.flatMap(axesOf)),
    order.map((axis) => merging.shape[axis]!),
  );
}

const rules: { readonly [P in Primitive]?: Rule<P> } = {
  permute: (node, input) => {
    const { order } = node.attributes;
    if (isOp(input, 'permute')) {
      return build.permute(
        input.inputs[0]!,
        order.map((axis) => input.attributes.order[axis]!),
      );
    }
    return (isOp(input, 'reshape') ? permuteBeforeMerging(order, input) : null) ?? node;
  },

  reshape: (node, input) => (isOp(input, 'reshape') ? build.reshape(input.inputs[0]!, node.shape) : node),

  // Padding before windows are taken pads each element once.
  pad: (node, input) => {
    const { padding, value } = node.attributes;
    const [below] = input.inputs as [Node?];
    if (below !== undefined && isOp(input, 'unfold')) {
      const { axis, size, stride, dilation } = input.attributes;
      if (!isWhole(padding[axis]!) || !isWhole(padding.at(-1)!)) return node;
      return build.unfold(build.pad(below, padding.slice(0, -1), value), axis, size, stride, dilation);
    }
    if (below === undefined || !isOp(input, 'pad') || !Object.is(input.attributes.value, value)) return node;
    if (![...padding, ...input.attributes.padding].every(isOutward)) return node;
    const both = padding.map(({ low, high }, axis) => {
      const inner = input.attributes.padding[axis]!;
      return { low: low + inner.low, high: high + inner.high, interior: 0 };
    });
    return build.pad(below, both, value);
  },

  slice: (node, input) => {
    const { starts, steps } = node.attributes;
    const [below] = input.inputs as [Node?];
    if (below === undefined || sizeOf(node.shape) === 0) return node;
    if (isOp(input, 'unfold')) {
      const { axis, size, stride, dilation } = input.attributes;
      const isAllPlaces = node.shape.at(-1) === size;
      if (!isAllPlaces || (steps[axis] !== 1 && node.shape[axis]! > 1)) return node;
      const reach = (node.shape[axis]! - 1) * stride + (size - 1) * dilation + 1;
      const part = build.slice(
        below,
        starts.slice(0, -1).with(axis, starts[axis]! * stride),
        steps.slice(0, -1).with(axis, 1),
        node.shape.slice(0, -1).with(axis, reach),
      );
      return build.unfold(part, axis, size, stride, dilation);
    }
    if (!isOp(input, 'pad')) return node;
    // What was padded around and is cut off again need not be padded, nor what it was padded to be taken whole.
    const { padding, value } = input.attributes;
    const cut = padding.map((widths, axis) => {
      if (isWhole(widths)) return { start: starts[axis]!, extent: node.shape[axis]!, low: 0, high: 0 };
      const first = starts[axis]! - widths.low;
      const end = first + node.shape[axis]!;
      const start = Math.max(0, first);
      const extent = Math.min(below.shape[axis]!, end) - start;
      return { start, extent, low: Math.max(0, -first), high: Math.max(0, end - below.shape[axis]!) };
    });
    const isSimple = padding.every(
      (widths, axis) => isWhole(widths) || (isOutward(widths) && steps[axis] === 1),
    );
    if (!isSimple || cut.some(({ extent }) => extent <= 0)) return node;
    const part = build.slice(
      below,
      cut.map(({ start }) => start),
      steps,
      cut.map(({ extent }) => extent),
    );
    const around = cut.map(({ low, high }) => ({ low, high, interior: 0 }));
    return build.pad(part, around, value);
  },
};

/** The same value by simpler movements; the node itself if there are none. */
export function rewriteMovement(node: Node): Node {
  // The table's type ties each rule to its own primitive's attributes; a node's op picks the matching one.
  const rule = rules[node.op] as Rule<Primitive> | undefined;
  const [input] = node.inputs;
  return rule === undefined || input === undefined ? node : rule(node, input);
}
