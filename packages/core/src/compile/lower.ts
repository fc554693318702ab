/**
 * @file Turns a scheduled graph into kernels: one per stored value, into which everything that is not stored is inlined.
 */
import type { DType } from '../dtype.ts';
import { invariant } from '../errors.ts';
import { labelExtents } from '../graph/build.ts';
import { isOp, type Node, type Primitive } from '../graph/node.ts';
import { sizeOf, stridesOf } from '../shape.ts';
import { collapse } from './collapse.ts';
import {
  combine,
  type Coordinates,
  counter,
  identityCoordinates,
  isView,
  viewSource,
} from './coordinates.ts';
import type {
  BufferSpec,
  Expression,
  Index,
  Kernel,
  LoopKernel,
  MatrixView,
  Plan,
  Reduction,
  Store,
} from './kernel.ts';

/** A plan, and where in it each stored node's value stands. */
export interface Lowered {
  readonly plan: Plan;
  readonly bufferOf: ReadonlyMap<Node, number>;
}

/** A kernel under construction: its loop extents and the expressions already built, by node and coordinates. */
interface Scope {
  readonly loops: readonly number[];
  readonly known: Map<string, Expression>;
}

type Emit<P extends Primitive> = (node: Node<P>, buffer: number) => void;
type Inline<P extends Primitive> = (node: Node<P>, coordinates: Coordinates, scope: Scope) => Expression;

/**
 * @param inputs the nodes whose values the caller supplies, in this order
 * @param stored the nodes to store, as decided by the scheduler
 */
