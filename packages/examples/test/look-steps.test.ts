import { evenSteps, growingSteps } from '../src/look-steps.ts';

test.each([
  ['evenly spread', evenSteps],
  ['growing', growingSteps],
])('%s steps ascend and end with the last, however few there are', (_, stepsOf) => {
  for (const total of [1, 2, 3, 10, 100, 3001])
    for (const count of [2, 5, 12]) {
      const steps = stepsOf(total, count);
      expect(steps.at(-1)).toBe(total);
      expect(steps[0]).toBeGreaterThanOrEqual(1);
      expect(steps).toEqual([...new Set(steps)].toSorted((a, b) => a - b));
      expect(steps.length).toBeLessThanOrEqual(count);
    }
});

test('steps are evenly spread, or each by the same factor after the one before', () => {
  expect(evenSteps(10, 4)).toEqual([3, 5, 8, 10]);
  expect(evenSteps(2, 20)).toEqual([1, 2]);
  expect(growingSteps(1000, 4)).toEqual([1, 10, 100, 1000]);
});
