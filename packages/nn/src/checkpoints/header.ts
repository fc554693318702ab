/**
 * @file The header of a safetensors file: what a file says about itself, believed only after every check that the reference
 * implementation makes. It reads no elements.
 *
 * A file is the length of its header (eight bytes), the header (JSON), and the elements of all tensors without gap:
 * https://huggingface.co/docs/safetensors
 */
import type { Shape } from '@windfall/core';
import { describe } from '@windfall/core/extension';
import { isRecord } from '../arguments.ts';
import { duplicateKey } from './duplicate-key.ts';
import { isStoredDType, type Report, type StoredDType, storedBytes, storedDTypes } from './stored-dtype.ts';
import { decodeText, hasLoneSurrogate } from './text-coding.ts';

/** What a file says about one tensor. */
export interface StoredTensor {
  readonly dtype: StoredDType;
  readonly shape: Shape;
  /** The place of its first byte in the file. */
  readonly start: number;
  /** The place after its last byte. */
  readonly end: number;
}

export interface Header {
  /** The texts under `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of their elements in the file. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** How many bytes tell the length of the header. */
export const lengthBytes = 8;

/** The longest header that the reference implementation reads. */
export const longestHeader = 100_000_000;

/**
 * The length of the header.
 * @param bytes the first eight of the file
 * @param fileSize the size of the whole file
 */
export function headerLength(bytes: Uint8Array, fileSize: number, report: Report): number {
  if (bytes.length < lengthBytes)
    report(
      `${fileSize} bytes are no safetensors file, which starts with ${lengthBytes} for the header's length`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = view.getUint32(0, true) + 2 ** 32 * view.getUint32(4, true);
  if (length > longestHeader)
    report(`the header has a length of ${length} bytes, which is more than ${longestHeader}`);
  if (lengthBytes + length > fileSize)
    report(`the header has a length of ${length} bytes and would end behind the file's ${fileSize}`);
  return length;
}

function parseJson(bytes: Uint8Array, report: Report): Readonly<Record<string, unknown>> {
  if (bytes[0] !== 0x7b) report("the header does not start with '{'");
  const text = decodeText(bytes, report);
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    return report(`the header is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isRecord(header)) return report('the header is not an object');
  const twice = duplicateKey(text);
  if (twice !== null) report(`the header has ${JSON.stringify(twice)} twice`);
  return header;
}

function metadataOf(value: unknown, report: Report): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) return report(`__metadata__ is an object of texts, not ${describe(value)}`);
  for (const [key, text] of Object.entries(value))
    if (typeof text !== 'string' || hasLoneSurrogate(key + text))
      report(`__metadata__ has under ${JSON.stringify(key)} no text but ${describe(text)}`);
  return value as Record<string, string>;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
}

function isWholes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isWhole);
}

/** The number of bytes of a tensor; null where it is beyond all numbers that are exact. */
function bytesOf(shape: Shape, dtype: StoredDType): number | null {
  let bytes = storedBytes(dtype);
  for (const extent of shape) {
    bytes *= extent;
    if (!Number.isSafeInteger(bytes)) return null;
  }
  return bytes;
}

/** What the header says of a tensor, with places counted from the end of the header. */
function entryOf(name: string, value: unknown, dataSize: number, report: Report): StoredTensor {
  const wrong = (rule: string): never => report(`${JSON.stringify(name)}: ${rule}`);
  if (hasLoneSurrogate(name)) wrong('the name has half of a surrogate pair');
  if (!isRecord(value))
    return wrong(`expected an object with dtype, shape and data_offsets, not ${describe(value)}`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isStoredDType(dtype))
    return wrong(`its dtype is one of ${storedDTypes.join(', ')}, not ${describe(dtype)}`);
  if (!isWholes(shape)) return wrong('its shape is an array of whole numbers ≥ 0');
  if (!isWholes(offsets) || offsets.length !== 2) return wrong('its data_offsets are two whole numbers ≥ 0');
  const [start, end] = offsets as [number, number];
  if (end < start) wrong(`its data_offsets [${start}, ${end}] run backwards`);
  if (end > dataSize)
    wrong(
      `its elements are said to end at byte ${end} of the ${dataSize} behind the header; is the file cut off?`,
    );
  const bytes = bytesOf(shape, dtype);
  if (bytes !== end - start)
    wrong(
      `${dtype} of shape [${shape.join(', ')}] takes ${bytes ?? 'too many'} bytes, data_offsets [${start}, ${end}] hold ${end - start}`,
    );
  return { dtype, shape, start, end };
}

/** Throws unless the elements of all tensors follow one another from the first byte behind the header to the last. */
function checkCover(
  entries: readonly (readonly [string, StoredTensor])[],
  dataSize: number,
  report: Report,
): void {
  let place = 0;
  for (const [name, { start, end }] of entries) {
    if (start !== place)
      report(
        `${JSON.stringify(name)}: its elements start at byte ${start}, ${
          start < place
            ? 'inside another tensor, which ends'
            : 'behind a gap from where the tensor before it ends,'
        } at ${place}`,
      );
    place = end;
  }
  if (place !== dataSize) report(`the tensors end at byte ${place} of the ${dataSize} behind the header`);
}

/**
 * What a header says, after checking all of it.
 * @param bytes the header without its length
 * @param fileSize the size of the whole file
 * @param report called with the first thing that is wrong
 */
export function parseHeader(bytes: Uint8Array, fileSize: number, report: Report): Header {
  const dataStart = lengthBytes + bytes.length;
  const dataSize = fileSize - dataStart;
  const { __metadata__: metadata, ...rest } = parseJson(bytes, report);
  const entries = Object.entries(rest)
    .map(([name, value]) => [name, entryOf(name, value, dataSize, report)] as const)
    .sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  checkCover(entries, dataSize, report);
  const inFile = entries.map(
    ([name, entry]) =>
      [name, { ...entry, start: dataStart + entry.start, end: dataStart + entry.end }] as const,
  );
  return { metadata: metadataOf(metadata, report), tensors: new Map(inFile) };
}
