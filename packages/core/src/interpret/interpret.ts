/**
 * @file The oracle: evaluates a graph node by node in plain loops over float64 numbers. No fusion, no rewriting, no
 * rounding to f32 in between; it shares nothing with the compiler, so that every kernel can be held against it.
 */
import { castTo, type DType, isFloat, roundTo } from '../dtype.ts';
import { check, rowOutOfRange } from '../errors.ts';
import { labelExtents } from '../graph/build.ts';
import type { Node, Primitive, ReduceKind } from '../graph/node.ts';
import { evaluationIn } from '../graph/scalar-functions.ts';
import { threefry } from '../graph/threefry.ts';
import { topologicalOrder } from '../graph/traversal.ts';
import { forEachIndex, type Shape, sizeOf, stridesOf } from '../shape.ts';

/** A value under interpretation: elements in row-major order, whatever the dtype. */
interface Value {
  readonly shape: Shape;
  readonly elements: Float64Array;
}

type Rule<P extends Primitive> = (node: Node<P>, ...inputs: Value[]) => Float64Array;

/** The position of the element at `index` in row-major order. */
function positionOf(index: readonly number[], strides: readonly number[]): number {
  let position = 0;
  for (let axis = 0; axis < strides.length; axis++) position += index[axis]! * strides[axis]!;
  return position;
}

/** Elements read one by one: `source` maps coordinates of the result to coordinates of the input, or null for `outside`. */
function read(
  shape: Shape,
  input: Value,
  source: (index: readonly number[]) => readonly number[] | null,
  outside = 0,
): Float64Array {
  const strides = stridesOf(input.shape);
  const elements = new Float64Array(sizeOf(shape));
  forEachIndex(shape, (index, position) => {
    const at = source(index);
    elements[position] = at === null ? outside : input.elements[positionOf(at, strides)]!;
  });
  return elements;
}

const reductions: Readonly<
  Record<ReduceKind, (values: readonly number[], add: (a: number, b: number) => number) => number>
> = {
  sum: (values, add) => values.reduce(add, 0),
  max: (values) => values.reduce((a, b) => Math.max(a, b)),
  min: (values) => values.reduce((a, b) => Math.min(a, b)),
  variance: (values) => {
    // About one of them: the mean of equal values is exactly theirs, and their variance 0.
    const pivot = values[0]!;
    const mean = pivot + values.reduce((sum, value) => sum + (value - pivot), 0) / values.length;
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  },
};

/** Addition in a dtype: exact wrap-around for integers. */
function adder(dtype: DType): (a: number, b: number) => number {
  return isFloat(dtype) ? (a, b) => a + b : (a, b) => (a + b) | 0;
}

function multiplier(dtype: DType): (a: number, b: number) => number {
  return isFloat(dtype) ? (a, b) => a * b : Math.imul;
}

function contract({ attributes, shape, dtype }: Node<'contract'>, left: Value, right: Value): Float64Array {
  const { output } = attributes;
  const summed = [...new Set([...attributes.left, ...attributes.right])].filter(
    (label) => !output.includes(label),
  );
  const extents = labelExtents(attributes, left.shape, right.shape);
  const labels = [...output, ...summed];
  const stridesFor = (axes: readonly number[], own: Shape): number[] => {
    const strides = stridesOf(own);
    return labels.map((label) => (axes.includes(label) ? strides[axes.indexOf(label)]! : 0));
  };
  const leftStrides = stridesFor(attributes.left, left.shape);
  const rightStrides = stridesFor(attributes.right, right.shape);
  const [add, multiply] = [adder(dtype), multiplier(dtype)];
  const elements = new Float64Array(sizeOf(shape));
  const inner = sizeOf(summed.map((label) => extents.get(label)!));
  let position = 0;
  let step = 0;
  if (inner === 0) return elements;
  forEachIndex(
    labels.map((label) => extents.get(label)!),
    (index) => {
      const product = multiply(
        left.elements[positionOf(index, leftStrides)]!,
        right.elements[positionOf(index, rightStrides)]!,
      );
      elements[position] = add(elements[position]!, product);
      if (++step === inner) {
        step = 0;
        position++;
      }
    },
  );
  return elements;
}

/** Row number `at` of a table, after checking that it has one. */
function rowAt(index: Value, at: number, rows: number): number {
  const row = index.elements[at]!;
  check(row >= 0 && row < rows, 'gather', () => rowOutOfRange(row, rows));
  return row;
}

const identity = (_node: Node, input?: Value): Float64Array => input!.elements;

