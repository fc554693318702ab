/**
 * @file One constructor per primitive: computes the output's shape and dtype from the inputs and attributes.
 * What users can get wrong was checked before, in their terms, by ops/; here only invariants are asserted.
 */
import { type DType, promote, roundTo, toFloat } from '../dtype.ts';
import { formatShape, invariant } from '../errors.ts';
import { equalShapes, isWithoutAxes, type Shape, sizeOf, withoutAxes } from '../shape.ts';
import { type Attributes, Node, type Padding, type ReduceKind, type Storage } from './node.ts';
import { type DTypeRule, type ScalarName, scalarFunction } from './scalar-functions.ts';

export function constant(value: number, shape: Shape, dtype: DType): Node<'constant'> {
  return new Node('constant', [], { value: roundTo(dtype, value) }, shape, dtype);
}

/**
 * @param forgetful whether the value was computed and how has been forgotten, so that a gradient cannot flow further
 */
export function data(
  storage: Storage,
  shape: Shape,
  dtype: DType,
  { tracked = false, forgetful = false } = {},
): Node<'data'> {
  const size = storage.size ?? storage.array.length;
  invariant(size === sizeOf(shape), () => `data of ${size} elements for ${formatShape(shape)}`);
  return new Node('data', [], { storage, forgetful }, shape, dtype, tracked);
}

export function iota(shape: Shape, axis: number): Node<'iota'> {
  return new Node('iota', [], { axis }, shape, 'i32');
}

export function randomBits(key: Node, shape: Shape, word: 0 | 1): Node<'randomBits'> {
  invariant(key.dtype === 'i32' && equalShapes(key.shape, [2]), 'a random key is i32 [2]');
  return new Node('randomBits', [key], { word }, shape, 'i32');
}

const operandDType: Readonly<Record<DTypeRule, (dtype: DType, position: number) => DType>> = {
  arithmetic: (dtype) => promote(dtype, 'i32'),
  float: toFloat,
  comparison: (dtype) => dtype,
  logical: () => 'bool',
  selection: (dtype, position) => (position === 0 ? 'bool' : dtype),
};

/** The dtype to which functions of a rule cast the operand at `position`, given the operands' common dtype. */
export function operandDTypeOf(rule: DTypeRule, common: DType, position: number): DType {
  return operandDType[rule](common, position);
}

export function elementwise(name: ScalarName, operands: readonly Node[]): Node<'elementwise'> {
  const { arity, dtypes } = scalarFunction(name);
  const last = operands.at(-1);
  invariant(last !== undefined && operands.length === arity, 'a function of too few or too many operands');
  for (const { shape } of operands)
    invariant(equalShapes(shape, last.shape), 'a function of operands of several shapes');
  const dtype = dtypes === 'comparison' ? 'bool' : last.dtype;
  return new Node('elementwise', operands, { function: name }, last.shape, dtype);
}

export const add = (left: Node, right: Node): Node => elementwise('add', [left, right]);

/** The same values, but with 0 for −0: x + 0. */
export const withoutNegativeZeros = (input: Node): Node => add(input, constant(0, input.shape, input.dtype));

export function cast(input: Node, dtype: DType): Node {
  return input.dtype === dtype ? input : new Node('cast', [input], {}, input.shape, dtype);
}

export function reduce(input: Node, kind: ReduceKind, axes: readonly number[]): Node {
  if (axes.length === 0 && kind !== 'variance') return input;
  return new Node('reduce', [input], { kind, axes }, withoutAxes(input.shape, axes), input.dtype);
}

export function reshape(input: Node, shape: Shape): Node {
  if (equalShapes(input.shape, shape)) return input;
  invariant(sizeOf(input.shape) === sizeOf(shape), 'reshape to another number of elements');
  return new Node('reshape', [input], {}, shape, input.dtype);
}

export function permute(input: Node, order: readonly number[]): Node {
  if (order.every((axis, position) => axis === position)) return input;
  return new Node(
    'permute',
    [input],
    { order },
    order.map((axis) => input.shape[axis]!),
    input.dtype,
  );
}

export function expand(input: Node, shape: Shape, axes: readonly number[]): Node {
  if (axes.length === 0) return input;
  invariant(
    isWithoutAxes(input.shape, shape, axes),
    "expand to a shape that is not the input's with axes more",
  );
  return new Node('expand', [input], { axes }, shape, input.dtype);
}

/** The extent of an axis after padding. */
function paddedExtent(extent: number, { low, high, interior }: Padding): number {
  return low + high + extent + Math.max(0, extent - 1) * interior;
}

export function pad(input: Node, padding: readonly Padding[], value: number): Node {
  if (padding.every(({ low, high, interior }) => low === 0 && high === 0 && interior === 0)) return input;
  const shape = input.shape.map((extent, axis) => paddedExtent(extent, padding[axis]!));
  invariant(
    shape.every((extent) => extent >= 0),
    'pad to a negative extent',
  );
  return new Node('pad', [input], { padding, value: roundTo(input.dtype, value) }, shape, input.dtype);
}

