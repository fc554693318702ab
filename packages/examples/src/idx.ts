/**
 * @file The idx format of the original MNIST files: a magic number, the extents, then the elements.
 * It reads bytes that are in memory and knows neither files nor digits.
 */

/** The elements of an idx file in row-major order. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

/** The element type code of unsigned bytes, the only one that MNIST uses. */
const unsignedByte = 0x08;

const hexadecimal = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`;

/**
 * The array in an idx file of unsigned bytes.
 * @param bytes the whole file
 * @param name what to call it in an error
 * @throws if the magic number, the element type or the length is wrong
 * @example parseIdx(readFileSync('t10k-labels-idx1-ubyte'), 'test labels').shape; // [10000]
 */
export function parseIdx(bytes: Uint8Array, name: string): IdxArray {
  const fail = (reason: string): never => {
    throw new Error(`${name} is not a sound idx file: ${reason}`);
  };
  if (bytes.length < 4) fail(`it ends after ${bytes.length} bytes, within its magic number`);
  const [first, second, type, rank] = bytes as unknown as [number, number, number, number];
  if (first !== 0 || second !== 0)
    fail(`it starts with ${hexadecimal(first)} ${hexadecimal(second)} instead of two zeros`);
  if (type !== unsignedByte)
    fail(`its elements are of type ${hexadecimal(type)}, not unsigned bytes (${hexadecimal(unsignedByte)})`);
  const header = 4 + 4 * rank;
  if (bytes.length < header) fail(`it ends after ${bytes.length} bytes, within its header of ${header}`);

  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape.reduce((product, extent) => product * extent, 1);
  const values = bytes.subarray(header);
  if (values.length !== size)
    fail(`its header promises ${shape.join(' × ') || '1'} = ${size} elements, but ${values.length} follow`);
  return { shape, values };
}
