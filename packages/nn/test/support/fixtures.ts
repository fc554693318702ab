/**
 * @file The numbers that PyTorch 1.13 computed in float64 (the scripts in fixtures/), as tensors, and the comparison with them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DType, Tensor, tensor } from '@windfall/core';

/** A tensor as the generating script writes it. */
export interface Stored {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

export type StoredState = Readonly<Record<string, Stored>>;

/** The content of a fixture, which has the type that the generating script gave it. */
export function readFixture(name: string): any {
  return JSON.parse(readFileSync(join(__dirname, '..', 'fixtures', `${name}.json`), 'utf8'));
}

export function load(stored: Stored, dtype: DType = 'f64'): Tensor {
  return tensor(stored.values, { shape: stored.shape, dtype });
}

/** A state dict; counts are i32 as everywhere in this library. */
export function loadState(stored: StoredState, dtype: DType = 'f64'): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(stored).map(([name, value]) => [
      name,
      load(value, name.endsWith('num_batches_tracked') ? 'i32' : dtype),
    ]),
  );
}

/** The largest difference between two lists of numbers, relative where they are larger than 1. */
export function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  return Array.from(actual).reduce((worst, value, k) => {
    const wanted = expected[k]!;
    const difference = Object.is(value, wanted)
      ? 0
      : Math.abs(value - wanted) / Math.max(1, Math.abs(wanted));
    return Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
  }, 0);
}

/** Asserts shape and values, within 1e-10 unless told otherwise. */
export function expectClose(
  actual: Tensor | null | undefined,
  expected: Stored | Tensor,
  tolerance = 1e-10,
): void {
  expect(actual).toBeInstanceOf(Tensor);
  expect(actual!.shape).toEqual(expected.shape);
  const wanted = expected instanceof Tensor ? expected.data() : expected.values;
  expect(distance(actual!.data(), wanted)).toBeLessThanOrEqual(tolerance);
}
