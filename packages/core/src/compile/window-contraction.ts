/**
 * @file Overlapping windows that a contraction makes, added up, are a contraction over windows: where the positions of
 * the windows come from one operand and the places within them from the other,
 *
 *     Σ over i, j with i + j = p of Σ_k left[i, k] · right[k, j]  =  Σ over j, k of left[p − j, k] · right[k, j],
 *
 * the windows of the left operand, padded, times the right one, flipped. The sum over the windows needs no memory of its
 * own then: the gradient of a convolution with respect to its input becomes a convolution. The products are the same,
 * added in another order; and zeros of the padding are multiplied too, so that where `right` is infinite or NaN, NaN may
 * reach further along the borders. Nothing here knows what the contraction is for.
 */
import * as build from '../graph/build.ts';
import { isOp, type Node } from '../graph/node.ts';
import { reachContraction } from './reach.ts';

/** How many times as many products are worth a sum that is never stored. */
const mostGrowth = 5 / 3;

/** An operand and its labels. */
interface Operand {
  readonly node: Node;
  readonly labels: readonly number[];
}

const operandsOf = ({ inputs, attributes }: Node<'contract'>): [Operand, Operand] => [
  { node: inputs[0]!, labels: attributes.left },
  { node: inputs[1]!, labels: attributes.right },
];

function contractOf(operands: readonly Operand[], output: readonly number[]): Node {
  const [left, right] = operands as [Operand, Operand];
  return build.contract(left.node, right.node, { left: left.labels, right: right.labels, output });
}

/** The windows of `size` elements along the axis with a label, from before the first element to `positions` windows. */
function windowsOf(
  { node, labels }: Operand,
  position: number,
  positions: number,
  size: number,
  dilation: number,
  place: number,
): Operand {
  const axis = labels.indexOf(position);
  const padded = build.padAxis(node, axis, (size - 1) * dilation, positions - node.shape[axis]!);
  return { node: build.unfold(padded, axis, size, 1, dilation), labels: [...labels, place] };
}

const flipped = ({ node, labels }: Operand, label: number): Operand => ({
  node: build.flip(node, [labels.indexOf(label)]),
  labels,
});

/** Splits the places within a window, filled up to a multiple of the stride, into turns of one stride each. */
function splitIntoTurns({ node, labels }: Operand, place: number, turn: number, stride: number): Operand {
  const axis = labels.indexOf(place);
  const size = node.shape[axis]!;
  const turns = Math.ceil(size / stride);
  const filled = build.padAxis(node, axis, 0, turns * stride - size);
  const shape = filled.shape.toSpliced(axis, 1, turns, stride);
  return { node: build.reshape(filled, shape), labels: labels.toSpliced(axis, 1, turn, place) };
}

/** A sum of overlapping windows as a contraction over windows; the node itself if it is not one or that costs too much. */
export function contractOverWindows(node: Node<'fold'>): Node {
  const { axis, extent, stride, dilation } = node.attributes;
  const [input] = node.inputs as [Node];
  const reached = reachContraction(input, [axis, input.shape.length - 1]);
  if (reached === null || (stride > 1 && dilation > 1)) return node;
  const [positionAxis, placeAxis] = reached.axes as [number, number];
  const { output } = reached.node.attributes;
  const [position, place] = [output[positionAxis]!, output[placeAxis]!];
  const operands = operandsOf(reached.node);
  const carries = (label: number): boolean[] => operands.map(({ labels }) => labels.includes(label));
  const moving = carries(position).indexOf(true);
  if (carries(position)[1 - moving] === true || carries(place)[moving] === true) return node;

  const [count, size] = [input.shape[axis]!, input.shape.at(-1)!];
  const turns = Math.ceil(size / stride);
  const positions = Math.ceil(extent / stride);
  if (positions * stride * turns > mostGrowth * count * size) return node;
  const arrange = (windows: Operand, weights: Operand): readonly Operand[] =>
    moving === 0 ? [windows, weights] : [weights, windows];
  const [moved, still] = [operands[moving]!, operands[1 - moving]!];
  if (stride === 1) {
    const windows = windowsOf(moved, position, extent, size, dilation, place);
    const labels = output.filter((label) => label !== place);
    return reached.restore(contractOf(arrange(windows, flipped(still, place)), labels), [extent, null]);
  }
  // Of a window's places every stride-th reaches the same element: p = stride · q + phase, and the phase is an axis.
  const turn = 1 + Math.max(...operands.flatMap(({ labels }) => labels));
  const windows = windowsOf(moved, position, positions, turns, 1, turn);
  const weights = flipped(splitIntoTurns(still, place, turn, stride), turn);
  const labels = output
    .filter((label) => label !== place)
    .flatMap((label) => (label === position ? [position, place] : [label]));
  const product = contractOf(arrange(windows, weights), labels);
  const at = labels.indexOf(position);
  const joined = build.reshape(product, product.shape.toSpliced(at, 2, positions * stride));
  return reached.restore(build.sliceAxis(joined, at, 0, extent), [extent, null]);
}

/** Whether an axis of a value counts windows that start at every element. */
function countsWindows(node: Node, axis: number): boolean {
  if (!isOp(node, 'unfold')) return false;
  const { attributes, inputs } = node;
  if (attributes.axis === axis) return attributes.stride === 1;
  return countsWindows(inputs[0]!, axis);
}

/** A part of a contraction over windows needs only a part of the windows. */
export function sliceWindows(node: Node<'slice'>): Node {
  const [input] = node.inputs as [Node];
  const { starts, steps } = node.attributes;
  const sliced = input.shape.flatMap((extent, axis) => (extent === node.shape[axis] ? [] : [axis]));
  const reached = sliced.length === 0 ? null : reachContraction(input, sliced);
  if (reached === null) return node;
  const { output } = reached.node.attributes;
  const slicedLabels = reached.axes.map((axis) => output[axis]!);
  const operands = operandsOf(reached.node);
  const isPartOfWindows = (label: number): boolean =>
    operands.every(({ node: operand, labels }) => {
      const axis = labels.indexOf(label);
      return axis < 0 || countsWindows(operand, axis);
    });
  if (!slicedLabels.every(isPartOfWindows)) return node;
  const parts = operands.map(({ node: operand, labels }): Operand => {
    const from = labels.map((label) => sliced[slicedLabels.indexOf(label)]);
    const along = (list: readonly number[], whole: readonly number[]): number[] =>
      from.map((axis, k) => (axis === undefined ? whole[k]! : list[axis]!));
    const [none, each] = [operand.shape.map(() => 0), operand.shape.map(() => 1)];
    const part = build.slice(
      operand,
      along(starts, none),
      along(steps, each),
      along(node.shape, operand.shape),
    );
    return { node: part, labels };
  });
  const extents = sliced.map((axis) => node.shape[axis]!);
  return reached.restore(contractOf(parts, output), extents);
}
