/**
 * @file Safetensors files by hand, right and wrong.
 */

/** A file with any header: an object, or a text that may be no JSON at all. */
export function fileOf(header: unknown, data: Uint8Array | readonly number[] = []): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}

/** A file with one tensor, named x. */
export function fileWith(
  dtype: string,
  shape: readonly number[],
  data: ArrayBufferView,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return fileOf({ x: { dtype, shape, data_offsets: [0, bytes.length] } }, bytes);
}

/** Header and elements of a file. */
export function partsOf(file: Uint8Array): { header: any; text: string; data: Uint8Array } {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const text = new TextDecoder().decode(file.subarray(8, 8 + length));
  return { header: JSON.parse(text), text, data: file.subarray(8 + length) };
}
