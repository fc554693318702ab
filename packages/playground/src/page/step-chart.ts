/**
 * @file A chart over training steps that grows while it is looked at, with a legend that says the values. It knows nothing of
 * what is drawn.
 */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { onColorsChange, resolvedColor } from './colors.ts';
import { element, svgElement } from './element.ts';

/** A line of a chart. */
export interface Line {
  readonly name: string;
  /** As CSS takes it. */
  readonly color: string;
  readonly width?: number;
  readonly dash?: readonly number[];
  /** Whether the legend leaves it out. */
  readonly isUnnamed?: boolean;
}

export interface ChartOptions {
  readonly title: string;
  /** What is drawn upwards, with its unit. */
  readonly yLabel: string;
  readonly lines: readonly Line[];
  /** Two lines, by their number from 0, between which the ground is coloured. */
  readonly band?: { readonly lines: readonly [upper: number, lower: number]; readonly color: string };
  /** What the legend calls it. */
  readonly bandName?: string;
  readonly isLogarithmic?: boolean;
  /** The lowest and highest value shown, given those of the data. */
  readonly range?: (low: number, high: number) => [number, number];
  readonly format: (value: number) => string;
}

/** A value for each line at each step; null where there is none. */
export interface ChartData {
  readonly steps: readonly number[];
  readonly values: readonly (readonly (number | null)[])[];
}

const height = 216;
const font = '12px system-ui, sans-serif';
/** The steps that are shown when there are fewer. */
const fewestSteps = 100;

const grouped = new Intl.NumberFormat('en');
/** @example stepText(12000); // 12,000 */
export const stepText = (step: number): string => grouped.format(step);

function swatch({ color, dash = [], width = 2 }: Line): SVGElement {
  const line = svgElement('line', { x1: 0, y1: 5, x2: 22, y2: 5 });
  line.style.stroke = color;
  line.style.strokeWidth = String(width + 0.5);
  line.style.strokeDasharray = dash.join(' ');
  return svgElement('svg', { width: 22, height: 10, 'aria-hidden': 'true' }, line);
}

function bandSwatch(color: string): SVGElement {
  const ground = svgElement('rect', { width: 22, height: 10, rx: 2 });
  ground.style.fill = color;
  return svgElement('svg', { width: 22, height: 10, 'aria-hidden': 'true' }, ground);
}

/** @example numberText(-0.5); // −0.5, with a minus, not a hyphen */
export const numberText = (value: number, digits?: number): string =>
  (digits === undefined ? String(Number(value.toPrecision(6))) : value.toFixed(digits)).replace('-', '−');

const isDecade = (value: number): boolean =>
  Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-6;

/** A power of ten in few characters. */
function decadeText(value: number): string {
  const exponent = Math.round(Math.log10(value));
  if (exponent >= -4 && exponent <= 3) return String(10 ** exponent);
  return `10${String(exponent).replaceAll(/./g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '⁻')}`;
}

export class StepChart {
  readonly element: HTMLElement;
  readonly #options: ChartOptions;
  readonly #plot: uPlot;
  readonly #values: (HTMLElement | null)[];
  readonly #at: HTMLElement;
  readonly #picture: HTMLElement;
  readonly #observer: ResizeObserver;
  #data: ChartData = { steps: [], values: [] };

