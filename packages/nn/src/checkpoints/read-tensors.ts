/**
 * @file From bytes of a safetensors file to tensors: the options of reading, and bytes in memory. Files that are read piece by
 * piece are in safetensors-file.ts.
 */
import { type DType, type Tensor, tensor } from '@windfall/core';
import { check, describe, fail, sizeOf } from '@windfall/core/extension';
import { isRecord, optionsOf } from '../arguments.ts';
import type { StateDict } from '../module/state-dict.ts';
import { type Header, headerLength, lengthBytes, parseHeader, type StoredTensor } from './header.ts';
import { checkByteOrder, decode, type Report } from './stored-dtype.ts';

/** How tensors are read. */
export interface ReadOptions {
  /**
   * The dtype to read a tensor into, by its name or by a function of name and stored form; for those left out the
   * nearest: BOOL as bool, all other integers as i32, F64 as f64, all other floats as f32. Integers that the dtype does
   * not hold are an error, floats are rounded.
   */
  dtypes?: Readonly<Record<string, DType>> | ((name: string, stored: StoredTensor) => DType | undefined);
}

/** Which dtype is asked for which tensor. */
export type AskedDType = (name: string, stored: StoredTensor) => DType | undefined;

/** The tensor's dtype that options ask for. */
export function askedDType(options: ReadOptions, header: Header, operation: string): AskedDType {
  const { dtypes = {} } = optionsOf(options, operation, ['dtypes']);
  const checked = (dtype: unknown, name: string): DType | undefined => {
    check(
      dtype === undefined || ['f32', 'f64', 'i32', 'bool'].includes(dtype as string),
      operation,
      () => `a dtype to read into is f32, f64, i32 or bool, for ${name} not ${describe(dtype)}`,
    );
    return dtype as DType | undefined;
  };
  if (typeof dtypes === 'function') return (name, stored) => checked(dtypes(name, stored), name);
  check(
    isRecord(dtypes),
    operation,
    () => `dtypes are an object of dtypes by name, or a function, not ${describe(dtypes)}`,
  );
  for (const [name, dtype] of Object.entries(dtypes)) {
    check(header.tensors.has(name), operation, () => `dtypes names ${name}, which the file does not have`);
    checked(dtype, name);
  }
  return (name) => (Object.hasOwn(dtypes, name) ? dtypes[name] : undefined);
}

/** Reports in the name of an operation, and of a file where there is one. */
export function reporter(operation: string, file: string): Report {
  return (rule) => fail(operation, file === '' ? rule : `${file}: ${rule}`);
}

/** Tensors have fewer elements than this. */
const mostElements = 2 ** 32;

/** Throws if a tensor has more elements than there can be: before its bytes are read. */
export function checkSize(name: string, { shape }: StoredTensor, report: Report): void {
  const elements = sizeOf(shape);
  if (elements >= mostElements)
    report(`${name}: [${shape.join(', ')}] are ${elements} elements, and a tensor has fewer than 2³²`);
}

/** A tensor of the bytes that a file has of it. */
export function tensorOf(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  stored: StoredTensor,
  asked: DType | undefined,
  report: Report,
): Tensor {
  checkSize(name, stored, report);
  const { dtype, values } = decode(bytes, stored.dtype, asked, (rule) => report(`${name}: ${rule}`));
  return tensor(values, { shape: stored.shape, dtype });
}

/**
 * The tensors in the bytes of a safetensors file, by name.
 * @param bytes the whole file; they are copied
 * @param options.dtypes the dtypes to read into, by name or by a function of the name; by default the nearest
 * @throws if the bytes are damaged in any way, or an integer does not fit its dtype
 * @example
 * const bytes = serializeSafetensors(new Linear(2, 1).stateDict());
 * Object.keys(parseSafetensors(bytes)); // ['bias', 'weight']
 */
export function parseSafetensors(bytes: Uint8Array, options: ReadOptions = {}): StateDict {
  const operation = 'parseSafetensors';
  check(
    bytes instanceof Uint8Array,
    operation,
    () => `expected the bytes of a file, as a Uint8Array, not ${describe(bytes)}`,
  );
  checkByteOrder(operation);
  const report = reporter(operation, '');
  const end = lengthBytes + headerLength(bytes.subarray(0, lengthBytes), bytes.length, report);
  const header = parseHeader(bytes.subarray(lengthBytes, end), bytes.length, report);
  const asked = askedDType(options, header, operation);
  const tensors = Array.from(header.tensors, ([name, stored]) => {
    // A copy starts at a multiple of eight, as typed arrays of all kinds need it.
    const own = new Uint8Array(bytes.subarray(stored.start, stored.end));
    return [name, tensorOf(own, name, stored, asked(name, stored), report)] as const;
  });
  return Object.fromEntries(tensors);
}
