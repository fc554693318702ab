/**
 * @file Random numbers one by one, where a tensor of them would be a detour, and generators for parts of a whole that are
 * independent of one another and of the order in which the parts are made.
 */
import { Generator } from '@windfall/core';
import { check, describe } from '@windfall/core/extension';

/** Throws unless the value is a generator. */
export function checkGenerator(value: unknown, operation: string): asserts value is Generator {
  check(value instanceof Generator, operation, () => `generator is a Generator, not ${describe(value)}`);
}

/** A number in [0, 1), a multiple of 2⁻⁵³. */
export function uniformNumber(generator: Generator): number {
  const [high, low] = generator.nextKey() as unknown as [number, number];
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
}

/** A number in [low, high). */
export function numberBetween(generator: Generator, [low, high]: readonly [number, number]): number {
  return low + uniformNumber(generator) * (high - low);
}

/** A whole number in [0, limit). */
export function wholeBelow(generator: Generator, limit: number): number {
  return Math.floor(uniformNumber(generator) * limit);
}

/** A seed that the next draw of a generator determines. */
export function drawSeed(generator: Generator): number {
  return uniformNumber(generator) * 2 ** 53;
}

/** The generator of one part among many: the one number `part` of the part number … of a whole with this seed. */
export function generatorOf(seed: number, ...parts: readonly number[]): Generator {
  const generator = new Generator(seed);
  for (const part of parts) {
    generator.state = { seed: generator.state.seed, draws: part };
    generator.state = { seed: drawSeed(generator), draws: 0 };
  }
  return generator;
}
