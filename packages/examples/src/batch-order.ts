/**
 * @file In which order examples are shown: positions only, whatever stands there.
 */
import { type Generator, permutation } from '@windfall/core';

/**
 * Mini-batches without end. Every epoch is a new permutation of all examples; what is left at its end and fills no
 * batch is not shown in that epoch.
 */
export function* shuffledBatches(
  count: number,
  batchSize: number,
  generator: Generator,
): IterableIterator<Int32Array, never> {
  if (batchSize > count) throw new Error(`a batch of ${batchSize} cannot be drawn from ${count} examples`);
  while (true) {
    const order = permutation(count, { generator }).data() as Int32Array;
    for (let end = batchSize; end <= count; end += batchSize) yield order.subarray(end - batchSize, end);
  }
}

/** All examples once, in their own order, in batches of the given size; the last may be smaller. */
export function* consecutiveBatches(count: number, batchSize: number): IterableIterator<Int32Array> {
  for (let start = 0; start < count; start += batchSize) {
    const length = Math.min(batchSize, count - start);
    yield Int32Array.from({ length }, (_, i) => start + i);
  }
}
