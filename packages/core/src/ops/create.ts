/**
 * @file Making tensors from JavaScript values and from patterns. Random ones are in random.ts.
 */
import { allocate, checkDType, checkFits, type DType, dtypeOf, isFloat, type TypedArray } from '../dtype.ts';
import { check, describe, fail, formatShape, optionsOf } from '../errors.ts';
import { cast, constant, data, elementwise, expand, iota as iotaNode } from '../graph/build.ts';
import { checkShape, normalizeAxis, type Shape, sizeOf } from '../shape.ts';
import { type CreateOptions, creationOptions, finish } from './creation.ts';
import { nodeOf, type Tensor, wrap } from './tensor.ts';

export type { CreateOptions } from './creation.ts';

/** Numbers or booleans, nested to any depth in arrays of equal length, or already in a typed array. */
export type NestedArray = number | boolean | TypedArray | readonly NestedArray[];

/** The deepest nesting that counts as data rather than as a list that contains itself. */
const deepest = 64;

function isTypedArray(value: unknown): value is TypedArray {
  return (
    ArrayBuffer.isView(value) &&
    ['Float32Array', 'Float64Array', 'Int32Array', 'Uint8Array'].includes(value.constructor.name)
  );
}

/** The lengths along the first elements, which every other branch must share. */
function nestedShape(values: NestedArray): number[] {
  const shape: number[] = [];
  let level: NestedArray | undefined = values;
  while (Array.isArray(level) || isTypedArray(level)) {
    check(
      shape.length < deepest,
      'tensor',
      () => `the nesting is deeper than ${deepest} levels; does a list contain itself?`,
    );
    shape.push(level.length);
    level = level[0] as NestedArray | undefined;
  }
  return shape;
}

/** The innermost values in order, after checking that the nesting is regular. */
function flatten(values: NestedArray, shape: Shape): (number | boolean)[] {
  const flat: (number | boolean)[] = [];
  const visit = (value: unknown, path: readonly number[]): void => {
    const place = path.length === 0 ? '' : ` at ${formatShape(path)}`;
    if (Array.isArray(value) || isTypedArray(value)) {
      const expected = shape[path.length];
      if (expected === undefined)
        fail('tensor', `the nesting is deeper${place} than at the first element (${formatShape(shape)})`);
      check(
        value.length === expected,
        'tensor',
        () => `rows differ in length: ${value.length}${place}, ${expected} before it`,
      );
      for (let i = 0; i < value.length; i++) visit(value[i], [...path, i]);
      return;
    }
    check(
      path.length === shape.length,
      'tensor',
      () => `the nesting is shallower${place} than at the first element (${formatShape(shape)})`,
    );
    if (typeof value !== 'number' && typeof value !== 'boolean')
      fail('tensor', `expected a number or a boolean${place}, not ${describe(value)}`);
    flat.push(value);
  };
  visit(values, []);
  return flat;
}

/** Copies values into a typed array; a value that the dtype cannot hold is an error, not a surprise. */
function convert(values: TypedArray | readonly (number | boolean)[], dtype: DType): TypedArray {
  const array = allocate(dtype, values.length);
  // Floats hold every number, and each dtype what is in an array of its own; but a byte may be no boolean.
  if (isTypedArray(values) && (isFloat(dtype) || (dtype === 'i32' && dtypeOf(values) === 'i32'))) {
    array.set(values);
    return array;
  }
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    checkFits(value, dtype, 'tensor', i);
    array[i] = value;
  }
  return array;
}

/**
 * A tensor of the given numbers. The values are copied.
 *
 * @param values a number, arrays nested as deep as the rank, or a typed array (one axis, unless `shape` says otherwise)
 * @throws if the rows differ in length, or a value does not fit the dtype
 * @example
 * tensor([[1, 2], [3, 4]]).shape; // [2, 2]
 * tensor(new Float64Array(6), { shape: [2, 3] }).dtype; // f64
 */
