import { confidenceInterval } from '../src/confidence.ts';

// scipy.stats.t.interval(0.95, n − 1, mean, sem)
test('the margin is that of the 95 % interval of the t distribution', () => {
  expect(confidenceInterval([7])).toEqual({ mean: 7, margin: 0 });
  const { mean, margin } = confidenceInterval([1, 2, 3]);
  expect(mean).toBe(2);
  expect(margin).toBeCloseTo(2.4841, 3);
});

test('large samples have the margin of the normal distribution', () => {
  const sample = Array.from({ length: 100 }, (_, k) => k % 2);
  expect(confidenceInterval(sample).margin).toBeCloseTo(1.96 * Math.sqrt(0.25 / 99), 3);
});

test('an empty sample is an error', () => {
  expect(() => confidenceInterval([])).toThrow('an empty sample has no mean');
});
