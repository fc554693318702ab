/**
 * @file What was found about learning rates and initial weights: claims, figures, and a table for each kind of initial weights.
 */
import { percentText, stepsText } from '../../measured.ts';
import type { TableContent } from '../../report/table.ts';
import type { Findings } from '../experiment.ts';
import { accuracies, type Cell, Cells, isDiverged, stepsTo } from './cells.ts';
import { claimsFrom, rules } from './claims.ts';
import { accuracyFigure, curvesFigure, stepsFigure } from './figures.ts';
import { rates, type Run, type WeightsName, weightsNames } from './grid.ts';

/** Steps to an accuracy; "diverged" if that is why it was reached in no run. */
function stepsCell(accuracy: number, cell: Cell): string {
  const steps = stepsTo(accuracy, cell);
  const isReached = steps.some((step) => step !== null);
  return !isReached && cell.runs.every(isDiverged) ? 'diverged' : stepsText(steps);
}

function accuracyCell(cell: Cell): string {
  const text = percentText(accuracies(cell));
  const diverged = cell.runs.filter(isDiverged).length;
  if (diverged === 0) return text;
  return diverged === cell.runs.length
    ? `diverged, ${text}`
    : `${text}, ${diverged} of ${cell.runs.length} diverged`;
}

function tableFor(weights: WeightsName, cells: Cells): TableContent {
  return {
    head: ['rate', ...['90 %', '95 %', 'end'].flatMap((what) => [`${what}, without BN`, 'with BN'])],
    rows: rates.map((rate) => {
      const pair = [false, true].map((normalize) => cells.at(weights, rate, normalize));
      return [
        String(rate),
        ...[0.9, 0.95].flatMap((accuracy) => pair.map((cell) => stepsCell(accuracy, cell))),
        ...pair.map(accuracyCell),
      ];
    }),
    caption: `Initial weights ${weights}: steps to 90 % and 95 % test accuracy, and the accuracy at the end. A dash where it was not reached.`,
  };
}

export function findings(runs: readonly Run[]): Findings {
  const cells = new Cells(runs);
  return {
    claims: claimsFrom(cells),
    parts: [
      {
        title: 'How fast',
        text: [
          'Steps to 90 % test accuracy over the learning rate, both on logarithmic axes: the farther the lines are apart, the more BN helps.',
        ],
        figures: weightsNames.map((weights) => stepsFigure(cells, weights)),
        tables: weightsNames.map((weights) => tableFor(weights, cells)),
      },
      {
        title: 'How well',
        text: ['What the networks come to at the end, whatever it took.'],
        figures: [accuracyFigure(cells)],
      },
      {
        title: 'The paper’s rates',
        text: [
          'The paper multiplies the learning rate of its plain network by 5 and by 30. It does not say how that rate was found; here it is 0.1, at which the plain network learns from weights σ = 0.1, but slowly.',
        ],
        figures: [curvesFigure(cells)],
      },
      { title: 'How the verdicts follow', text: rules },
    ],
  };
}
