/**
 * @file Kernels for the primitives whose elements are written to places, rather than read from places: paddings between
 * elements, concatenation, overlapping windows, and rows that are known only at run time.
 */
import { isOp, type Node, type Primitive } from '../graph/node.ts';
import { sizeOf, stridesOf } from '../shape.ts';
import { combine, type Coordinates, counter, identityCoordinates } from './coordinates.ts';
import { hasHoles, type Inliner, Scope } from './inline.ts';
import type { DynamicRow, Expression, Index, LoopKernel, Store } from './kernel.ts';

type Rule<P extends Primitive> = (node: Node<P>, buffer: number, inliner: Inliner) => LoopKernel[];

/** A kernel with one store; points along `inner` loops may write to the same place. */
function sweep(outer: readonly number[], inner: readonly number[], store: Store): LoopKernel {
  return { kind: 'loop', outer, inner, phases: [{ reductions: [], stores: [store], results: [] }] };
}

function plain(buffer: number, index: Index, value: Expression): Store {
  return { buffer, index, row: null, accumulate: false, value };
}

function fill(node: Node, buffer: number, value: number): LoopKernel {
  const constant: Expression = { kind: 'constant', value, dtype: node.dtype };
  return sweep([sizeOf(node.shape)], [], plain(buffer, counter(0, 1), constant));
}

const rules: { readonly [P in Primitive]?: Rule<P> } = {
  // Fill, then write the elements into their places; cropped ones by starting later and ending sooner.
  pad: (node, buffer, inliner) => {
    const { attributes, inputs, shape } = node;
    const [input] = inputs as [Node];
    const { padding } = attributes;
    const first = padding.map(({ low, interior }) => Math.max(0, Math.ceil(-low / (interior + 1))));
    const extents = input.shape.map((extent, axis) => {
      const { low, interior } = padding[axis]!;
      const last = Math.min(extent - 1, Math.floor((shape[axis]! - 1 - low) / (interior + 1)));
      return Math.max(0, last - first[axis]! + 1);
    });
    const filling = fill(node, buffer, attributes.value);
    if (sizeOf(extents) === 0) return [filling];
    const source = identityCoordinates(extents.length).map((index, axis) => ({
      ...index,
      offset: first[axis]!,
    }));
    const target = source.map((index, axis) =>
      combine([index], [padding[axis]!.interior + 1], extents.length, padding[axis]!.low),
    );
    const value = inliner.read(input, source, new Scope(extents));
    return [
      filling,
      sweep(extents, [], plain(buffer, combine(target, stridesOf(shape), extents.length), value)),
    ];
  },

  concat: ({ attributes, inputs, shape }, buffer, inliner) => {
    const strides = stridesOf(shape);
    let start = 0;
    return inputs.flatMap((part) => {
      const loops = part.shape;
      const offset = start * strides[attributes.axis]!;
      start += loops[attributes.axis]!;
      if (sizeOf(loops) === 0) return [];
      const coordinates = identityCoordinates(loops.length);
      const value = inliner.read(part, coordinates, new Scope(loops));
      return [sweep(loops, [], plain(buffer, combine(coordinates, strides, loops.length, offset), value))];
    });
  },

  fold: (node, buffer, inliner) => {
    const { attributes, inputs, shape } = node;
    const [input] = inputs as [Node];
    const { axis, stride, dilation } = attributes;
    const rank = input.shape.length;
    if (sizeOf(input.shape) === 0) return [fill(node, buffer, 0)];
    // Windows of one line may overlap; different lines are apart.
    const lines = input.shape.map((_, k) => k).filter((k) => k !== axis && k !== rank - 1);
    const order = [...lines, axis, rank - 1];
    const loops = order.map((k) => input.shape[k]!);
    const coordinates: Coordinates = input.shape.map((_, k) => counter(order.indexOf(k), rank));
    const place = combine([coordinates[axis]!, coordinates.at(-1)!], [stride, dilation], rank);
    const index = combine(coordinates.slice(0, -1).with(axis, place), stridesOf(shape), rank);
    const value = inliner.read(input, coordinates, new Scope(loops));
    const store: Store = { buffer, index, row: null, accumulate: true, value };
    return [fill(node, buffer, 0), sweep(loops.slice(0, -2), loops.slice(-2), store)];
  },

  scatterAdd: (node, buffer, inliner) => {
    const { attributes, inputs, shape } = node;
    const [source, index] = inputs as [Node, Node];
    const loops = source.shape;
    if (sizeOf(loops) === 0) return [fill(node, buffer, 0)];
    const coordinates = identityCoordinates(loops.length);
    const rank = index.shape.length;
    const rest = shape.slice(1);
    const inLoops = new Scope(loops);
    const row: DynamicRow = {
      row: inliner.read(index, coordinates.slice(0, rank), inLoops),
      rows: attributes.rows,
      rowSize: sizeOf(rest),
    };
    const within = combine(coordinates.slice(rank), stridesOf(rest), loops.length);
    const value = inliner.read(source, coordinates, inLoops);
    return [fill(node, buffer, 0), sweep([], loops, { buffer, index: within, row, accumulate: true, value })];
  },
};

/** Whether a node's value is written by kernels of its own. */
export function isScattered(node: Node): boolean {
  return isOp(node, 'pad') ? hasHoles(node) : rules[node.op] !== undefined;
}

/** The kernels that write a scattered node's value. */
export function scatterKernels(node: Node, buffer: number, inliner: Inliner): LoopKernel[] {
  // The table's type ties each rule to its own primitive's attributes; a node's op picks the matching one.
  return (rules[node.op] as Rule<Primitive>)(node, buffer, inliner);
}
