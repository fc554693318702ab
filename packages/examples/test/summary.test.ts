import { type LearningCurve, stepsTo } from '../src/learning-curve.ts';
import { summaryRows } from '../src/summary.ts';

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

test('the rows have a column for each curve and a dash for what was not reached', () => {
  expect(summaryRows([[curve('slow', [0.1, 0.8]), curve('fast', [0.91, 0.951])]])).toEqual([
    ['', 'slow', 'fast'],
    ['steps to 90 %', '–', '1,000'],
    ['steps to 95 %', '–', '2,000'],
    ['steps to 97 %', '–', '–'],
    ['test accuracy', '80.0 %', '95.1 %'],
  ]);
});

test('of several runs they have means with margins, or how many came that far', () => {
  const runs = [
    [0.9, 0.95],
    [0.5, 0.9],
    [0.5, 0.91],
  ].map((accuracies) => [curve('fast', accuracies)]);
  // 4.303 · s / √3 with s = 1000 / √3 steps and √(7 / 3) / 100.
  expect(summaryRows(runs)).toEqual([
    ['', 'fast'],
    ['steps to 90 %', '1,667 ± 1,434'],
    ['steps to 95 %', '1 of 3 runs'],
    ['steps to 97 %', '–'],
    ['test accuracy', '92.0 ± 6.6 %'],
  ]);
});
