import type { LearningCurve } from '../src/learning-curve.ts';
import { mnistClaims } from '../src/mnist-claims.ts';

type Look = [accuracy: number, low: number, median: number, high: number];

const curve = (name: string, looks: readonly Look[]): LearningCurve => ({
  name,
  observations: looks.map(([accuracy, ...sigmoidInput], k) => ({
    step: 100 * (k + 1),
    accuracy,
    sigmoidInput,
  })),
});

const steady = curve('with BN', [
  [0.9, -1, 0, 1],
  [0.95, -1, 0.1, 1],
]);
const drifting = curve('without BN', [
  [0.1, -0.1, 0, 0.1],
  [0.9, 1, 3, 4],
]);

const verdicts = (...runs: [LearningCurve, LearningCurve][]): string[] =>
  mnistClaims(runs).map(({ verdict }) => verdict);

test('claims hold if they do in all runs, in part if in some', () => {
  expect(verdicts([drifting, steady], [drifting, steady])).toEqual(['holds', 'holds', 'holds']);
  expect(verdicts([drifting, steady], [steady, drifting])).toEqual(Array(3).fill('holds in part'));
  expect(verdicts([steady, drifting])).toEqual(Array(3).fill('does not hold'));
  expect(verdicts([steady, steady])).toEqual(Array(3).fill('does not hold'));
});

test('movement is measured in widths at the end', () => {
  const { measured } = mnistClaims([[drifting, steady]])[2]!;
  expect(measured).toContain('the median was up to 1.0 / 0.050 times');
  expect(measured).toContain('grew by a factor of 15 / 1.0');
});
