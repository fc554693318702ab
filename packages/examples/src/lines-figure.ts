/**
 * @file Lines over a common axis as SVG, with confidence bands where there are any, and a legend above them. It knows nothing of
 * what they stand for.
 */
import * as Plot from '@observablehq/plot';
import { formatPower, logarithmicTicks } from './logarithmic-ticks.ts';
import { figureText } from './panel.ts';
import { color, type ColorName, seriesColors } from './report/theme.ts';

export interface LinePoint {
  readonly x: number;
  /** Null where the line is interrupted. */
  readonly y: number | null;
  /** The ends of the band around y, if it has one. */
  readonly low?: number;
  readonly high?: number;
}

export interface Line {
  readonly name: string;
  readonly points: readonly LinePoint[];
  /** By default the next of the series' colours. */
  readonly color?: ColorName;
  /** Lengths of dashes and gaps, as in "6 4"; by default none. */
  readonly dash?: string;
}

export interface LineAxis {
  readonly label: string;
  /** By default linear. */
  readonly scale?: 'linear' | 'log';
  readonly domain?: readonly [number, number];
  /** By default round numbers. */
  readonly ticks?: readonly number[];
}

/** How a line looks, in one letter: dots are dashes no longer than they are wide. */
function strokeSign(dash: string | undefined): string {
  if (dash === undefined) return '━';
  return Number.parseFloat(dash) <= 2 ? '┈' : '╌';
}

/** The width of a letter of the legend, on average, in pixels. */
const letterWidth = 7.6;

/** Where each name of the legend starts, in as many rows as it takes. */
function placeLegend(names: readonly string[], width: number): { dx: number; row: number }[] {
  let dx = 0;
  let row = 0;
  return names.map((name) => {
    const length = (name.length + 5) * letterWidth;
    if (dx > 0 && dx + length > width) {
      dx = 0;
      row++;
    }
    const place = { dx, row };
    dx += length;
    return place;
  });
}

const isOn =
  ({ domain = [0, Infinity] }: LineAxis) =>
  (tick: number): boolean =>
    tick >= domain[0] && tick <= domain[1];

/**
 * @param options.dots whether each point is marked, for lines of few points
 * @returns the text of an SVG file
 */
export function linesFigure(
  lines: readonly Line[],
  axes: { x: LineAxis; y: LineAxis },
  options: { dots?: boolean } = {},
): string {
  const [width, margin] = [720, { left: 64, right: 28 }];
  const styled = lines.map((line, k) => ({
    ...line,
    stroke: line.color === undefined ? seriesColors[k % seriesColors.length]! : color(line.color),
  }));
  const places = placeLegend(
    lines.map(({ name }) => name),
    width - margin.left - margin.right,
  );
  // The label of the y axis is above the legend.
  const top = 22 * (1 + Math.max(0, ...places.map(({ row }) => row))) + 40;
  const legend = styled.map(({ name, stroke, dash }, k) =>
    Plot.text([`${strokeSign(dash)} ${name}`], {
      ...{ frameAnchor: 'top-left', textAnchor: 'start', fontWeight: 'bold', fill: stroke },
      ...{ dx: places[k]!.dx, dy: 22 * places[k]!.row - top + 38 },
    }),
  );
  const marks = styled.flatMap(({ points, stroke, dash }) => {
    const banded = points.filter(({ low, high }) => low !== undefined && high !== undefined);
    return [
      ...(banded.length > 0
        ? [Plot.areaY(banded, { x: 'x', y1: 'low', y2: 'high', fill: stroke, fillOpacity: 0.18 })]
        : []),
      Plot.line(points, {
        ...{ x: 'x', y: 'y', stroke, strokeWidth: 2 },
        ...(dash === undefined ? {} : { strokeDasharray: dash }),
      }),
      ...(options.dots ? [Plot.dot(points, { x: 'x', y: 'y', fill: stroke, r: 3.5 })] : []),
    ];
  });
  const scaleOf = (axis: LineAxis, values: readonly number[]): Plot.ScaleOptions => ({
    ...{ label: axis.label, labelArrow: 'none', type: axis.scale ?? 'linear' },
    ...(axis.domain === undefined ? { nice: true } : { domain: [...axis.domain] }),
    ...(axis.scale === 'log' ? { ticks: logarithmicTicks(axis.domain ?? values).filter(isOn(axis)) } : {}),
    ...(axis.ticks === undefined ? {} : { ticks: [...axis.ticks] }),
  });
  const points = lines.flatMap((line) => line.points);
  const xs = points.map(({ x }) => x);
  const ys = points.flatMap(({ y, low, high }) => [y, low, high]).filter((y) => typeof y === 'number');
  const [x, y] = [scaleOf(axes.x, xs), scaleOf(axes.y, ys)];
  // Left to itself, Plot leaves out some labels of a logarithmic axis.
  const labelled = ({ ticks }: Plot.ScaleOptions) => ({
    ticks: ticks as number[],
    text: (tick: number) => formatPower(tick),
    labelArrow: 'none' as const,
  });
  const logarithmic = [
    ...(axes.x.scale === 'log' ? [Plot.axisX({ ...labelled(x), labelAnchor: 'center' })] : []),
    ...(axes.y.scale === 'log' ? [Plot.axisY(labelled(y))] : []),
  ];
  return figureText({
    ...{ width, height: 360 + top, marginTop: top, marginBottom: 48 },
    ...{ marginLeft: margin.left, marginRight: margin.right },
    x: { ...x, labelAnchor: 'center' },
    y: { ...y, grid: true },
    marks: [...logarithmic, ...marks, ...legend],
  });
}
