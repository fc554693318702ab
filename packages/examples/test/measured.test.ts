import { measured, percentage } from '../src/measured.ts';

test('a mean is written with the margin of its interval, unless there is one value only', () => {
  expect(measured([0.971, 0.975], percentage)).toBe('97.30 ± 2.54 %');
  expect(measured([0.971], percentage)).toBe('97.10 %');
  expect(measured([-1.5], { digits: 1, suffix: ' s' })).toBe('−1.5 s');
  expect(measured([-0.001])).toBe('0.00');
});

test('what is not finite once is not finite on average', () => {
  expect(measured([1, null])).toBe('not finite');
});
