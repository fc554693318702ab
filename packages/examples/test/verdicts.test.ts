import { verdictOfBoth, verdictOfCases } from '../src/experiments/verdicts.ts';

test('a claim holds in all cases, in some or in none, and not if there are none', () => {
  expect(verdictOfCases([true, true])).toBe('holds');
  expect(verdictOfCases([false, true])).toBe('holds in part');
  expect(verdictOfCases([false, false])).toBe('does not hold');
  expect(verdictOfCases([])).toBe('does not hold');
});

test('of two verdicts the weaker one counts', () => {
  expect(verdictOfBoth('holds', 'holds in part')).toBe('holds in part');
  expect(verdictOfBoth('does not hold', 'holds')).toBe('does not hold');
  expect(verdictOfBoth('holds', 'holds')).toBe('holds');
});
