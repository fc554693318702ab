/**
 * @file Integers of 64 bits as JavaScript numbers: those that a number holds exactly. As pairs of 32-bit words, little end
 * first, since that is far faster than bigints.
 */

/**
 * The integers in an array of words.
 * @param onMisfit called with the first one that no number holds exactly
 */
export function decodeWideIntegers(
  words: Uint32Array,
  signed: boolean,
  onMisfit: (value: bigint, element: number) => never,
): Float64Array {
  const values = new Float64Array(words.length / 2);
  for (let i = 0; i < values.length; i++) {
    const low = words[2 * i]!;
    const high = signed ? words[2 * i + 1]! | 0 : words[2 * i + 1]!;
    const value = high * 2 ** 32 + low;
    if (!Number.isSafeInteger(value)) {
      const exact = (BigInt(high) << 32n) + BigInt(low);
      if (BigInt(value) !== exact) onMisfit(exact, i);
    }
    values[i] = value;
  }
  return values;
}

/** The words of whole numbers within ±2⁵³. */
export function encodeWideIntegers(values: ArrayLike<number>): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(2 * values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    words[2 * i] = value;
    words[2 * i + 1] = Math.floor(value / 2 ** 32);
  }
  return words;
}