/** Zeros before and behind one axis; negative numbers of them crop. */
export function padAxis(input: Node, axis: number, low: number, high: number): Node {
  const none = { low: 0, high: 0, interior: 0 };
  const padding = input.shape.map((_, k) => (k === axis ? { low, high, interior: 0 } : none));
  return pad(input, padding, 0);
}

/** `shape` is the extents of the result: how many elements are taken along each axis. */
export function slice(input: Node, starts: readonly number[], steps: readonly number[], shape: Shape): Node {
  if (equalShapes(shape, input.shape) && steps.every((step, axis) => step === 1 || shape[axis]! <= 1))
    return input;
  return new Node('slice', [input], { starts, steps }, shape, input.dtype);
}

/** Some elements in a row along one axis, all of the others. */
export function sliceAxis(input: Node, axis: number, start: number, extent: number): Node {
  const starts = input.shape.map((_, k) => (k === axis ? start : 0));
  const steps = input.shape.map(() => 1);
  return slice(input, starts, steps, input.shape.with(axis, extent));
}

export function flip(input: Node, axes: readonly number[]): Node {
  return axes.length === 0 ? input : new Node('flip', [input], { axes }, input.shape, input.dtype);
}

export function concat(inputs: readonly Node[], axis: number): Node {
  const first = inputs[0];
  invariant(first !== undefined, 'concat of nothing');
  if (inputs.length === 1) return first;
  const extent = inputs.reduce((sum, input) => sum + input.shape[axis]!, 0);
  return new Node('concat', inputs, { axis }, first.shape.with(axis, extent), first.dtype);
}

/** How many windows of `size` elements, `dilation` apart, fit when each starts `stride` after the one before. */
export function windowCount(extent: number, size: number, stride: number, dilation: number): number {
  const reach = (size - 1) * dilation + 1;
  return extent < reach ? 0 : Math.floor((extent - reach) / stride) + 1;
}

export function unfold(input: Node, axis: number, size: number, stride: number, dilation: number): Node {
  const count = windowCount(input.shape[axis]!, size, stride, dilation);
  return new Node(
    'unfold',
    [input],
    { axis, size, stride, dilation },
    [...input.shape.with(axis, count), size],
    input.dtype,
  );
}

export function fold(input: Node, axis: number, extent: number, stride: number, dilation: number): Node {
  return new Node(
    'fold',
    [input],
    { axis, extent, stride, dilation },
    input.shape.slice(0, -1).with(axis, extent),
    input.dtype,
  );
}

/** The extent of every label of a contraction, from the shapes of its operands. */
export function labelExtents(
  { left, right }: Pick<Attributes['contract'], 'left' | 'right'>,
  leftShape: Shape,
  rightShape: Shape,
): Map<number, number> {
  const extents = new Map<number, number>();
  for (const [labels, shape] of [
    [left, leftShape],
    [right, rightShape],
  ] as const) {
    invariant(labels.length === shape.length, 'contract needs one label per axis');
    for (const [axis, label] of labels.entries()) {
      invariant(
        (extents.get(label) ?? shape[axis]) === shape[axis],
        () => `contract: label ${label} has two extents`,
      );
      extents.set(label, shape[axis]!);
    }
  }
  return extents;
}

export function contract(left: Node, right: Node, labels: Attributes['contract']): Node {
  invariant(left.dtype === right.dtype, () => `contract of ${left.dtype} and ${right.dtype}`);
  const extents = labelExtents(labels, left.shape, right.shape);
  const shape = labels.output.map((label) => extents.get(label)!);
  return new Node('contract', [left, right], labels, shape, left.dtype);
}

export function gather(table: Node, index: Node): Node {
  invariant(index.dtype === 'i32', 'gather needs an i32 index');
  return new Node('gather', [table, index], {}, [...index.shape, ...table.shape.slice(1)], table.dtype);
}

export function scatterAdd(source: Node, index: Node, rows: number): Node {
  invariant(index.dtype === 'i32', 'scatterAdd needs an i32 index');
  return new Node(
    'scatterAdd',
    [source, index],
    { rows },
    [rows, ...source.shape.slice(index.shape.length)],
    source.dtype,
  );
}

export function stopGradient(input: Node): Node {
  return new Node('stopGradient', [input], {}, input.shape, input.dtype, false);
}

/** The identity again, but as a new source of gradients: what a tensor stands for once it requires its gradient. */
export function leaf(input: Node): Node {
  return new Node('stopGradient', [input], {}, input.shape, input.dtype, true);
}

export function materialize(input: Node): Node {
  return new Node('materialize', [input], {}, input.shape, input.dtype);
}

export function customGradient(
  value: Node,
  inputs: readonly Node[],
  pullback: Attributes['customGradient']['pullback'],
): Node {
  return new Node('customGradient', [value, ...inputs], { pullback }, value.shape, value.dtype);
}
