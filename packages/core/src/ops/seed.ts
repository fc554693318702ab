/**
 * @file What can seed a source of random numbers. It knows nothing of how they are drawn.
 */
import { check, describe } from '../errors.ts';

/** Throws unless a value can be a seed; gives it back. */
export function checkSeed(seed: unknown, operation: string): number {
  check(
    typeof seed === 'number' && Number.isSafeInteger(seed) && seed >= 0,
    operation,
    () => `a seed is a whole number in [0, 2⁵³), not ${describe(seed)}`,
  );
  return seed;
}