const rules: { readonly [P in Primitive]: Rule<P> } = {
  constant: ({ attributes, shape }) => new Float64Array(sizeOf(shape)).fill(attributes.value),
  data: ({ attributes }) => Float64Array.from(attributes.storage.array),
  iota: ({ attributes, shape }) => {
    const elements = new Float64Array(sizeOf(shape));
    forEachIndex(shape, (index, position) => {
      elements[position] = index[attributes.axis]!;
    });
    return elements;
  },
  randomBits: ({ attributes, shape }, key) =>
    new Float64Array(sizeOf(shape)).map((_, position) =>
      threefry(key.elements[0]!, key.elements[1]!, position, 0, attributes.word),
    ),

  elementwise: ({ attributes, dtype, shape }, ...operands) => {
    const [a, b, c] = operands.map(({ elements }) => elements);
    const apply = evaluationIn(attributes.function, dtype);
    const elements = new Float64Array(sizeOf(shape));
    for (let i = 0; i < elements.length; i++) {
      const value = apply(a![i]!, b?.[i] ?? 0, c?.[i] ?? 0);
      elements[i] = isFloat(dtype) ? value : roundTo(dtype, value);
    }
    return elements;
  },
  cast: ({ dtype }, input) => input.elements.map((value) => castTo(dtype, value)),

  reduce: ({ attributes, dtype, shape }, input) => {
    const { kind, axes } = attributes;
    const groups = Array.from({ length: sizeOf(shape) }, (): number[] => []);
    const strides = stridesOf(shape);
    forEachIndex(input.shape, (index, position) => {
      const kept = index.filter((_, axis) => !axes.includes(axis));
      groups[positionOf(kept, strides)]!.push(input.elements[position]!);
    });
    return Float64Array.from(groups, (values) => reductions[kind](values, adder(dtype)));
  },

  reshape: identity,
  permute: ({ attributes, shape }, input) =>
    read(shape, input, (index) => shape.map((_, axis) => index[attributes.order.indexOf(axis)]!)),
  expand: ({ attributes, shape }, input) =>
    read(shape, input, (index) => index.filter((_, axis) => !attributes.axes.includes(axis))),
  pad: ({ attributes, shape }, input) =>
    read(
      shape,
      input,
      (index) => {
        const at = index.map(
          (coordinate, axis) =>
            (coordinate - attributes.padding[axis]!.low) / (attributes.padding[axis]!.interior + 1),
        );
        return at.every(
          (coordinate, axis) =>
            Number.isInteger(coordinate) && coordinate >= 0 && coordinate < input.shape[axis]!,
        )
          ? at
          : null;
      },
      attributes.value,
    ),
  slice: ({ attributes, shape }, input) =>
    read(shape, input, (index) =>
      index.map((coordinate, axis) => attributes.starts[axis]! + coordinate * attributes.steps[axis]!),
    ),
  flip: ({ attributes, shape }, input) =>
    read(shape, input, (index) =>
      index.map((coordinate, axis) =>
        attributes.axes.includes(axis) ? shape[axis]! - 1 - coordinate : coordinate,
      ),
    ),
  concat: ({ attributes, shape }, ...inputs) => {
    const { axis } = attributes;
    const elements = new Float64Array(sizeOf(shape));
    forEachIndex(shape, (index, position) => {
      let coordinate = index[axis]!;
      let which = 0;
      while (coordinate >= inputs[which]!.shape[axis]!) coordinate -= inputs[which++]!.shape[axis]!;
      const input = inputs[which]!;
      elements[position] = input.elements[positionOf(index.with(axis, coordinate), stridesOf(input.shape))]!;
    });
    return elements;
  },
  unfold: ({ attributes, shape }, input) => {
    const { axis, stride, dilation } = attributes;
    return read(shape, input, (index) =>
      index.slice(0, -1).with(axis, index[axis]! * stride + index.at(-1)! * dilation),
    );
  },
  fold: ({ attributes, dtype, shape }, input) => {
    const { axis, stride, dilation } = attributes;
    const elements = new Float64Array(sizeOf(shape));
    const strides = stridesOf(shape);
    const add = adder(dtype);
    forEachIndex(input.shape, (index, position) => {
      const target = positionOf(
        index.slice(0, -1).with(axis, index[axis]! * stride + index.at(-1)! * dilation),
        strides,
      );
      elements[target] = add(elements[target]!, input.elements[position]!);
    });
    return elements;
  },

  contract: (node, left, right) => contract(node, left, right),
  gather: ({ shape }, table, index) => {
    const [rows, ...rest] = table.shape as [number, ...number[]];
    const rowSize = sizeOf(rest);
    return new Float64Array(sizeOf(shape)).map((_, position) => {
      const row = rowAt(index, Math.floor(position / rowSize), rows);
      return table.elements[row * rowSize + (position % rowSize)]!;
    });
  },
  scatterAdd: ({ attributes, dtype, shape }, source, index) => {
    const elements = new Float64Array(sizeOf(shape));
    const rowSize = sizeOf(shape.slice(1));
    const add = adder(dtype);
    source.elements.forEach((value, position) => {
      const row = rowAt(index, Math.floor(position / rowSize), attributes.rows);
      const target = row * rowSize + (position % rowSize);
      elements[target] = add(elements[target]!, value);
    });
    return elements;
  },

  // Once its value is known it may have let go of its input.
  stopGradient: ({ settled }, input) =>
    settled === undefined ? input.elements : Float64Array.from(settled.attributes.storage.array),
  materialize: identity,
  customGradient: identity,
};

/** The elements of the given nodes, in row-major order, as float64 numbers whatever their dtype. */
export function interpret(roots: readonly Node[]): Float64Array[] {
  const values = new Map<Node, Value>();
  for (const node of topologicalOrder(roots)) {
    // The table's type ties each rule to its own primitive's attributes; a node's op picks the matching one.
    const rule = rules[node.op] as Rule<Primitive>;
    values.set(node, {
      shape: node.shape,
      elements: rule(node, ...node.inputs.map((input) => values.get(input)!)),
    });
  }
  return roots.map((root) => values.get(root)!.elements);
}
