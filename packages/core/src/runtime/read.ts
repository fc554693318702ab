/**
 * @file From tensors to JavaScript values. The async forms are for devices that can only be read asynchronously; today
 * they compute at once.
 *
 * A tensor's type does not tell its dtype or rank: callers that know more say so by a type argument. What it says is not
 * checked.
 */
/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- they are what callers know */
import { copyElements, type DType, type ElementOf, type NumericDType, type TypedArrayOf } from '../dtype.ts';
import { check, formatShape } from '../errors.ts';
import { nodeOf, type Tensor } from '../ops/tensor.ts';
import { sizeOf } from '../shape.ts';
import { elementsOf } from './engine.ts';

/** Numbers or booleans in arrays nested as deep as the tensor's rank. */
export type NestedValues = number | boolean | NestedValues[];

/**
 * The value of a tensor with one element: a number, or a boolean for dtype bool.
 * @template D the tensor's dtype: any of numbers, unless you say `item<'bool'>()`
 * @throws if there is not exactly one element
 * @example
 * tensor([[7]]).item(); // 7
 * tensor([1, 2]).equal(1).any().item<'bool'>(); // true
 */
export function item<D extends DType = NumericDType>(x: Tensor): ElementOf<D> {
  return itemOf<D>(x, 'item');
}

function itemOf<D extends DType>(x: Tensor, operation: string): ElementOf<D> {
  const { shape, dtype } = nodeOf(x, operation);
  check(
    sizeOf(shape) === 1,
    operation,
    () => `needs a tensor of one element, not of shape ${formatShape(shape)}; use toArray()`,
  );
  const value = elementsOf(x)[0]!;
  // The dtype is the caller's D.
  return (dtype === 'bool' ? value !== 0 : value) as ElementOf<D>;
}

/**
 * All values, in arrays nested as deep as the rank.
 * @template Values what that is for the tensor's rank and dtype, if you know: `toArray<number[][]>()`
 * @example tensor([[1, 2], [3, 4]]).toArray(); // [[1, 2], [3, 4]]
 */
export function toArray<Values extends NestedValues = NestedValues>(x: Tensor): Values {
  return nestedValuesOf<Values>(x, 'toArray');
}

function nestedValuesOf<Values extends NestedValues>(x: Tensor, operation: string): Values {
  const { shape, dtype } = nodeOf(x, operation);
  const elements = elementsOf(x);
  let position = 0;
  const build = (axis: number): NestedValues => {
    if (axis === shape.length) {
      const value = elements[position++]!;
      return dtype === 'bool' ? value !== 0 : value;
    }
    return Array.from({ length: shape[axis]! }, () => build(axis + 1));
  };
  // The rank and dtype are the caller's.
  return build(0) as Values;
}

/**
 * All values in row-major order, in a typed array of the tensor's dtype that is yours to change.
 * @template D the tensor's dtype, if you know: `data<'f32'>()` is a Float32Array
 * @example tensor([[1, 2], [3, 4]]).data(); // Float32Array [1, 2, 3, 4]
 */
export function data<D extends DType = DType>(x: Tensor): TypedArrayOf<D> {
  return copyOf<D>(x, 'data');
}

function copyOf<D extends DType>(x: Tensor, operation: string): TypedArrayOf<D> {
  const { shape, dtype } = nodeOf(x, operation);
  const what = `a copy of ${dtype} ${formatShape(shape)}`;
  // The dtype is the caller's D.
  return copyElements(dtype, elementsOf(x), what) as TypedArrayOf<D>;
}

/**
 * The promise of {@link item}.
 * @example await tensor([[7]]).itemAsync(); // 7
 */
export async function itemAsync<D extends DType = NumericDType>(x: Tensor): Promise<ElementOf<D>> {
  return Promise.resolve(itemOf<D>(x, 'itemAsync'));
}

/**
 * The promise of {@link toArray}.
 * @example await tensor([1, 2]).toArrayAsync(); // [1, 2]
 */
export async function toArrayAsync<Values extends NestedValues = NestedValues>(x: Tensor): Promise<Values> {
  return Promise.resolve(nestedValuesOf<Values>(x, 'toArrayAsync'));
}

/**
 * The promise of {@link data}.
 * @example await tensor([1, 2]).dataAsync(); // Float32Array [1, 2]
 */
export async function dataAsync<D extends DType = DType>(x: Tensor): Promise<TypedArrayOf<D>> {
  return Promise.resolve(copyOf<D>(x, 'dataAsync'));
}

/** How many elements are shown at each end of a long axis. */
const edge = 3;

/** Integers in full, floats with up to six significant digits. */
function formatElement(value: number, dtype: DType): string {
  if (dtype === 'bool') return String(value !== 0);
  if (dtype === 'i32') return String(value);
  return Object.is(value, -0) ? '-0' : String(Number(value.toPrecision(6)));
}

/**
 * A readable text: values (the middle of long axes left out), shape and dtype.
 * @example String(tensor([1, 2])); // tensor([1, 2], shape [2], f32)
 */
export function toString(x: Tensor): string {
  const { shape, dtype } = nodeOf(x, 'toString');
  const elements = elementsOf(x);
  const show = (axis: number, start: number): string => {
    if (axis === shape.length) return formatElement(elements[start]!, dtype);
    const extent = shape[axis]!;
    const stride = sizeOf(shape.slice(axis + 1));
    const parts = Array.from({ length: extent }, (_, k) => k).filter(
      (k) => extent <= 2 * edge + 1 || k < edge || k >= extent - edge,
    );
    const texts = parts.map((k) => show(axis + 1, start + k * stride));
    if (parts.length < extent) texts.splice(edge, 0, '…');
    const separator = axis === shape.length - 1 ? ', ' : `,\n${' '.repeat(8 + axis)}`;
    return `[${texts.join(separator)}]`;
  };
  return `tensor(${show(0, 0)}, shape ${formatShape(shape)}, ${dtype})`;
}
