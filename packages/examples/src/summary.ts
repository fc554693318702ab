/**
 * @file What learning curves come to, as rows of cells.
 */
import { percentText, stepsText } from './measured.ts';
import { type LearningCurve, stepsTo } from './learning-curve.ts';

const milestones = [0.9, 0.95, 0.97];

const accuracyAtEnd = ({ observations }: LearningCurve): number => observations.at(-1)?.accuracy ?? NaN;

/**
 * A column for each network: steps to 90, 95 and 97 % test accuracy, and the accuracy at the end. Of several runs, means with
 * the margins of their 95 % confidence intervals. The first row has the networks' names.
 */
export function summaryRows(runs: readonly (readonly LearningCurve[])[]): string[][] {
  const networks = runs[0]!.map((_, learner) => runs.map((curves) => curves[learner]!));
  return [
    ['', ...networks.map((curves) => curves[0]!.name)],
    ...milestones.map((milestone) => [
      `steps to ${100 * milestone} %`,
      ...networks.map((curves) => stepsText(curves.map((curve) => stepsTo(milestone, curve)))),
    ]),
    ['test accuracy', ...networks.map((curves) => percentText(curves.map(accuracyAtEnd)))],
  ];
}
