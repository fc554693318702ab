/**
 * @file Figure 1a of the batch normalization paper as SVG: test accuracy over training steps, of several runs their mean and
 * its 95 % confidence band.
 */
import * as Plot from '@observablehq/plot';
import { confidenceInterval } from './confidence.ts';
import type { LearningCurve } from './learning-curve.ts';
import { figureFrame, figureText } from './panel.ts';
import { seriesColors } from './report/theme.ts';

/** @param runs the curves of each run; all have the same names and steps */
export function accuracyFigure(runs: readonly (readonly LearningCurve[])[]): string {
  const curves = runs[0]!;
  const points = curves.flatMap(({ name, observations }, learner) =>
    observations.map(({ step }, look) => {
      const sample = runs.map((run) => 100 * run[learner]!.observations[look]!.accuracy);
      const { mean, margin } = confidenceInterval(sample);
      return { name, step, mean, low: Math.max(0, mean - margin), high: Math.min(100, mean + margin) };
    }),
  );
  const legend = curves.map(({ name }, row) =>
    Plot.text([`━ ${name}`], {
      frameAnchor: 'bottom-right',
      textAnchor: 'start',
      dx: -120,
      dy: 20 * (row - curves.length),
      fill: seriesColors[row]!,
      fontWeight: 'bold',
    }),
  );
  const band = Plot.areaY(points, { x: 'step', y1: 'low', y2: 'high', fill: 'name', fillOpacity: 0.2 });
  return figureText({
    ...figureFrame,
    width: 720,
    marginTop: 32,
    y: { label: 'test accuracy (%)', labelArrow: 'none', domain: [0, 100], grid: true },
    color: { domain: curves.map(({ name }) => name), range: seriesColors },
    marks: [
      Plot.ruleY([0]),
      ...(runs.length > 1 ? [band] : []),
      Plot.lineY(points, { x: 'step', y: 'mean', stroke: 'name', strokeWidth: 2 }),
      ...legend,
    ],
  });
}
