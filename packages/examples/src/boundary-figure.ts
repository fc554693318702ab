/**
 * @file How a classifier of two kinds divides the plane, as SVG. It knows nothing of what classifies.
 */
import * as Plot from '@observablehq/plot';
import { figureText } from './panel.ts';

/** A point of one of two kinds. */
export interface KindedPoint {
  readonly x: number;
  readonly y: number;
  readonly kind: number;
}

/**
 * @param probabilities of kind 1 on a square grid over [−limit, limit]², x₁ moving first, from below
 * @param points drawn over them, in the color of their kind
 */
export function boundaryFigure(
  probabilities: ArrayLike<number>,
  points: readonly KindedPoint[],
  { limit }: { limit: number },
): string {
  const side = Math.sqrt(probabilities.length);
  const square = { x1: -limit, x2: limit, y1: -limit, y2: limit, width: side, height: side, clip: true };
  // A little less than the grid, so that the boundary does not follow the frame.
  const domain = [-0.96 * limit, 0.96 * limit];
  const values = Array.from(probabilities);
  return figureText({
    ...{ width: 480, height: 500, marginTop: 50, marginBottom: 40 },
    x: { label: 'x₁', domain },
    y: { label: 'x₂', domain },
    color: { type: 'linear', domain: [0, 1], range: ['#f5c9a0', '#a8cfe8'] },
    marks: [
      Plot.contour(values, { ...square, fill: Plot.identity, thresholds: [0, 0.1, 0.3, 0.5, 0.7, 0.9] }),
      Plot.contour(values, { ...square, stroke: '#222', thresholds: [0.5] }),
      Plot.dot(points, { x: 'x', y: 'y', r: 2.5, fill: ({ kind }) => (kind === 1 ? '#0072b2' : '#d55e00') }),
    ],
  });
}
