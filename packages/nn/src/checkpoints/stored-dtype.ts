/**
 * @file The element types of safetensors files: their size, their reading into core's dtypes and their writing. One row per
 * type; it knows neither headers nor files.
 *
 * Files are little-endian, and so is every machine that typed arrays are met on; `checkByteOrder` says so where it is not.
 */
import type { DType, TypedArray } from '@windfall/core';
import { check } from '@windfall/core/extension';
import { typedArrays } from '../data/typed-arrays.ts';
import {
  bfloat16,
  decodeSmallFloats,
  encodeSmallFloat,
  float8e4m3,
  float8e5m2,
  float16,
  type SmallFloat,
} from './small-floats.ts';
import { decodeWideIntegers, encodeWideIntegers } from './wide-integers.ts';

/** The element types of safetensors files, by their names there. */
export type StoredDType =
  | 'BOOL'
  | 'U8'
  | 'I8'
  | 'F8_E5M2'
  | 'F8_E4M3'
  | 'I16'
  | 'U16'
  | 'F16'
  | 'BF16'
  | 'I32'
  | 'U32'
  | 'F32'
  | 'F64'
  | 'I64'
  | 'U64';

/** Reports what is wrong with a tensor: the rule in words. */
export type Report = (rule: string) => never;

/** Numbers of any representation. */
type Numbers = TypedArray | Int8Array | Int16Array | Uint16Array | Uint32Array;

interface StoredType {
  readonly bytes: number;
  /** The dtype of core that a tensor is read into when none is asked for: it holds most or all values of the type. */
  readonly dtype: DType;
  /** The whole numbers that it holds; null for floats. */
  readonly range: readonly [lowest: number, highest: number] | null;
  /** Exactly the stored values. The bytes start at a multiple of 8 in their buffer. */
  readonly decode: (bytes: Uint8Array<ArrayBuffer>, report: Report) => Numbers;
  /** The nearest floats, or integers that are known to be in the range. */
  readonly encode: (values: TypedArray) => ArrayBufferView<ArrayBuffer>;
}

interface NumbersConstructor {
  new (buffer: ArrayBuffer, offset: number, length: number): Numbers;
  new (values: ArrayLike<number>): Numbers & ArrayBufferView<ArrayBuffer>;
  readonly BYTES_PER_ELEMENT: number;
}

/** What typed arrays hold as it stands. */
function plain(Constructor: NumbersConstructor, dtype: DType, range: StoredType['range']): StoredType {
  const bytes = Constructor.BYTES_PER_ELEMENT;
  return {
    bytes,
    dtype,
    range,
    decode: ({ buffer, byteOffset, byteLength }) => new Constructor(buffer, byteOffset, byteLength / bytes),
    // The values are a copy already, and never in shared memory.
    encode: (values) =>
      values instanceof Constructor ? (values as ArrayBufferView<ArrayBuffer>) : new Constructor(values),
  };
}

function integers(Constructor: NumbersConstructor, signed: boolean): StoredType {
  const count = 2 ** (8 * Constructor.BYTES_PER_ELEMENT);
  return plain(Constructor, 'i32', signed ? [-count / 2, count / 2 - 1] : [0, count - 1]);
}

function wideIntegers(signed: boolean): StoredType {
  const limit = Number.MAX_SAFE_INTEGER;
  return {
    bytes: 8,
    dtype: 'i32',
    range: [signed ? -limit : 0, limit],
    decode: ({ buffer, byteOffset, byteLength }, report) =>
      decodeWideIntegers(new Uint32Array(buffer, byteOffset, byteLength / 4), signed, (value, element) =>
        report(`element ${element} is ${value}, which no dtype holds exactly`),
      ),
    encode: encodeWideIntegers,
  };
}

function smallFloats(Codes: typeof Uint8Array | typeof Uint16Array, format: SmallFloat): StoredType {
  const bytes = Codes.BYTES_PER_ELEMENT;
  return {
    bytes,
    dtype: 'f32',
    range: null,
    decode: ({ buffer, byteOffset, byteLength }) =>
      decodeSmallFloats(format, new Codes(buffer, byteOffset, byteLength / bytes)),
    encode: (values) => new Codes(values).map((_, i) => encodeSmallFloat(format, values[i]!)),
  };
}

const booleans: StoredType = {
  ...plain(Uint8Array, 'bool', [0, 1]),
  decode: (bytes, report) => {
    checkWholes(bytes, [0, 1], (element) =>
      report(`element ${element} is ${bytes[element]}, which is neither false nor true`),
    );
    return bytes;
  },
};

