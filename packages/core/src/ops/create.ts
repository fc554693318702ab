/**
 * @file Making tensors from JavaScript values and from patterns. Random ones are in random.ts.
 */
import { allocate, checkDType, type DType, dtypeOf, isFloat, type TypedArray } from '../dtype.ts';
import { check, describe, fail, formatShape } from '../errors.ts';
import { cast, constant, data, elementwise, expand, iota as iotaNode } from '../graph/build.ts';
import { checkShape, normalizeAxis, type Shape, sizeOf } from '../shape.ts';
import { nodeOf, type Tensor, wrap } from './tensor.ts';

/** Numbers or booleans, nested to any depth in arrays of equal length, or already in a typed array. */
export type NestedArray = number | boolean | TypedArray | readonly NestedArray[];

/** What every creation function accepts. */
export interface CreateOptions {
  /** The element type; by default f32, but bool for booleans and the array's own type for typed arrays. */
  dtype?: DType;
  /** Whether `backward` collects this tensor's gradient; by default false. */
  requiresGrad?: boolean;
}

function isTypedArray(value: unknown): value is TypedArray {
  return (
    ArrayBuffer.isView(value) &&
    ['Float32Array', 'Float64Array', 'Int32Array', 'Uint8Array'].includes(value.constructor.name)
  );
}

function finish(tensor: Tensor, requiresGrad: boolean | undefined): Tensor {
  if (requiresGrad === true) tensor.requiresGrad = true;
  return tensor;
}

/** The lengths along the first elements, which every other branch must share. */
function nestedShape(values: NestedArray): number[] {
  const shape: number[] = [];
  let level: NestedArray | undefined = values;
  while (Array.isArray(level) || isTypedArray(level)) {
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
function convert(values: ArrayLike<number | boolean>, dtype: DType): TypedArray {
  const array = allocate(dtype, values.length);
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (!isFloat(dtype)) {
      const fits = dtype === 'i32' ? (value | 0) === value : value === 0 || value === 1;
      check(
        fits,
        'tensor',
        () =>
          `${value} (element ${i}) is not ${dtype === 'i32' ? 'a 32-bit whole number' : '0, 1 or a boolean'}, as dtype ${dtype} needs`,
      );
    }
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
 * tensor(new Float64Array(6), { shape: [2, 3] }).dtype; // 'f64'
 */
export function tensor(values: NestedArray, options: CreateOptions & { shape?: Shape } = {}): Tensor {
  const { dtype, shape, requiresGrad } = options;
  if (dtype !== undefined) checkDType(dtype, 'tensor');
  let flat: ArrayLike<number | boolean>;
  let inferredShape: Shape;
  let inferredDType: DType;
  if (isTypedArray(values)) {
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
  return finish(
    wrap(data({ array: convert(flat, target) }, [...(shape ?? inferredShape)], target)),
    requiresGrad,
  );
}

/**
 * A tensor with the same value everywhere.
 * @example full([2, 2], 7).toArray(); // [[7, 7], [7, 7]]
 */
export function full(shape: Shape, value: number | boolean, options: CreateOptions = {}): Tensor {
  checkShape(shape, 'full');
  check(
    typeof value === 'number' || typeof value === 'boolean',
    'full',
    () => `the value is a number or a boolean, not ${describe(value)}`,
  );
  const { dtype = typeof value === 'boolean' ? 'bool' : 'f32', requiresGrad } = options;
  checkDType(dtype, 'full');
  check(
    isFloat(dtype) || Number.isInteger(Number(value)),
    'full',
    () => `${value} is not a whole number, as dtype ${dtype} needs`,
  );
  return finish(wrap(constant(Number(value), [...shape], dtype)), requiresGrad);
}

/**
 * Zeros.
 * @example zeros([3]).toArray(); // [0, 0, 0]
 */
export function zeros(shape: Shape, options: CreateOptions = {}): Tensor {
  checkShape(shape, 'zeros');
  return full(shape, 0, options);
}

/**
 * Ones.
 * @example ones([3]).toArray(); // [1, 1, 1]
 */
export function ones(shape: Shape, options: CreateOptions = {}): Tensor {
  checkShape(shape, 'ones');
  return full(shape, 1, options);
}

/**
 * Zeros of the shape and dtype of another tensor.
 * @example zerosLike(tensor([1, 2])).toArray(); // [0, 0]
 */
export function zerosLike(x: Tensor, options: CreateOptions = {}): Tensor {
  const { shape, dtype } = nodeOf(x, 'zerosLike');
  return full(shape, 0, { dtype, ...options });
}

/**
 * Ones of the shape and dtype of another tensor.
 * @example onesLike(tensor([5, 6])).toArray(); // [1, 1]
 */
export function onesLike(x: Tensor, options: CreateOptions = {}): Tensor {
  const { shape, dtype } = nodeOf(x, 'onesLike');
  return full(shape, 1, { dtype, ...options });
}

/** A one-dimensional tensor with the values of `valueAt(0)`, `valueAt(1)` … */
function sequence(
  length: number,
  dtype: DType,
  valueAt: (position: number) => number,
  requiresGrad?: boolean,
): Tensor {
  const array = allocate(dtype, length);
  for (let i = 0; i < length; i++) array[i] = valueAt(i);
  return finish(wrap(data({ array }, [length], dtype)), requiresGrad);
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
  const { step = 1, requiresGrad } = options;
  const whole = [start, stop, step].every(Number.isInteger);
  const { dtype = whole ? 'i32' : 'f32' } = options;
  checkDType(dtype, 'arange');
  check(
    [start, stop, step].every(Number.isFinite) && step !== 0,
    'arange',
    () => `needs finite numbers and a step other than 0, not ${start}, ${stop}, step ${step}`,
  );
  check(
    whole || isFloat(dtype),
    'arange',
    () => `${start}, ${stop}, step ${step} are not whole numbers, as dtype ${dtype} needs`,
  );
  return sequence(
    Math.max(0, Math.ceil((stop - start) / step)),
    dtype,
    (i) => start + i * step,
    requiresGrad,
  );
}

/**
 * `count` numbers evenly spaced from `start` to `stop`, both included.
 * @example linspace(0, 1, 5).toArray(); // [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(start: number, stop: number, count: number, options: CreateOptions = {}): Tensor {
  const { dtype = 'f32', requiresGrad } = options;
  checkDType(dtype, 'linspace');
  check(isFloat(dtype), 'linspace', () => `gives floats, not ${dtype}`);
  checkShape([count], 'linspace');
  const gap = count > 1 ? (stop - start) / (count - 1) : 0;
  return sequence(count, dtype, (i) => (i === count - 1 && count > 1 ? stop : start + i * gap), requiresGrad);
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
  const { dtype = 'f32', requiresGrad } = options;
  checkDType(dtype, 'eye');
  const shape = [rows, columns];
  checkShape(shape, 'eye');
  return finish(
    wrap(cast(elementwise('equal', [iotaNode(shape, 0), iotaNode(shape, 1)]), dtype)),
    requiresGrad,
  );
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
  const { dtype = 'f32' } = options;
  checkDType(dtype, 'oneHot');
  const classNumbers = iota([...node.shape, classes], -1);
  return wrap(
    cast(
      elementwise('equal', [expand(node, [...node.shape, classes], [node.shape.length]), classNumbers.node]),
      dtype,
    ),
  );
}
