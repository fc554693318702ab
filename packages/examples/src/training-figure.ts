/**
 * @file The figure of section 4.1 of the batch normalization paper as SVG: (a) test accuracy over training steps,
 * (b, c) for each network the percentiles of the input of one sigmoid.
 */
import * as Plot from '@observablehq/plot';
import type { LearningCurve } from './learning-curve.ts';
import { panel, sideBySide } from './panel.ts';

/** Told apart by every kind of eye (Okabe & Ito 2008). */
const colors = ['#d55e00', '#0072b2', '#009e73', '#cc79a7'];

const letters = 'bcde';

const frame = {
  height: 380,
  marginTop: 52,
  marginRight: 28,
  marginBottom: 48,
  marginLeft: 52,
  x: { label: 'training steps', labelAnchor: 'center', labelArrow: 'none', ticks: 4, nice: true },
} as const;

const colorScale = (curves: readonly LearningCurve[]): Plot.ScaleOptions => ({
  domain: curves.map(({ name }) => name),
  range: colors,
});

function accuracyPanel(curves: readonly LearningCurve[]): SVGSVGElement {
  const points = curves.flatMap(({ name, observations }) =>
    observations.map(({ step, accuracy }) => ({ name, step, percent: 100 * accuracy })),
  );
  const legend = curves.map(({ name }, row) =>
    Plot.text([`━ ${name}`], {
      frameAnchor: 'bottom-right',
      textAnchor: 'start',
      dx: -110,
      dy: 20 * (row - curves.length),
      fill: colors[row]!,
      fontWeight: 'bold',
    }),
  );
  return panel({
    ...frame,
    width: 480,
    y: { label: '(a) test accuracy (%)', labelArrow: 'none', domain: [0, 100], grid: true },
    color: colorScale(curves),
    marks: [
      Plot.ruleY([0]),
      Plot.lineY(points, { x: 'step', y: 'percent', stroke: 'name', strokeWidth: 2 }),
      Plot.dot(points, { x: 'step', y: 'percent', fill: 'name', r: 2 }),
      ...legend,
    ],
  });
}

function sigmoidInputPanel(curves: readonly LearningCurve[]): SVGSVGElement {
  const points = curves.flatMap(({ name, observations }) =>
    observations.map(({ step, sigmoidInput: [low, median, high] }) => ({ name, step, low, median, high })),
  );
  const placed = { x: 'step', fx: 'name', stroke: 'name' } as const;
  return panel({
    ...frame,
    width: 720,
    y: {
      label: 'input of one sigmoid of the last hidden layer: median, 15th and 85th percentile',
      labelArrow: 'none',
      grid: true,
      nice: true,
    },
    fx: {
      domain: curves.map(({ name }) => name),
      label: null,
      padding: 0.12,
      tickFormat: (name: string, panelNumber: number) => `(${letters[panelNumber]!}) ${name}`,
    },
    color: colorScale(curves),
    marks: [
      Plot.ruleY([0], { strokeOpacity: 0.4 }),
      Plot.areaY(points, { x: 'step', fx: 'name', fill: 'name', y1: 'low', y2: 'high', fillOpacity: 0.12 }),
      Plot.lineY(points, { ...placed, y: 'low', strokeWidth: 1.25 }),
      Plot.lineY(points, { ...placed, y: 'median', strokeWidth: 2.25 }),
      Plot.lineY(points, { ...placed, y: 'high', strokeWidth: 1.25 }),
    ],
  });
}

/** The whole figure as the text of an SVG file. */
export function trainingFigure(curves: readonly LearningCurve[]): string {
  return sideBySide([accuracyPanel(curves), sigmoidInputPanel(curves)]);
}
