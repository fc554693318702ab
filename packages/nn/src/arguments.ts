/**
 * @file The checks of arguments that several layers, losses and optimizers share.
 */
import { type DType, Generator, type PerAxis, Tensor } from '@windfall/core';
import { check, describe, describeList, fail, isPlainObject } from '@windfall/core/extension';

/** Whether a value can hold entries by name: an object, but no array, Map or other collection. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !(Symbol.iterator in value);
}

/** The options as given; throws unless they are an object without other keys than `knownKeys`. */
export function optionsOf<Options extends object>(
  given: Options,
  operation: string,
  knownKeys: readonly (keyof Options & string)[],
): Options {
  const known: readonly string[] = knownKeys;
  const options: unknown = given;
  check(
    isRecord(options),
    operation,
    () => `options are an object with ${known.join(', ')}, not ${describe(options)}`,
  );
  // What has no options among its own keys would pass for having none: a bias where options belong.
  check(
    isPlainObject(options),
    operation,
    () => `options are a plain object with ${known.join(', ')}, not ${describe(options)}`,
  );
  const unknown = Object.keys(options).filter((key) => !known.includes(key));
  check(
    unknown.length === 0,
    operation,
    () => `has no option '${unknown.join("', '")}'; its options are ${known.join(', ')}`,
  );
  return given;
}

/** Throws unless the value is a whole number of at least `lowest`. */
export function checkWhole(value: unknown, operation: string, name: string, lowest = 1): void {
  check(
    typeof value === 'number' && Number.isSafeInteger(value) && value >= lowest,
    operation,
    () => `${name} is a whole number ≥ ${lowest}, not ${describe(value)}`,
  );
}

/** Throws unless the value can name an axis; whether a tensor has it shows when there is one. */
export function checkAxis(value: unknown, operation: string, name = 'axis'): void {
  check(Number.isSafeInteger(value), operation, () => `${name} is a whole number, not ${describe(value)}`);
}

/** Throws unless the value is a finite number in [low, high]. */
export function checkNumber(
  value: unknown,
  operation: string,
  name: string,
  range: { low?: number; high?: number } = {},
): void {
  const { low = -Infinity, high = Infinity } = range;
  const bounds = [...(low > -Infinity ? [` ≥ ${low}`] : []), ...(high < Infinity ? [` ≤ ${high}`] : [])];
  check(
    typeof value === 'number' && Number.isFinite(value) && value >= low && value <= high,
    operation,
    () => `${name} is a finite number${bounds.join(' and')}, not ${describe(value)}`,
  );
}

/** Throws unless the value is a generator of random numbers, or left out. */
export function checkGenerator(value: unknown, operation: string): void {
  check(
    value === undefined || value instanceof Generator,
    operation,
    () => `generator is a Generator, not ${describe(value)}`,
  );
}

/** Throws unless the dtype is one that parameters can have. */
export function checkParameterDType(dtype: DType, operation: string): void {
  check(['f32', 'f64'].includes(dtype), operation, () => `parameters are f32 or f64, not ${describe(dtype)}`);
}

/** A list with undefined where it has holes, which `every` would pass over; anything else as it is. */
function listOf(value: unknown): unknown {
  return Array.isArray(value) ? Array.from<unknown>(value) : value;
}

/** The numbers in an array or typed array, as a list of its own; throws unless they are numbers. */
export function numbersOf(value: unknown, operation: string, name: string, kind = 'numbers'): number[] {
  check(
    Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value),
    operation,
    () => `${name} are an array of ${kind}, not ${describe(value)}`,
  );
  const list = entriesOf(value as ArrayLike<unknown>, operation);
  list.forEach((entry, position) => {
    check(
      typeof entry === 'number',
      operation,
      () => `${name} are ${kind}, but entry ${position} is ${describe(entry)}`,
    );
  });
  return list as number[];
}

function entriesOf(value: ArrayLike<unknown>, operation: string): unknown[] {
  try {
    return Array.from(value);
  } catch {
    return fail(operation, 'the memory of the typed array was transferred elsewhere');
  }
}

/** One whole number for all spatial axes, or one for each, as a list. */
export function perAxis(
  value: PerAxis,
  axes: 1 | 2,
  operation: string,
  name: string,
  lowest = 1,
): readonly number[] {
  const list: unknown = typeof value === 'number' ? new Array<number>(axes).fill(value) : listOf(value);
  check(
    Array.isArray(list) &&
      list.length === axes &&
      list.every((entry) => Number.isSafeInteger(entry) && entry >= lowest),
    operation,
    () =>
      `${name} is a whole number ≥ ${lowest}, or ${axes === 1 ? 'a list of one' : 'two of them'}, not ${describeList(value)}`,
  );
  return [...(list as number[])];
}

/** The same for both axes of an image, as a pair. */
export function pairOf(value: PerAxis, operation: string, name: string, lowest = 1): [number, number] {
  const [vertical, horizontal] = perAxis(value, 2, operation, name, lowest);
  return [vertical!, horizontal!];
}

/** Throws unless `x` is a tensor. */
export function checkTensor(x: unknown, operation: string, name = 'the input'): asserts x is Tensor {
  check(x instanceof Tensor, operation, () => `${name} is a tensor, not ${describe(x)}`);
}

/** Throws unless `x` is a tensor of floats. */
export function checkFloats(x: unknown, operation: string, name: string): asserts x is Tensor {
  checkTensor(x, operation, name);
  check(
    x.dtype === 'f32' || x.dtype === 'f64',
    operation,
    () => `${name} is f32 or f64, not ${x.dtype}; use cast`,
  );
}

/** Throws unless `x` is a tensor of the layer's dtype. */
export function checkInput(x: unknown, operation: string, dtype: DType): asserts x is Tensor {
  checkTensor(x, operation);
  check(
    x.dtype === dtype,
    operation,
    () =>
      `the input is ${x.dtype}, the layer ${dtype}: cast the input with x.cast('${dtype}')${
        x.dtype === 'f32' || x.dtype === 'f64' ? `, or make the layer with { dtype: '${x.dtype}' }` : ''
      }`,
  );
}
