/**
 * @file The counter-based random generator Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as
 * easy as 1, 2, 3", SC 2011): a pure function of key and counter, so bits depend on neither order nor threads.
 */

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/** Skein's parity constant, which makes the third key word from the first two. */
const parity = 0x1bd11bda;

/** Roughly how many additions a word costs. */
export const costOfWord = 60;

/** Word 0 or 1 of the two 32-bit words that key (k0, k1) gives for counter (c0, c1), as a signed integer. */
export function threefry(k0: number, k1: number, c0: number, c1: number, word: 0 | 1): number {
  const key = [k0 | 0, k1 | 0, parity ^ k0 ^ k1] as const;
  let x0 = (c0 + key[0]) | 0;
  let x1 = (c1 + key[1]) | 0;
  for (let round = 0; round < 20; round++) {
    const rotation = rotations[round % 8]!;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << rotation) | (x1 >>> (32 - rotation))) ^ x0;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      x0 = (x0 + key[injection % 3]!) | 0;
      x1 = (x1 + key[(injection + 1) % 3]! + injection) | 0;
    }
  }
  return word === 0 ? x0 : x1;
}