/** In the order of the reference implementation, which writes the largest first so that all are aligned. */
const types = {
  BOOL: booleans,
  U8: integers(Uint8Array, false),
  I8: integers(Int8Array, true),
  F8_E5M2: smallFloats(Uint8Array, float8e5m2),
  F8_E4M3: smallFloats(Uint8Array, float8e4m3),
  I16: integers(Int16Array, true),
  U16: integers(Uint16Array, false),
  F16: smallFloats(Uint16Array, float16),
  BF16: smallFloats(Uint16Array, bfloat16),
  I32: integers(Int32Array, true),
  U32: integers(Uint32Array, false),
  F32: plain(Float32Array, 'f32', null),
  F64: plain(Float64Array, 'f64', null),
  I64: wideIntegers(true),
  U64: wideIntegers(false),
} as const satisfies Record<StoredDType, StoredType>;

/** All element types, in the order in which their names compare: those written first come last. */
export const storedDTypes = Object.keys(types) as readonly StoredDType[];

/** Whether a value is the name of an element type. */
export function isStoredDType(value: unknown): value is StoredDType {
  return typeof value === 'string' && Object.hasOwn(types, value);
}

/** The size of an element. */
export function storedBytes(dtype: StoredDType): number {
  return types[dtype].bytes;
}

/** The element type that holds exactly what a dtype of core does. */
export function storedDTypeOf(dtype: DType): StoredDType {
  return ({ bool: 'BOOL', i32: 'I32', f32: 'F32', f64: 'F64' } as const)[dtype];
}

/** Throws unless the machine has the byte order of the files. */
export function checkByteOrder(operation: string): void {
  const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  check(
    isLittle,
    operation,
    () => 'files are little-endian, this machine is not, and nothing here swaps bytes',
  );
}

type Range = StoredType['range'];

const coreRanges: Readonly<Record<DType, Range>> = {
  bool: [0, 1],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  f32: null,
  f64: null,
};

/** Reports the first value that is no whole number in a range. */
function checkWholes(values: ArrayLike<number>, range: Range, report: (element: number) => never): void {
  const [lowest, highest] = range!;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value >= lowest && value <= highest && Number.isInteger(value))) report(i);
  }
}

/** Reports the first value that a conversion changed. */
function checkSame(
  values: ArrayLike<number>,
  converted: ArrayLike<number>,
  report: (element: number) => never,
): void {
  for (let i = 0; i < values.length; i++) if (values[i] !== converted[i]) report(i);
}

function isWithin(inner: Range, outer: Range): boolean {
  return inner !== null && outer !== null && inner[0] >= outer[0] && inner[1] <= outer[1];
}

/** A tensor copies its values; another copy is made only where the representation changes. */
function convert(values: Numbers, dtype: DType, report: Report): TypedArray {
  const Constructor = typedArrays[dtype];
  if (values instanceof Constructor) return values;
  try {
    return new Constructor(values);
  } catch {
    return report(`no room for ${values.length} elements of dtype ${dtype}`);
  }
}

/**
 * Stored elements as those of a dtype of core: of the one asked for, or of the nearest. Floats are rounded to the nearest.
 * @param report called when an integer or boolean does not fit
 */
export function decode(
  bytes: Uint8Array<ArrayBuffer>,
  stored: StoredDType,
  asked: DType | undefined,
  report: Report,
): { dtype: DType; values: TypedArray } {
  const type: StoredType = types[stored];
  const dtype = asked ?? type.dtype;
  const range = coreRanges[dtype];
  const values = type.decode(bytes, report);
  const refuse = (element: number): never => {
    const remedy = type.range !== null && dtype !== 'f64' ? `; read it as f64 by the option dtypes` : '';
    return report(`element ${element} is ${values[element]}, which ${dtype} does not hold${remedy}`);
  };
  if (range !== null && !isWithin(type.range, range)) checkWholes(values, range, refuse);
  const converted = convert(values, dtype, report);
  if (range === null && type.range !== null) checkSame(values, converted, refuse);
  return { dtype, values: converted };
}

/**
 * Elements of a tensor as bytes of an element type. Floats are rounded to the nearest.
 * @param values an array of the caller's own: the bytes may lie in its memory
 * @param report called when an integer or boolean does not fit, or a float that is to become one
 */
export function encode(
  values: TypedArray,
  dtype: DType,
  stored: StoredDType,
  report: Report,
): Uint8Array<ArrayBuffer> {
  const type: StoredType = types[stored];
  const refuse = (element: number): never =>
    report(`element ${element} is ${values[element]}, which ${stored} does not hold`);
  if (type.range !== null && !isWithin(coreRanges[dtype], type.range))
    checkWholes(values, type.range, refuse);
  const { buffer, byteOffset, byteLength } = type.encode(values);
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  if (type.range === null && coreRanges[dtype] !== null)
    checkSame(values, type.decode(bytes, report), refuse);
  return bytes;
}
