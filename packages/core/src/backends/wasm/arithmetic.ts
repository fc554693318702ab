/**
 * @file Plain arithmetic on four elements, for code that writes kernels by hand rather than from expressions.
 */
import type { ScalarName } from '../../graph/scalar-functions.ts';
import { invariant } from '../../errors.ts';
import { directCode, type Lanes } from './lanes.ts';

function direct(name: ScalarName, operands: readonly Lanes[]): Lanes {
  const result = directCode(name, operands);
  invariant(result !== null, `${name} has no instruction for ${operands[0]?.dtype}`);
  return result;
}

export const add = (a: Lanes, b: Lanes): Lanes => direct('add', [a, b]);
export const sub = (a: Lanes, b: Lanes): Lanes => direct('sub', [a, b]);
export const mul = (a: Lanes, b: Lanes): Lanes => direct('mul', [a, b]);
export const div = (a: Lanes, b: Lanes): Lanes => direct('div', [a, b]);
export const maximum = (a: Lanes, b: Lanes): Lanes => direct('maximum', [a, b]);
export const minimum = (a: Lanes, b: Lanes): Lanes => direct('minimum', [a, b]);