export function tensor(values: NestedArray, options: CreateOptions & { shape?: Shape } = {}): Tensor {
  const { dtype, shape } = creationOptions(options, 'tensor', ['shape']);
  let flat: TypedArray | readonly (number | boolean)[];
  let inferredShape: Shape;
  let inferredDType: DType;
  if (isTypedArray(values)) {
    // Older engines cannot tell an array whose memory was transferred from an empty one.
    const { detached = false } = values.buffer as { detached?: boolean };
    check(!detached, 'tensor', () => 'the memory of the typed array was transferred elsewhere');
    flat = values;
    inferredShape = [values.length];
    inferredDType = dtypeOf(values);
  } else {
    inferredShape = nestedShape(values);
    const list = flatten(values, inferredShape);
    flat = list;
    inferredDType = list.length > 0 && list.every((value) => typeof value === 'boolean') ? 'bool' : 'f32';
  }
  if (shape !== undefined) {
    checkShape(shape, 'tensor');
    check(
      sizeOf(shape) === flat.length,
      'tensor',
      () => `the shape ${formatShape(shape)} holds ${sizeOf(shape)} elements, but ${flat.length} were given`,
    );
  }
  const target = dtype ?? inferredDType;
  return finish(wrap(data({ array: convert(flat, target) }, [...(shape ?? inferredShape)], target)), options);
}

function filled(shape: Shape, value: number | boolean, options: CreateOptions, operation: string): Tensor {
  checkShape(shape, operation);
  const { dtype = typeof value === 'boolean' ? 'bool' : 'f32' } = creationOptions(options, operation);
  checkFits(Number(value), dtype, operation);
  return finish(wrap(constant(Number(value), [...shape], dtype)), options);
}

/**
 * A tensor with the same value everywhere.
 * @example full([2, 2], 7).toArray(); // [[7, 7], [7, 7]]
 */
export function full(shape: Shape, value: number | boolean, options: CreateOptions = {}): Tensor {
  check(
    typeof value === 'number' || typeof value === 'boolean',
    'full',
    () => `the value is a number or a boolean, not ${describe(value)}`,
  );
  return filled(shape, value, options, 'full');
}

/**
 * Zeros.
 * @example zeros([3]).toArray(); // [0, 0, 0]
 */
export function zeros(shape: Shape, options: CreateOptions = {}): Tensor {
  return filled(shape, 0, options, 'zeros');
}

/**
 * Ones.
 * @example ones([3]).toArray(); // [1, 1, 1]
 */
export function ones(shape: Shape, options: CreateOptions = {}): Tensor {
  return filled(shape, 1, options, 'ones');
}

/**
 * Zeros of the shape and dtype of another tensor.
 * @example zerosLike(tensor([1, 2])).toArray(); // [0, 0]
 */
export function zerosLike(x: Tensor, options: CreateOptions = {}): Tensor {
  const { shape, dtype } = nodeOf(x, 'zerosLike');
  return filled(shape, 0, { dtype, ...creationOptions(options, 'zerosLike') }, 'zerosLike');
}

/**
 * Ones of the shape and dtype of another tensor.
 * @example onesLike(tensor([5, 6])).toArray(); // [1, 1]
 */
export function onesLike(x: Tensor, options: CreateOptions = {}): Tensor {
  const { shape, dtype } = nodeOf(x, 'onesLike');
  return filled(shape, 1, { dtype, ...creationOptions(options, 'onesLike') }, 'onesLike');
}

/** A one-dimensional tensor with the values of `valueAt(0)`, `valueAt(1)` … */
function sequence(
  length: number,
  dtype: DType,
  valueAt: (position: number) => number,
  options: CreateOptions,
): Tensor {
  const array = allocate(dtype, length);
  for (let i = 0; i < length; i++) array[i] = valueAt(i);
  return finish(wrap(data({ array }, [length], dtype)), options);
}

/**
 * The numbers from `start` (0 when left out) up to but without `stop`, `step` apart. i32 when all three are whole, else f32.
 * @example
 * arange(3).toArray(); // [0, 1, 2]
 * arange(1, 2, { step: 0.25 }).toArray(); // [1, 1.25, 1.5, 1.75]
 */
