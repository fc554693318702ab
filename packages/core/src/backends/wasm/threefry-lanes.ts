/**
 * @file Threefry-2x32 (see graph/threefry.ts) for four counters at once.
 */
import type { Code, FunctionBuilder } from './assembler.ts';
import { i32, i32x4, v128 } from './instructions.ts';
import type { Lanes } from './lanes.ts';

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const parity = 0x1bd11bda;

/**
 * Word 0 or 1 for each position.
 * @param key the address of the two key words
 */
export function threefryLanes(fn: FunctionBuilder, key: number, positions: Lanes, word: 0 | 1): Lanes {
  const splat = (value: number): Code => fn.constant('i32', value, () => i32x4.splat(i32.const(value)));
  const keys = [0, 1, 2].map(() => fn.local('v128'));
  const [k0, k1, k2] = keys as [(typeof keys)[0], (typeof keys)[0], (typeof keys)[0]];
  const x0 = fn.local('v128');
  const x1 = fn.local('v128');
  fn.emit(k0.set(v128.load32Splat(i32.const(key), 0)), k1.set(v128.load32Splat(i32.const(key), 4)));
  fn.emit(k2.set(v128.xor(splat(parity), v128.xor(k0.get, k1.get))));
  fn.emit(x0.set(i32x4.add(positions.parts[0]!, k0.get)), x1.set(k1.get));
  const rotated = (vector: Code, bits: number): Code =>
    v128.or(i32x4.shl(vector, i32.const(bits)), i32x4.shrU(vector, i32.const(32 - bits)));
  for (let round = 0; round < 20; round++) {
    fn.emit(x0.set(i32x4.add(x0.get, x1.get)));
    fn.emit(x1.set(v128.xor(rotated(x1.get, rotations[round % 8]!), x0.get)));
    if (round % 4 !== 3) continue;
    const injection = (round + 1) / 4;
    fn.emit(x0.set(i32x4.add(x0.get, keys[injection % 3]!.get)));
    fn.emit(x1.set(i32x4.add(x1.get, i32x4.add(keys[(injection + 1) % 3]!.get, splat(injection)))));
  }
  return { dtype: 'i32', parts: [word === 0 ? x0.get : x1.get] };
}
