import { confidenceInterval, differences, intervalOf, ratioInterval, signOf } from '../src/confidence.ts';

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

test('what is not finite once has no interval, and no sign', () => {
  expect([intervalOf([1, null]), intervalOf([]), signOf([1, null])]).toEqual([null, null, 0]);
  expect(intervalOf([1, 2, 3])).toEqual(confidenceInterval([1, 2, 3]));
  expect(differences([3, null, 5], [1, 2])).toEqual([2, null, null]);
});

test('a sign is told only where the interval leaves no doubt', () => {
  expect([signOf([1, 2, 3, 2]), signOf([-1, -2, -3, -2]), signOf([-1, 2, 3])]).toEqual([1, -1, 0]);
});

test('a ratio and its inverse have inverse intervals, and a constant ratio an interval of no length', () => {
  const [a, b] = [
    [2, 3, 5],
    [1, 2, 1],
  ];
  const [ratio, inverse] = [ratioInterval(a, b), ratioInterval(b, a)];
  expect(ratio.ratio * inverse.ratio).toBeCloseTo(1, 12);
  expect(ratio.low * inverse.high).toBeCloseTo(1, 12);
  const { low, high } = ratioInterval([3, 30], [1, 10]);
  expect(low).toBeCloseTo(3, 12);
  expect(high).toBe(low);
});
