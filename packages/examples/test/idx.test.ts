import { parseIdx } from '../src/idx.ts';

/** An idx file of unsigned bytes, with the header's extents as given. */
const file = (extents: readonly number[], values: readonly number[]): Uint8Array =>
  Uint8Array.of(
    0,
    0,
    8,
    extents.length,
    ...extents.flatMap((extent) => [0, 0, extent >> 8, extent & 255]),
    ...values,
  );

describe('parseIdx', () => {
  test('reads extents as big-endian numbers and leaves the elements as they are', () => {
    expect(parseIdx(file([2, 3], [1, 2, 3, 4, 5, 255]), 'a file')).toEqual({
      shape: [2, 3],
      values: Uint8Array.of(1, 2, 3, 4, 5, 255),
    });
    expect(parseIdx(file([258], Array<number>(258).fill(7)), 'a file').shape).toEqual([258]);
  });

  test('reads a file that is a part of a larger buffer', () => {
    const whole = Uint8Array.of(9, 9, 9, ...file([2], [5, 6]), 9);
    expect(parseIdx(whole.subarray(3, -1), 'a file')).toEqual({ shape: [2], values: Uint8Array.of(5, 6) });
  });

  test('an extent of 0 means no elements', () => {
    expect(parseIdx(file([0, 28, 28], []), 'a file')).toEqual({
      shape: [0, 28, 28],
      values: new Uint8Array(),
    });
  });

  test.each([
    [
      'nothing',
      Uint8Array.of(),
      'images is not a sound idx file: it ends after 0 bytes, within its magic number',
    ],
    [
      'a compressed file',
      Uint8Array.of(0x1f, 0x8b, 8, 0, 1),
      'it starts with 0x1f 0x8b instead of two zeros',
    ],
    ['floats', Uint8Array.of(0, 0, 0x0d, 0), 'its elements are of type 0x0d, not unsigned bytes (0x08)'],
    ['half a header', file([2, 3], []).subarray(0, 9), 'it ends after 9 bytes, within its header of 12'],
    ['a file cut short', file([2, 3], [1, 2]), 'its header promises 2 × 3 = 6 elements, but 2 follow'],
    ['a file with a tail', file([2], [1, 2, 3]), 'its header promises 2 = 2 elements, but 3 follow'],
  ])('%s is refused with the reason', (_what, bytes, message) => {
    expect(() => parseIdx(bytes, 'images')).toThrow(message);
  });
});
