import { type LearningCurve, stepsTo } from '../src/learning-curve.ts';
import { summaryTable } from '../src/summary.ts';

const curve = (name: string, accuracies: readonly number[]): LearningCurve => ({
  name,
  observations: accuracies.map((accuracy, i) => ({
    step: 1000 * (i + 1),
    accuracy,
    sigmoidInput: [-1, 0, 1],
  })),
});

test('the steps to an accuracy are those of the first observation that reaches it', () => {
  expect(stepsTo(0.9, curve('a', [0.5, 0.9, 0.8, 0.95]))).toBe(2000);
  expect(stepsTo(0.97, curve('a', [0.5, 0.96]))).toBeNull();
});

test('the table has a column for each curve and a dash for what was not reached', () => {
  expect(summaryTable([curve('slow', [0.1, 0.8]), curve('fast', [0.91, 0.951])])).toBe(
    [
      '                  slow     fast',
      'steps to 90 %        –    1,000',
      'steps to 95 %        –    2,000',
      'steps to 97 %        –        –',
      'test accuracy   80.0 %   95.1 %',
    ].join('\n'),
  );
});
