import { logarithmicTicks } from '../src/logarithmic-ticks.ts';

test('ticks go from the power of ten below the values to the one above, no further', () => {
  expect(logarithmicTicks([1200, 62_000])).toEqual([1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000]);
  expect(logarithmicTicks([0.5, 0, -3])).toEqual([0.1, 0.2, 0.5, 1]);
});

test('over many powers of ten there are no others', () => {
  expect(logarithmicTicks([1, 90_000])).toEqual([1, 10, 100, 1000, 10_000, 100_000]);
});

test('without positive values there are none', () => {
  expect(logarithmicTicks([0, -1])).toEqual([]);
});
