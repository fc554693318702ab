/**
 * @file From tensors to the bytes of a safetensors file: header first, then tensor by tensor, so that a file larger than
 * memory's largest array can be written piece by piece. Names, order and alignment are the reference implementation's.
 */
import { type DType, evaluate, type Shape, Tensor } from '@windfall/core';
import { check, describe, fail } from '@windfall/core/extension';
import { isRecord, optionsOf } from '../arguments.ts';
import { checkStateDict, type StateDict } from '../module/state-dict.ts';
import { lengthBytes, longestHeader } from './header.ts';
import {
  checkByteOrder,
  encode,
  isStoredDType,
  type StoredDType,
  storedBytes,
  storedDTypeOf,
  storedDTypes,
} from './stored-dtype.ts';
import { encodeText, hasLoneSurrogate } from './text-coding.ts';

/** How tensors are written. */
export interface WriteOptions {
  /** Texts to store along with the tensors; other libraries read `format: 'pt'` as PyTorch's layout. */
  metadata?: Readonly<Record<string, string>>;
  /**
   * The element type of a tensor in the file, by its name or by a function of name and tensor: 'F16' halves a
   * model. For those left out it is the tensor's dtype, but I64 for the i32 count `num_batches_tracked`, as PyTorch has it.
   * Floats are rounded to the nearest, of two equally near to the even one; a number that an integer type does not hold is
   * an error.
   */
  dtypes?:
    | Readonly<Record<string, StoredDType>>
    | ((name: string, tensor: { readonly dtype: DType; readonly shape: Shape }) => StoredDType | undefined);
}

interface Part {
  readonly name: string;
  /** The value at the time of the call: variables may change later. */
  readonly value: Tensor;
  readonly dtype: StoredDType;
  readonly bytes: number;
}

/** What is to be written: the header's bytes, its length first, then those of each part in turn. */
export interface WritePlan {
  readonly header: Uint8Array<ArrayBuffer>;
  readonly parts: readonly Part[];
}

function checkMetadata(metadata: unknown, operation: string): void {
  check(
    isRecord(metadata),
    operation,
    () => `metadata is an object of texts by name, not ${describe(metadata)}`,
  );
  for (const [key, text] of Object.entries(metadata))
    check(
      typeof text === 'string' && !hasLoneSurrogate(key + text),
      operation,
      () =>
        `metadata holds texts: under ${JSON.stringify(key)} is ${describe(text)}; use JSON.stringify or String`,
    );
}

function usualDType(name: string, { dtype }: Tensor): StoredDType {
  const isCount = name.split('.').at(-1) === 'num_batches_tracked' && dtype === 'i32';
  return isCount ? 'I64' : storedDTypeOf(dtype);
}