export function arange(stop: number, options?: CreateOptions & { step?: number }): Tensor;
export function arange(start: number, stop: number, options?: CreateOptions & { step?: number }): Tensor;
export function arange(
  first: number,
  second: number | (CreateOptions & { step?: number }) = {},
  third: CreateOptions & { step?: number } = {},
): Tensor {
  const [start, stop, options] = typeof second === 'number' ? [first, second, third] : [0, first, second];
  const { step = 1, dtype: given } = creationOptions(options, 'arange', ['step']);
  const whole = [start, stop, step].every(Number.isInteger);
  const dtype = given ?? (whole ? 'i32' : 'f32');
  check(
    [start, stop, step].every(Number.isFinite) && step !== 0,
    'arange',
    () =>
      `needs finite numbers and a step other than 0, not ${describe(start)}, ${describe(stop)}, step ${describe(step)}`,
  );
  check(
    whole || isFloat(dtype),
    'arange',
    () => `${start}, ${stop}, step ${step} are not whole numbers, as dtype ${dtype} needs`,
  );
  const count = Math.max(0, Math.ceil((stop - start) / step));
  checkShape([count], 'arange');
  if (count > 0) for (const end of [start, start + (count - 1) * step]) checkFits(end, dtype, 'arange');
  return sequence(count, dtype, (i) => start + i * step, options);
}

/**
 * `count` numbers evenly spaced from `start` to `stop`, both included.
 * @example linspace(0, 1, 5).toArray(); // [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(start: number, stop: number, count: number, options: CreateOptions = {}): Tensor {
  const { dtype = 'f32' } = creationOptions(options, 'linspace');
  check(isFloat(dtype), 'linspace', () => `gives floats, not ${dtype}`);
  check(
    Number.isFinite(start) && Number.isFinite(stop) && Number.isFinite(stop - start),
    'linspace',
    () => `needs start and stop a finite distance apart, not ${describe(start)} and ${describe(stop)}`,
  );
  checkShape([count], 'linspace');
  const gap = count > 1 ? (stop - start) / (count - 1) : 0;
  return sequence(count, dtype, (i) => (i === count - 1 && count > 1 ? stop : start + i * gap), options);
}

/**
 * Coordinates along one axis, as i32: entry (i₀, i₁, …) is i_axis. Never stored in memory.
 * @example iota([2, 3], 1).toArray(); // [[0, 1, 2], [0, 1, 2]]
 */
export function iota(shape: Shape, axis = 0): Tensor {
  checkShape(shape, 'iota');
  return wrap(iotaNode([...shape], normalizeAxis(axis, shape.length, 'iota')));
}

/**
 * Ones on the diagonal, zeros elsewhere.
 * @example eye(2).toArray(); // [[1, 0], [0, 1]]
 */
export function eye(rows: number, columns: number = rows, options: CreateOptions = {}): Tensor {
  const { dtype = 'f32' } = creationOptions(options, 'eye');
  const shape = [rows, columns];
  checkShape(shape, 'eye');
  return finish(wrap(cast(elementwise('equal', [iotaNode(shape, 0), iotaNode(shape, 1)]), dtype)), options);
}

/**
 * One-hot rows: entry (…, k) is 1 where the index is k, else 0. An index outside [0, classes) gives a row of zeros.
 * @param index whole numbers, any shape
 * @returns shape [...index.shape, classes]
 * @example oneHot(tensor([0, 2], { dtype: 'i32' }), 3).toArray(); // [[1, 0, 0], [0, 0, 1]]
 */
export function oneHot(index: Tensor, classes: number, options: { dtype?: DType } = {}): Tensor {
  const node = nodeOf(index, 'oneHot');
  check(
    node.dtype === 'i32',
    'oneHot',
    () => `needs an i32 index, not ${node.dtype}; use cast(index, 'i32')`,
  );
  check(
    Number.isInteger(classes) && classes > 0,
    'oneHot',
    () => `classes is a whole number > 0, not ${describe(classes)}`,
  );
  const { dtype = 'f32' } = optionsOf(options, 'oneHot', ['dtype']);
  checkDType(dtype, 'oneHot');
  const shape = [...node.shape, classes];
  checkShape(shape, 'oneHot');
  const axis = node.shape.length;
  return wrap(cast(elementwise('equal', [expand(node, shape, [axis]), iotaNode(shape, axis)]), dtype));
}
