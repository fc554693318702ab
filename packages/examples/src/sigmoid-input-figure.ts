/**
 * @file Figures 1b and 1c of the batch normalization paper as SVG: for each network the 15th, 50th and 85th percentile of
 * the input of one sigmoid over training steps.
 */
import * as Plot from '@observablehq/plot';
import type { LearningCurve } from './learning-curve.ts';
import { figureFrame, figureText } from './panel.ts';
import { seriesColors } from './report/theme.ts';

const letters = 'bcde';

export function sigmoidInputFigure(curves: readonly LearningCurve[]): string {
  const points = curves.flatMap(({ name, observations }) =>
    observations.map(({ step, sigmoidInput: [low, median, high] }) => ({ name, step, low, median, high })),
  );
  const placed = { x: 'step', fx: 'name', stroke: 'name' } as const;
  // The legend names each line where it ends.
  const ends = curves.flatMap(({ name, observations }) => {
    const { step, sigmoidInput } = observations.at(-1)!;
    return sigmoidInput.map((y, k) => ({ name, step, y, text: ['15 %', '50 %', '85 %'][k]! }));
  });
  return figureText({
    ...figureFrame,
    width: 720,
    marginRight: 44,
    y: {
      label: 'input of a sigmoid of the last hidden layer: percentiles',
      labelArrow: 'none',
      grid: true,
      nice: true,
    },
    fx: {
      domain: curves.map(({ name }) => name),
      label: null,
      padding: 0.14,
      tickFormat: (name: string, facet: number) => `(${letters[facet]!}) ${name}`,
    },
    color: { domain: curves.map(({ name }) => name), range: seriesColors },
    marks: [
      Plot.ruleY([0], { strokeOpacity: 0.4 }),
      Plot.areaY(points, { x: 'step', fx: 'name', fill: 'name', y1: 'low', y2: 'high', fillOpacity: 0.12 }),
      Plot.lineY(points, { ...placed, y: 'low', strokeWidth: 1.25 }),
      Plot.lineY(points, { ...placed, y: 'median', strokeWidth: 2.25 }),
      Plot.lineY(points, { ...placed, y: 'high', strokeWidth: 1.25 }),
      Plot.text(ends, {
        x: 'step',
        y: 'y',
        fx: 'name',
        text: 'text',
        fill: 'name',
        textAnchor: 'start',
        dx: 4,
      }),
    ],
  });
}
