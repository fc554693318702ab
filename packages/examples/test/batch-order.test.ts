import { Generator } from '@windfall/core';
import { consecutiveBatches, shuffledBatches } from '../src/batch-order.ts';

function take(batches: Iterator<Int32Array, never>, count: number): number[] {
  return Array.from({ length: count }, () => [...batches.next().value]).flat();
}

describe('shuffledBatches', () => {
  test('an epoch shows every example once', () => {
    const batches = shuffledBatches(12, 4, new Generator(1));
    for (let epoch = 0; epoch < 3; epoch++)
      expect(take(batches, 3).sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  test('epochs differ in order', () => {
    const batches = shuffledBatches(100, 50, new Generator(1));
    expect(take(batches, 2)).not.toEqual(take(batches, 2));
  });

  test('examples that fill no batch are left out of the epoch, none is shown twice', () => {
    const shown = take(shuffledBatches(11, 4, new Generator(1)), 2);
    expect(new Set(shown).size).toBe(8);
  });

  test('the same seed gives the same order, another seed another', () => {
    const first = (seed: number): number[] => take(shuffledBatches(60, 20, new Generator(seed)), 5);
    expect(first(7)).toEqual(first(7));
    expect(first(7)).not.toEqual(first(8));
  });

  test('a batch larger than the data is an error', () => {
    expect(() => shuffledBatches(3, 4, new Generator(1)).next()).toThrow(
      'a batch of 4 cannot be drawn from 3',
    );
  });
});

describe('consecutiveBatches', () => {
  test('they are all examples in order, the last batch with what is left', () => {
    expect(Array.from(consecutiveBatches(5, 2), (batch) => [...batch])).toEqual([[0, 1], [2, 3], [4]]);
    expect([...consecutiveBatches(0, 2)]).toEqual([]);
  });
});
