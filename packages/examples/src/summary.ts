/**
 * @file What learning curves come to, as rows of cells.
 */
import { confidenceInterval } from './confidence.ts';
import { type LearningCurve, stepsTo } from './learning-curve.ts';

const milestones = [0.9, 0.95, 0.97];

export const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;

const whole = (value: number): string => Math.round(value).toLocaleString('en');

/** Mean and margin of the steps that all runs needed; otherwise how many runs came that far. */
function stepsCell(milestone: number, curves: readonly LearningCurve[]): string {
  const steps = curves.map((curve) => stepsTo(milestone, curve)).filter((step) => step !== null);
  if (steps.length === 0) return '–';
  if (steps.length < curves.length) return `${steps.length} of ${curves.length} runs`;
  const { mean, margin } = confidenceInterval(steps);
  return curves.length === 1 ? whole(mean) : `${whole(mean)} ± ${whole(margin)}`;
}

function accuracyCell(curves: readonly LearningCurve[]): string {
  const accuracies = curves.map(({ observations }) => observations.at(-1)?.accuracy ?? NaN);
  const { mean, margin } = confidenceInterval(accuracies);
  return curves.length === 1 ? percent(mean) : `${(100 * mean).toFixed(1)} ± ${(100 * margin).toFixed(1)} %`;
}

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
      ...networks.map((curves) => stepsCell(milestone, curves)),
    ]),
    ['test accuracy', ...networks.map(accuracyCell)],
  ];
}
