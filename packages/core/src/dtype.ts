/**
 * @file Element types: their storage, their rounding and how two of them promote.
 *
 * Promotion climbs `bool < i32 < f32 < f64` to the higher of the two. A JavaScript number or boolean is weak: it takes
 * the tensor's dtype, except that a whole number lifts bool to i32, and a fractional one (or one outside 32 bits) bool and
 * i32 to f32.
 */
import { check, describe, fail } from './errors.ts';

/** 32-bit float (the default), 64-bit float, 32-bit signed integer, boolean (stored as 0 and 1). */
export type DType = 'f32' | 'f64' | 'i32' | 'bool';

/** The typed array that holds the elements of a dtype. */
export type TypedArrayOf<D extends DType> = {
  f32: Float32Array;
  f64: Float64Array;
  i32: Int32Array;
  bool: Uint8Array;
}[D];

/** The typed arrays that hold the elements of each dtype. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** What an element of a dtype is in JavaScript. */
export type ElementOf<D extends DType> = D extends 'bool' ? boolean : number;

/** The dtypes whose elements are numbers. */
export type NumericDType = Exclude<DType, 'bool'>;

interface DTypeTraits {
  /** The place in the promotion order. */
  readonly rank: number;
  readonly bytes: number;
  readonly isFloat: boolean;
  readonly allocate: (size: number) => TypedArray;
  readonly copy: (array: TypedArray) => TypedArray;
  /** The nearest value of this dtype, as a JavaScript number. */
  readonly round: (value: number) => number;
}

const traits = {
  bool: {
    rank: 0,
    bytes: 1,
    isFloat: false,
    allocate: (size) => new Uint8Array(size),
    copy: (array) => new Uint8Array(array),
    round: (value) => (value === 0 ? 0 : 1),
  },
  i32: {
    rank: 1,
    bytes: 4,
    isFloat: false,
    allocate: (size) => new Int32Array(size),
    copy: (array) => new Int32Array(array),
    round: (value) => value | 0,
  },
  f32: {
    rank: 2,
    bytes: 4,
    isFloat: true,
    allocate: (size) => new Float32Array(size),
    copy: (array) => new Float32Array(array),
    round: Math.fround,
  },
  f64: {
    rank: 3,
    bytes: 8,
    isFloat: true,
    allocate: (size) => new Float64Array(size),
    copy: (array) => new Float64Array(array),
    round: (value) => value,
  },
} as const satisfies Record<DType, DTypeTraits>;

/** All dtypes, lowest first. */
export const dtypes: readonly DType[] = ['bool', 'i32', 'f32', 'f64'];

export function isFloat(dtype: DType): boolean {
  return traits[dtype].isFloat;
}

export function bytesPerElement(dtype: DType): number {
  return traits[dtype].bytes;
}

/**
 * A zero-filled typed array for `size` elements.
 * @param what the value that it is for, for the message
 * @throws if the machine has no room for so many
 */
export function allocate(
  dtype: DType,
  size: number,
  what = `${size} elements of dtype ${dtype}`,
): TypedArray {
  try {
    return traits[dtype].allocate(size);
  } catch {
    return fail('memory', `no room for ${what} (${size * bytesPerElement(dtype)} bytes)`);
  }
}

/**
 * A copy of elements of a dtype, without first filling its memory with zeros.
 * @param what the value, for the message
 * @throws if the machine has no room for it
 */
export function copyElements(dtype: DType, array: TypedArray, what: string): TypedArray {
  try {
    return traits[dtype].copy(array);
  } catch {
    return fail('memory', `no room for ${what} (${array.length * bytesPerElement(dtype)} bytes)`);
  }
}

/** Rounds a number to the nearest value of the dtype: f32 rounds to even, i32 wraps around, bool is `value ≠ 0`. */
export function roundTo(dtype: DType, value: number): number {
  return traits[dtype].round(value);
}

/** Converts a number to a dtype: to i32 without its fraction and limited to 32 bits, NaN as 0; else as `roundTo`. */
export function castTo(dtype: DType, value: number): number {
  if (dtype !== 'i32') return roundTo(dtype, value);
  // NaN and −0 become 0.
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(value))) | 0;
}

/** The lowest value of a dtype, −∞ for floats. */
export function lowestOf(dtype: DType): number {
  return dtype === 'bool' ? 0 : dtype === 'i32' ? -(2 ** 31) : -Infinity;
}

/** The highest value of a dtype, ∞ for floats. */
export function highestOf(dtype: DType): number {
  return dtype === 'bool' ? 1 : dtype === 'i32' ? 2 ** 31 - 1 : Infinity;
}

/** The largest value of a float dtype that is less than a finite number. */
export function largestBelow(dtype: DType, value: number): number {
  const rounded = roundTo(dtype, value);
  let below = rounded;
  // The first distance that does not round away is at most the gap to the neighbour.
  for (let distance = Math.abs(rounded) * 2 ** -54 || Number.MIN_VALUE; below >= value; distance *= 2)
    below = roundTo(dtype, rounded - distance);
  return below;
}

/**
 * Throws unless a dtype can hold a number: i32 a whole one of 32 bits, bool 0 or 1.
 * @param element the number's place among others, for the message
 */
export function checkFits(value: number, dtype: DType, operation: string, element?: number): void {
  if (isFloat(dtype)) return;
  check(dtype === 'i32' ? (value | 0) === value : value === 0 || value === 1, operation, () => {
    const place = element === undefined ? '' : ` (element ${element})`;
    const need = dtype === 'i32' ? 'a 32-bit whole number' : '0, 1 or a boolean';
    const remedy = dtype === 'i32' && Number.isInteger(value) ? "; pass dtype 'f64'" : '';
    return `${value}${place} is not ${need}, as dtype ${dtype} needs${remedy}`;
  });
}

/** The higher of two dtypes in `bool < i32 < f32 < f64`. */
export function promote(a: DType, b: DType): DType {
  return traits[a].rank >= traits[b].rank ? a : b;
}

/** The dtype itself when it is a float, else f32. */
export function toFloat(dtype: DType): DType {
  return isFloat(dtype) ? dtype : 'f32';
}

/** The dtype that a JavaScript number or boolean takes beside a tensor of dtype `other`. */
export function weakDType(value: number | boolean, other: DType): DType {
  if (typeof value === 'boolean') return other;
  return promote(other, (value | 0) === value && !Object.is(value, -0) ? 'i32' : 'f32');
}

/** Throws unless `dtype` is one of the four names. */
export function checkDType(dtype: unknown, operation: string): asserts dtype is DType {
  if (typeof dtype !== 'string' || !Object.hasOwn(traits, dtype)) {
    fail(operation, `a dtype is one of ${dtypes.join(', ')}, not ${describe(dtype)}`);
  }
}

/** The dtype that a typed array holds: Uint8Array is bool. */
export function dtypeOf(array: TypedArray): DType {
  switch (Object.prototype.toString.call(array)) {
    case '[object Float64Array]':
      return 'f64';
    case '[object Int32Array]':
      return 'i32';
    case '[object Uint8Array]':
      return 'bool';
    default:
      return 'f32';
  }
}