export function lower(inputs: readonly Node[], stored: ReadonlySet<Node>, order: readonly Node[]): Lowered {
  const buffers: BufferSpec[] = [];
  const kernels: Kernel[] = [];
  const bufferOf = new Map<Node, number>();

  const allocate = (node: Node): number => {
    const number = buffers.push({ dtype: node.dtype, size: sizeOf(node.shape) }) - 1;
    bufferOf.set(node, number);
    return number;
  };

  /** The buffer of a node, computed now if it was not. */
  const store = (node: Node): number => {
    const existing = bufferOf.get(node);
    if (existing !== undefined) return existing;
    if (sizeOf(node.shape) === 0) return allocate(node);
    const emit = emitters[node.op] as Emit<Primitive> | undefined;
    if (emit === undefined || (isView(node) && !hasHoles(node))) return emitMap(node);
    const buffer = allocate(node);
    emit(node, buffer);
    return buffer;
  };

  const emitLoop = (kernel: LoopKernel): void => {
    kernels.push(collapse(kernel));
  };

  /** A kernel that computes one value per element. */
  const emitMap = (node: Node): number => {
    const scope: Scope = { loops: node.shape, known: new Map() };
    const identity = identityCoordinates(node.shape.length);
    const value = inlineNode(node, identity, scope);
    const buffer = allocate(node);
    emitLoop({
      kind: 'loop',
      kept: node.shape,
      reduced: [],
      reductions: [],
      stores: [plainStore(buffer, rowMajor(node, identity, scope), value)],
    });
    return buffer;
  };

  const fill = (buffer: number, value: number, dtype: DType): void => {
    const size = buffers[buffer]!.size;
    emitLoop({
      kind: 'loop',
      kept: [size],
      reduced: [],
      reductions: [],
      stores: [plainStore(buffer, counter(0, 1), { kind: 'constant', value, dtype })],
    });
  };

  const rowMajor = (node: Node, coordinates: Coordinates, { loops }: Scope): Index =>
    combine(coordinates, stridesOf(node.shape), loops.length);

  /** The value of a node at coordinates: a load if it is stored, else its computation. */
  const read = (node: Node, coordinates: Coordinates, scope: Scope): Expression => {
    const key = `${node.id} ${coordinates.map(({ offset, strides }) => `${offset}:${strides.join()}`).join(' ')}`;
    const known = scope.known.get(key);
    if (known !== undefined) return known;
    const expression =
      stored.has(node) || bufferOf.has(node)
        ? load(node, coordinates, scope)
        : inlineNode(node, coordinates, scope);
    scope.known.set(key, expression);
    return expression;
  };

  const load = (node: Node, coordinates: Coordinates, scope: Scope): Expression => ({
    kind: 'load',
    buffer: store(node),
    index: rowMajor(node, coordinates, scope),
    row: null,
    dtype: node.dtype,
  });

  const inlineNode = (node: Node, coordinates: Coordinates, scope: Scope): Expression => {
    if (isView(node)) return inlineView(node, coordinates, scope);
    const inline = inliners[node.op] as Inline<Primitive> | undefined;
    return inline === undefined ? load(node, coordinates, scope) : inline(node, coordinates, scope);
  };

  const inlineView = (node: Node, coordinates: Coordinates, scope: Scope): Expression => {
    const [input] = node.inputs as [Node];
    const source = viewSource(node, coordinates, scope.loops);
    if (source === null) {
      if (hasHoles(node)) return load(node, coordinates, scope);
      // The input in row-major order needs no coordinates: its position is this node's own.
      return {
        kind: 'load',
        buffer: store(input),
        index: rowMajor(node, coordinates, scope),
        row: null,
        dtype: node.dtype,
      };
    }
    const inside = read(input, source.coordinates, scope);
    if (source.bounds.length === 0) return inside;
    return { kind: 'guard', bounds: source.bounds, inside, outside: source.outside, dtype: node.dtype };
  };

  const inliners: { readonly [P in Primitive]?: Inline<P> } = {
    constant: ({ attributes, dtype }) => ({ kind: 'constant', value: attributes.value, dtype }),
    iota: ({ attributes }, coordinates) => ({
      kind: 'coordinate',
      index: coordinates[attributes.axis]!,
      dtype: 'i32',
    }),
    randomBits: (node, coordinates, scope) => ({
      kind: 'random',
      key: store(node.inputs[0]!),
      position: rowMajor(node, coordinates, scope),
      word: node.attributes.word,
      dtype: 'i32',
    }),
    elementwise: ({ attributes, inputs: operands, dtype }, coordinates, scope) => ({
      kind: 'apply',
      function: attributes.function,
      operands: operands.map((operand) => read(operand, coordinates, scope)),
      dtype,
    }),
    cast: ({ inputs: [input], dtype }, coordinates, scope) => ({
      kind: 'cast',
      operand: read(input!, coordinates, scope),
      dtype,
    }),
    gather: ({ inputs: [table, index], dtype }, coordinates, scope) => {
      const rank = index!.shape.length;
      const [rows, ...rest] = table!.shape as [number, ...number[]];
      return {
        kind: 'load',
        buffer: store(table!),
        index: combine(coordinates.slice(rank), stridesOf(rest), scope.loops.length),
        row: { row: read(index!, coordinates.slice(0, rank), scope), rows, rowSize: sizeOf(rest) },
        dtype,
      };
    },
  };

  /** Where a node's elements stand in some buffer, for given coordinates; stores what is not a plain view of one. */
  const locate = (
    node: Node,
    coordinates: Coordinates,
    loops: readonly number[],
  ): { buffer: number; index: Index } => {
    const source =
      stored.has(node) || bufferOf.has(node) || !isView(node) ? null : viewSource(node, coordinates, loops);
    if (source !== null && source.bounds.length === 0)
      return locate(node.inputs[0]!, source.coordinates, loops);
    return { buffer: store(node), index: combine(coordinates, stridesOf(node.shape), loops.length) };
  };

  const emitters: { readonly [P in Primitive]?: Emit<P> } = {
    reduce: ({ attributes, inputs: [input], dtype, shape }, buffer) => {
      const { kind, axes } = attributes;
      const extents = input!.shape;
      const reduced = axes.map((axis) => extents[axis]!);
      const loops = [...shape, ...reduced];
      // A reduction over nothing reads nothing.
      const empty = sizeOf(loops) === 0;
      let keptLoop = 0;
      const coordinates = extents.map((_, axis) =>
        counter(axes.includes(axis) ? shape.length + axes.indexOf(axis) : keptLoop++, loops.length),
      );
      const value: Expression = empty
        ? { kind: 'constant', value: 0, dtype }
        : read(input!, coordinates, { loops, known: new Map() });
      const reduction: Reduction = { kind, value, dtype };
      const index = combine(
        shape.map((_, axis) => counter(axis, loops.length)),
        stridesOf(shape),
        loops.length,
      );
      emitLoop({
        kind: 'loop',
        kept: shape,
        reduced,
        reductions: [reduction],
        stores: [plainStore(buffer, index, { kind: 'reduced', reduction: 0, dtype })],
      });
    },

    // An interior padding leaves holes: fill, then write the elements into their places.
    pad: ({ attributes, inputs: [input], dtype, shape }, buffer) => {
      const { padding } = attributes;
      fill(buffer, attributes.value, dtype);
      const strides = stridesOf(shape);
      // Cropped elements are left out by starting later and ending sooner.
      const first = padding.map(({ low, interior }) => Math.max(0, Math.ceil(-low / (interior + 1))));
      const extents = input!.shape.map((extent, axis) => {
        const { low, interior } = padding[axis]!;
        const last = Math.min(extent - 1, Math.floor((shape[axis]! - 1 - low) / (interior + 1)));
        return Math.max(0, last - first[axis]! + 1);
      });
      if (sizeOf(extents) === 0) return;
      const counters = identityCoordinates(extents.length);
      const source = counters.map((index, axis) => ({ ...index, offset: first[axis]! }));
      const target = source.map((index, axis) =>
        combine([index], [padding[axis]!.interior + 1], extents.length, padding[axis]!.low),
      );
      const value = read(input!, source, { loops: extents, known: new Map() });
      emitLoop({
        kind: 'loop',
        kept: extents,
        reduced: [],
        reductions: [],
        stores: [plainStore(buffer, combine(target, strides, extents.length), value)],
      });
    },

    concat: ({ attributes, inputs: parts, shape }, buffer) => {
      let start = 0;
      for (const part of parts) {
        const loops = part.shape;
        if (sizeOf(loops) > 0) {
          const coordinates = identityCoordinates(loops.length);
          const target = combine(
            coordinates,
            stridesOf(shape),
            loops.length,
            start * stridesOf(shape)[attributes.axis]!,
          );
          const value = read(part, coordinates, { loops, known: new Map() });
          emitLoop({
            kind: 'loop',
            kept: loops,
            reduced: [],
            reductions: [],
            stores: [plainStore(buffer, target, value)],
          });
        }
        start += loops[attributes.axis]!;
      }
    },

    fold: ({ attributes, inputs: [input], dtype, shape }, buffer) => {
      const { axis, stride, dilation } = attributes;
      fill(buffer, 0, dtype);
      const loops = input!.shape;
      if (sizeOf(loops) === 0) return;
      const coordinates = identityCoordinates(loops.length);
      const place = combine([coordinates[axis]!, coordinates.at(-1)!], [stride, dilation], loops.length);
      const index = combine(coordinates.slice(0, -1).with(axis, place), stridesOf(shape), loops.length);
      const value = read(input!, coordinates, { loops, known: new Map() });
      emitLoop({
        kind: 'loop',
        kept: loops,
        reduced: [],
        reductions: [],
        stores: [{ buffer, index, row: null, accumulate: true, value }],
      });
    },

    scatterAdd: ({ attributes, inputs: [source, index], dtype, shape }, buffer) => {
      fill(buffer, 0, dtype);
      const loops = source!.shape;
      if (sizeOf(loops) === 0) return;
      const coordinates = identityCoordinates(loops.length);
      const rank = index!.shape.length;
      const scope: Scope = { loops, known: new Map() };
      const rest = shape.slice(1);
      const row = {
        row: read(index!, coordinates.slice(0, rank), scope),
        rows: attributes.rows,
        rowSize: sizeOf(rest),
      };
      const within = combine(coordinates.slice(rank), stridesOf(rest), loops.length);
      emitLoop({
        kind: 'loop',
        kept: loops,
        reduced: [],
        reductions: [],
        stores: [{ buffer, index: within, row, accumulate: true, value: read(source!, coordinates, scope) }],
      });
    },

    contract: ({ attributes, inputs: [left, right], dtype, shape }, buffer) => {
      const extents = labelExtents(attributes, left!.shape, right!.shape);
      const inOutput = (label: number): boolean => attributes.output.includes(label);
      const shared = attributes.left.filter((label) => attributes.right.includes(label));
      const groups = {
        batch: attributes.output.filter((label) => shared.includes(label)),
        rows: attributes.output.filter((label) => !attributes.right.includes(label)),
        columns: attributes.output.filter((label) => !attributes.left.includes(label)),
        inner: shared.filter((label) => !inOutput(label)),
      };
      const labels = [...groups.batch, ...groups.rows, ...groups.columns, ...groups.inner];
      const loops = labels.map((label) => extents.get(label)!);
      if (sizeOf(groups.inner.map((label) => extents.get(label)!)) === 0) {
        fill(buffer, 0, dtype);
        return;
      }
      const coordinatesOf = (axes: readonly number[]): Coordinates =>
        axes.map((label) => counter(labels.indexOf(label), labels.length));
      const view = (
        located: { buffer: number; index: Index },
        rows: readonly number[],
        columns: readonly number[],
      ): MatrixView => {
        const strides = (group: readonly number[]): number[] =>
          group.map((label) => located.index.strides[labels.indexOf(label)]!);
        return {
          buffer: located.buffer,
          offset: located.index.offset,
          batch: strides(groups.batch),
          rows: strides(rows),
          columns: strides(columns),
        };
      };
      const sizes = (group: readonly number[]): number[] => group.map((label) => extents.get(label)!);
      const output = {
        buffer,
        index: combine(coordinatesOf(attributes.output), stridesOf(shape), labels.length),
      };
      const leftView = view(locate(left!, coordinatesOf(attributes.left), loops), groups.rows, groups.inner);
      const rightView = view(
        locate(right!, coordinatesOf(attributes.right), loops),
        groups.inner,
        groups.columns,
      );
      kernels.push({
        kind: 'contract',
        dtype,
        batch: sizes(groups.batch),
        rows: sizes(groups.rows),
        columns: sizes(groups.columns),
        inner: sizes(groups.inner),
        left: leftView,
        right: rightView,
        store: view(output, groups.rows, groups.columns),
      });
    },

    materialize: ({ inputs: [input], shape }, buffer) => {
      const scope: Scope = { loops: shape, known: new Map() };
      const identity = identityCoordinates(shape.length);
      const value = read(input!, identity, scope);
      emitLoop({
        kind: 'loop',
        kept: shape,
        reduced: [],
        reductions: [],
        stores: [plainStore(buffer, rowMajor(input!, identity, scope), value)],
      });
    },
  };

  inputs.forEach(allocate);
  for (const node of order) if (stored.has(node)) store(node);
  for (const node of stored) invariant(bufferOf.has(node), 'a stored node has no buffer');
  return { plan: { inputs: inputs.length, buffers, kernels }, bufferOf };
}

/** Whether a view has elements between its input's elements, so that no affine index leads back. */
function hasHoles(node: Node): boolean {
  return isOp(node, 'pad') && node.attributes.padding.some(({ interior }) => interior > 0);
}

function plainStore(buffer: number, index: Index, value: Expression): Store {
  return { buffer, index, row: null, accumulate: false, value };
}
