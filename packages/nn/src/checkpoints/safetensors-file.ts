/**
 * @file A safetensors file that is read where it lies, tensor by tensor: a Blob or File of a browser, or whatever else gives
 * ranges of bytes. What needs Node's file system is in ../node/.
 */
import { type DType, Tensor, WindfallError } from '@windfall/core';
import { check, describe } from '@windfall/core/extension';
import { optionsOf } from '../arguments.ts';
import type { StateDict } from '../module/state-dict.ts';
import { type Header, headerLength, lengthBytes, parseHeader, type StoredTensor } from './header.ts';
import { askedDType, checkSize, type ReadOptions, reporter, tensorOf } from './read-tensors.ts';
import { checkByteOrder, type Report } from './stored-dtype.ts';

/** Where the bytes of a file come from. */
export interface ByteSource {
  /** What messages call it. */
  readonly name: string;
  readonly size: number;
  /** The bytes from `start` up to but without `end`, in an array of their own; fewer only if the file has been cut since. */
  readonly read: (start: number, end: number) => Promise<Uint8Array<ArrayBuffer>>;
  readonly close: () => Promise<void>;
}

/** What is used of a Blob or File. */
export interface BlobLike {
  readonly size: number;
  readonly slice: (start: number, end: number) => { readonly arrayBuffer: () => Promise<ArrayBuffer> };
}

/**
 * An open safetensors file: what it holds is known, its tensors are read when asked for. `openSafetensors` gives one.
 */
export class SafetensorsFile {
  readonly #source: ByteSource;
  readonly #header: Header;
  readonly #operation: string;
  readonly #report: Report;

  /** @internal Files are opened by {@link SafetensorsFile.open}. */
  private constructor(source: ByteSource, header: Header, operation: string, report: Report) {
    this.#source = source;
    this.#header = header;
    this.#operation = operation;
    this.#report = report;
  }

  /**
   * @internal Opens a file by reading and checking its header. On an error the source is closed.
   * @param operation the function that messages name
   */
  static async open(source: ByteSource, operation: string): Promise<SafetensorsFile> {
    const report = reporter(operation, source.name);
    try {
      checkByteOrder(operation);
      const first = await readRange(source, 0, Math.min(lengthBytes, source.size), report);
      const end = lengthBytes + headerLength(first, source.size, report);
      const header = parseHeader(await readRange(source, lengthBytes, end, report), source.size, report);
      return new SafetensorsFile(source, header, operation, report);
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  /** The texts stored along with the tensors. */
  get metadata(): Readonly<Record<string, string>> {
    return this.#header.metadata;
  }

  /** Element type, shape and place of every tensor, by name, in the order of the file. */
  get tensors(): ReadonlyMap<string, StoredTensor> {
    return this.#header.tensors;
  }

  /**
   * Reads one tensor.
   * @param options.dtype the dtype to read into; by default the nearest
   * @throws if there is none of that name, an integer does not fit the dtype, or the file cannot be read
   */
  async read(name: string, options: { dtype?: DType } = {}): Promise<Tensor> {
    const { dtype } = optionsOf(options, this.#operation, ['dtype']);
    const stored = this.#header.tensors.get(name);
    if (stored === undefined) return this.#report(`has no tensor ${describe(name)}`);
    const asked = askedDType(
      dtype === undefined ? {} : { dtypes: { [name]: dtype } },
      this.#header,
      this.#operation,
    );
    return this.#tensor(name, stored, asked(name, stored));
  }

  async #tensor(name: string, stored: StoredTensor, dtype: DType | undefined): Promise<Tensor> {
    checkSize(name, stored, this.#report);
    const bytes = await readRange(this.#source, stored.start, stored.end, this.#report);
    return tensorOf(bytes, name, stored, dtype, this.#report);
  }

  /**
   * Reads all tensors.
   * @param options.dtypes the dtypes to read into, by name or by a function of the name; by default the nearest
   * @throws if an integer does not fit its dtype, or the file cannot be read; never gives a part of them
   */
  async stateDict(options: ReadOptions = {}): Promise<StateDict> {
    const asked = askedDType(options, this.#header, this.#operation);
    const entries: [string, Tensor][] = [];
    // One after the other, so that no more than one tensor's bytes are in memory twice.
    for (const [name, stored] of this.#header.tensors)
      entries.push([name, await this.#tensor(name, stored, asked(name, stored))]);
    return Object.fromEntries(entries);
  }

  /** Lets go of the file; nothing can be read after that. */
  async close(): Promise<void> {
    await this.#source.close();
  }
}

/** What a source gives; its failure, such as that of a File that is no longer there, is reported as ours. */
async function readable(
  source: ByteSource,
  start: number,
  end: number,
  report: Report,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await source.read(start, end);
  } catch (error) {
    if (error instanceof WindfallError) throw error;
    return report(`bytes ${start} to ${end} could not be read: ${(error as Error).message}`);
  }
}

async function readRange(
  source: ByteSource,
  start: number,
  end: number,
  report: Report,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readable(source, start, end, report);
  if (bytes.length !== end - start)
    report(`bytes ${start} to ${end} could not be read; the file has been changed since it was opened`);
  return bytes;
}

function sourceOfBytes(bytes: Uint8Array): ByteSource {
  return {
    name: '',
    size: bytes.length,
    read: async (start, end) => Promise.resolve(new Uint8Array(bytes.subarray(start, end))),
    close: async () => Promise.resolve(),
  };
}

function sourceOfBlob(blob: BlobLike): ByteSource {
  const { name } = blob as { name?: unknown };
  return {
    name: typeof name === 'string' ? name : 'the blob',
    size: blob.size,
    read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
    close: async () => Promise.resolve(),
  };
}

function isBlob(value: unknown): value is BlobLike {
  return (
    typeof value === 'object' &&
    value !== null &&
    // It has a size and can be sliced, too.
    !(value instanceof Tensor) &&
    typeof (value as BlobLike).size === 'number' &&
    typeof (value as BlobLike).slice === 'function'
  );
}

/**
 * Opens a safetensors file that a browser has: names, shapes, element types and metadata are read, the tensors when asked
 * for. So a file larger than memory can be read in part. For a path in Node there is `openSafetensors` of
 * `@windfall/nn/node`.
 * @param file a File (of an input element, say), a Blob (`await response.blob()`), or bytes
 * @throws (the promise) if the header is damaged in any way or does not fit the file's size
 * @example
 * const file = await openSafetensors(new Blob([serializeSafetensors(model.stateDict())]));
 * file.tensors.get('0.weight')?.shape; // [8, 4]
 * model.loadStateDict(await file.stateDict());
 */
export async function openSafetensors(file: BlobLike | Uint8Array): Promise<SafetensorsFile> {
  const operation = 'openSafetensors';
  const isBytes = file instanceof Uint8Array;
  check(
    isBytes || isBlob(file),
    operation,
    () => `expected a Blob, a File or a Uint8Array, not ${describe(file)}`,
  );
  return SafetensorsFile.open(isBytes ? sourceOfBytes(file) : sourceOfBlob(file), operation);
}