  constructor(options: ChartOptions) {
    this.#options = options;
    this.#values = options.lines.map(({ isUnnamed }) =>
      isUnnamed === true ? null : element('output', { class: 'legend-value' }),
    );
    this.#at = element('span', { class: 'at' });
    this.#picture = element('div', { class: 'plot', role: 'img', 'aria-label': options.title });
    const legend = options.lines.flatMap((line, k) => {
      const value = this.#values[k];
      return value ? [element('li', {}, swatch(line), element('span', {}, line.name), value)] : [];
    });
    if (options.band !== undefined && options.bandName !== undefined)
      legend.push(element('li', {}, bandSwatch(options.band.color), element('span', {}, options.bandName)));
    this.element = element(
      'figure',
      { class: 'chart' },
      element('figcaption', {}, element('span', {}, options.title), this.#at),
      element('ul', { class: 'legend' }, ...legend),
      this.#picture,
    );
    this.#plot = new uPlot(this.#plotOptions(), this.#aligned(), this.#picture);
    this.#observer = new ResizeObserver(([entry]) => {
      const width = Math.floor(entry!.contentRect.width);
      if (width > 0) this.#plot.setSize({ width, height });
    });
    this.#observer.observe(this.#picture);
    charts.add(this);
  }

  #plotOptions(): uPlot.Options {
    const { lines, band, isLogarithmic = false, range, yLabel } = this.#options;
    const color = (name: string) => (): string => resolvedColor(name);
    const axis: uPlot.Axis = {
      font,
      labelFont: font,
      stroke: color('var(--muted)'),
      ticks: { show: false },
      grid: { stroke: color('var(--grid)'), width: 1 },
    };
    return {
      width: 320,
      height,
      padding: [8, 12, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'steps' }, points: { size: 7 } },
      scales: {
        x: { time: false, range: (_plot, _low, high) => [0, Math.max(fewestSteps, high)] },
        y: {
          // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enumeration has no values at run time
          distr: isLogarithmic ? 3 : 1,
          ...(range === undefined ? {} : { range: (_plot, low, high) => range(low, high) }),
        },
      },
      axes: [
        {
          ...axis,
          label: 'training steps',
          labelSize: 20,
          size: 26,
          values: (_plot, splits) => splits.map(stepText),
        },
        {
          ...axis,
          label: yLabel,
          labelSize: 20,
          size: 50,
          values: (_plot, splits) =>
            splits.map((value: number | null) =>
              value === null ? '' : isLogarithmic ? decadeText(value) : numberText(value),
            ),
          ...(isLogarithmic
            ? {
                filter: (_plot: uPlot, splits: number[]) =>
                  splits.map((value) => (isDecade(value) ? value : null)),
                grid: {
                  ...axis.grid,
                  filter: (_plot: uPlot, splits: number[]) =>
                    splits.map((value) => (isDecade(value) ? value : null)),
                },
              }
            : {}),
        },
      ],
      series: [
        {},
        ...lines.map(
          (line): uPlot.Series => ({
            label: line.name,
            stroke: color(line.color),
            width: line.width ?? 2,
            dash: [...(line.dash ?? [])],
            points: { show: false },
          }),
        ),
      ],
      bands:
        band === undefined
          ? []
          : [{ series: [band.lines[0] + 1, band.lines[1] + 1], fill: color(band.color) }],
      hooks: { setCursor: [() => this.#showValues()] },
    };
  }

  #aligned(): uPlot.AlignedData {
    const { steps, values } = this.#data;
    const columns = this.#options.lines.map((_, k) => [...(values[k] ?? [])]);
    return [[...steps], ...columns] as uPlot.AlignedData;
  }

  show(data: ChartData): void {
    this.#data = data;
    this.#plot.setData(this.#aligned());
    this.#showValues();
    const { title, lines, format } = this.#options;
    const said = lines.flatMap((line, k) => {
      const value = data.values[k]?.at(-1) ?? null;
      return line.isUnnamed === true || value === null ? [] : [`${line.name} ${format(value)}`];
    });
    const step = data.steps.at(-1);
    this.#picture.setAttribute(
      'aria-label',
      step === undefined
        ? `${title}: no data yet`
        : `${title} after ${stepText(step)} steps: ${said.join(', ')}`,
    );
  }

  /** The values where the cursor is, or else the last ones. */
  #showValues(): void {
    const { steps, values } = this.#data;
    const pointed = this.#plot.cursor.idx ?? null;
    const index = pointed ?? steps.length - 1;
    const step = steps[index];
    this.#at.textContent = pointed === null || step === undefined ? '' : `step ${stepText(step)}`;
    this.#values.forEach((place, k) => {
      const value = values[k]?.[index] ?? null;
      if (place !== null) place.textContent = value === null ? '–' : this.#options.format(value);
    });
  }

  redraw(): void {
    this.#plot.redraw();
  }

  /** Takes it off the page. */
  remove(): void {
    charts.delete(this);
    this.#observer.disconnect();
    this.#plot.destroy();
    this.element.remove();
  }
}

const charts = new Set<StepChart>();

onColorsChange(() => {
  for (const chart of charts) chart.redraw();
});
