/**
 * @file The figures about learning rates and initial weights.
 */
import { type LinePoint, linesFigure } from '../../lines-figure.ts';
import { meanPoint } from '../../mean-line.ts';
import type { FigureContent } from '../../report/figure.ts';
import { accuracyAxis, networks, pairedLines, percentPoint } from '../compared-lines.ts';
import { accuracies, type Cell, type Cells, stepsOfAll } from './cells.ts';
import { multiples, rates, type WeightsName, weightsNames } from './grid.ts';

const rateAxis = { label: 'learning rate', scale: 'log', domain: [rates[0], rates.at(-1)!] } as const;

export function stepsFigure(cells: Cells, weights: WeightsName): FigureContent {
  const total = cells.at(weights, rates[0], true).runs[0]!.looks.at(-1)!.step;
  const top = Math.max(100, total);
  const pointOf = (cell: Cell): LinePoint => {
    const steps = stepsOfAll(0.9, cell);
    return steps === null ? { x: cell.rate, y: null } : meanPoint(cell.rate, steps, { least: 10, most: top });
  };
  return {
    svg: linesFigure(
      networks.map(({ name, normalize }) => ({ name, points: cells.row(weights, normalize).map(pointOf) })),
      { x: rateAxis, y: { label: 'steps to 90 % test accuracy', scale: 'log', domain: [10, top] } },
      { dots: true },
    ),
    label: `Steps to 90 % test accuracy over the learning rate, initial weights ${weights}, without and with BN`,
    caption: `Initial weights ${weights}: steps to 90 % test accuracy, with 95 % confidence bands if there are several seeds. No point where a run did not get there within ${total.toLocaleString('en')} steps.`,
  };
}

export function accuracyFigure(cells: Cells): FigureContent {
  const points = (weights: WeightsName, normalize: boolean): LinePoint[] =>
    cells.row(weights, normalize).map((cell) => percentPoint(cell.rate, accuracies(cell)));
  return {
    svg: linesFigure(
      pairedLines(weightsNames, (weights) => weights, points),
      { x: rateAxis, y: accuracyAxis },
      { dots: true },
    ),
    label:
      'Test accuracy at the end over the learning rate, for each kind of initial weights, without and with BN',
    caption:
      'Test accuracy after the last step, for three kinds of initial weights, with 95 % confidence bands if there are several seeds.',
  };
}

export function curvesFigure(cells: Cells): FigureContent {
  const names = Object.keys(multiples) as (keyof typeof multiples)[];
  const points = (name: keyof typeof multiples, normalize: boolean): LinePoint[] => {
    const { runs } = cells.at('σ = 0.1', multiples[name], normalize);
    return runs[0]!.looks.map(({ step }, look) =>
      percentPoint(
        step,
        runs.map(({ looks }) => looks[look]!.accuracy),
      ),
    );
  };
  return {
    svg: linesFigure(
      pairedLines(names, (name) => `${name} = ${multiples[name]}`, points),
      { x: { label: 'training steps', scale: 'log' }, y: accuracyAxis },
    ),
    label: 'Test accuracy over training steps at three learning rates, without and with BN',
    caption:
      'Test accuracy while training from initial weights σ = 0.1, at one, five and thirty times a rate of 0.1, with 95 % confidence bands if there are several seeds.',
  };
}
