/**
 * @file Points, the curve they come from and the curve that was fitted to them, as SVG. It knows nothing of how it was fitted.
 */
import * as Plot from '@observablehq/plot';
import { figureText } from './panel.ts';

/** Points: the coordinates beside each other. */
export interface Coordinates {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

const rows = ({ x, y }: Coordinates): { x: number; y: number }[] =>
  Array.from(x, (value, i) => ({ x: value, y: y[i]! }));

/** The figure as the text of an SVG file. */
export function fitFigure(
  points: Coordinates,
  { truth, fitted }: { truth: Coordinates; fitted: Coordinates },
): string {
  const channels = { x: 'x', y: 'y' } as const;
  const legend = [
    ['● noisy points', '#666'],
    ['╌ true curve', '#0072b2'],
    ['━ fitted curve', '#d55e00'],
  ] as const;
  return figureText({
    ...{ width: 640, height: 400, marginTop: 50, marginBottom: 40 },
    y: { grid: true },
    marks: [
      Plot.dot(rows(points), { ...channels, r: 2, fill: '#888' }),
      Plot.line(rows(truth), { ...channels, stroke: '#0072b2', strokeWidth: 2.5, strokeDasharray: '6 4' }),
      Plot.line(rows(fitted), { ...channels, stroke: '#d55e00', strokeWidth: 2.5 }),
      ...legend.map(([text, fill], row) =>
        Plot.text([text], {
          ...{ frameAnchor: 'top-left', textAnchor: 'start', fontWeight: 'bold', fill },
          ...{ dx: 14, dy: 10 + 20 * row },
        }),
      ),
    ],
  });
}