/** Which element type each tensor is to have. */
function askedDTypes(
  state: Readonly<StateDict>,
  dtypes: WriteOptions['dtypes'] & object,
  operation: string,
): Map<string, StoredDType> {
  const asked: unknown = dtypes;
  check(
    typeof asked === 'function' || isRecord(asked),
    operation,
    () => `dtypes are an object of element types by name, or a function, not ${describe(asked)}`,
  );
  for (const name of Object.keys(dtypes))
    check(Object.hasOwn(state, name), operation, () => `dtypes names ${name}, which the state does not have`);
  const byName = new Map<string, unknown>(Object.entries(dtypes));
  const entries = Object.entries(state).map(([name, value]) => {
    const given: unknown = typeof dtypes === 'function' ? dtypes(name, value) : byName.get(name);
    check(
      given === undefined || isStoredDType(given),
      operation,
      () => `the element type of ${name} is one of ${storedDTypes.join(', ')}, not ${describe(given)}`,
    );
    return [name, given ?? usualDType(name, value)] as const;
  });
  return new Map(entries);
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The largest elements first, so that each tensor starts at a multiple of its element's size; among equals by name. */
function partsOf(state: Readonly<StateDict>, dtypes: ReadonlyMap<string, StoredDType>): Part[] {
  return Object.entries(state)
    .map(([name, given]) => {
      const dtype = dtypes.get(name)!;
      const value = given.detach();
      return { name, value, dtype, bytes: value.size * storedBytes(dtype) };
    })
    .sort(
      (a, b) => storedDTypes.indexOf(b.dtype) - storedDTypes.indexOf(a.dtype) || compareNames(a.name, b.name),
    );
}

function headerOf(
  parts: readonly Part[],
  metadata: Readonly<Record<string, string>>,
  operation: string,
): Uint8Array<ArrayBuffer> {
  let end = 0;
  const entries = parts.map(({ name, value, dtype, bytes }) => {
    const start = end;
    end += bytes;
    return [name, { dtype, shape: value.shape, data_offsets: [start, end] }] as const;
  });
  const texts = Object.keys(metadata).length === 0 ? [] : [['__metadata__', metadata] as const];
  // Joined by hand: an object would put names that are numbers first.
  const members = [...texts, ...entries].map(
    ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  );
  const json = encodeText(`{${members.join(',')}}`, operation);
  const length = Math.ceil(json.length / 8) * 8;
  check(
    length <= longestHeader,
    operation,
    () => `the header would be ${length} bytes long, and readers take no more than ${longestHeader}`,
  );
  const header = new Uint8Array(lengthBytes + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, lengthBytes);
  return header;
}

/**
 * Plans a file, and fixes the values that go into it.
 * @throws if something other than elements is wrong: names, options, a value that cannot be computed
 */
export function planWriting(state: Readonly<StateDict>, options: WriteOptions, operation: string): WritePlan {
  const { metadata = {}, dtypes = {} } = optionsOf(options, operation, ['metadata', 'dtypes']);
  checkByteOrder(operation);
  checkStateDict(state, operation);
  checkMetadata(metadata, operation);
  for (const [name, value] of Object.entries<unknown>(state)) {
    check(value instanceof Tensor, operation, () => `${name} is a tensor, not ${describe(value)}`);
    check(
      name !== '__metadata__' && !hasLoneSurrogate(name),
      operation,
      () => `a tensor cannot be named ${JSON.stringify(name)}`,
    );
  }
  const parts = partsOf(state, askedDTypes(state, dtypes, operation));
  const header = headerOf(parts, metadata, operation);
  evaluate(parts.map(({ value }) => value));
  return { header, parts };
}

/**
 * The bytes of one tensor.
 * @throws if a number does not fit an integer type
 */
export function bytesOfPart({ name, value, dtype }: Part, operation: string): Uint8Array<ArrayBuffer> {
  return encode(value.data(), value.dtype, dtype, (rule) => fail(operation, `${name}: ${rule}`));
}

/**
 * The bytes of a safetensors file that holds tensors by name, such as a module's `stateDict()`: what PyTorch's
 * `safetensors.torch.load_file` and {@link parseSafetensors} read.
 * @param options.metadata texts to store along with them
 * @param options.dtypes the tensors' element types in the file, by name or by a function of the name; by default those that
 *   hold exactly what the tensors do
 * @throws if a value is no tensor, or has a number that its element type does not hold
 * @example
 * const bytes = serializeSafetensors({ weight: tensor([1, 0.1]) }, { dtypes: () => 'F16' });
 * parseSafetensors(bytes).weight.toArray(); // [1, 0.0999…]
 */
export function serializeSafetensors(
  state: Readonly<StateDict>,
  options: WriteOptions = {},
): Uint8Array<ArrayBuffer> {
  const operation = 'serializeSafetensors';
  const { header, parts } = planWriting(state, options, operation);
  const size = parts.reduce((sum, { bytes }) => sum + bytes, header.length);
  const file = roomFor(size, operation);
  file.set(header);
  let place = header.length;
  for (const part of parts) {
    file.set(bytesOfPart(part, operation), place);
    place += part.bytes;
  }
  return file;
}

function roomFor(size: number, operation: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch {
    return fail(
      operation,
      `no room for ${size} bytes in one array; in Node, saveSafetensors writes to a file piece by piece`,
    );
  }
}
