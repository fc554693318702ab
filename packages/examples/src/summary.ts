/**
 * @file What learning curves come to, as a small table of text.
 */
import { type LearningCurve, stepsTo } from './learning-curve.ts';
import { textTable } from './text-table.ts';

const milestones = [0.9, 0.95, 0.97];

export const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;

/** One column for each curve: steps to 90, 95 and 97 % test accuracy, and the accuracy at the end. */
export function summaryTable(curves: readonly LearningCurve[]): string {
  const rows = [
    ['', ...curves.map(({ name }) => name)],
    ...milestones.map((milestone) => [
      `steps to ${100 * milestone} %`,
      ...curves.map((curve) => stepsTo(milestone, curve)?.toLocaleString('en') ?? '–'),
    ]),
    ['test accuracy', ...curves.map(({ observations }) => percent(observations.at(-1)?.accuracy ?? NaN))],
  ];
  return textTable(rows);
}
