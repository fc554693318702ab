/**
 * @file The charts of a session: what both networks have in common in one chart, what each has for itself in two beside each
 * other.
 */
import type { Settings } from '../training/settings.ts';
import { element } from './element.ts';
import { networkNames } from './network-card.ts';
import type { SessionRecord } from './record.ts';
import { type Line, numberText, StepChart } from './step-chart.ts';

const both = [0, 1] as const;

/** The colours of the two networks. */
const own = ['var(--series-1)', 'var(--series-2)'] as const;

/** How a layer is named, counted from 0. */
const layerName = (layer: number, layers: number): string =>
  layer === layers ? 'output' : `layer ${layer + 1}`;

/** The nearer a layer is to the output, the stronger its line. */
function layerLines(network: 0 | 1, layers: number): Line[] {
  return Array.from({ length: layers + 1 }, (_, layer) => {
    const strength = 40 + (60 * layer) / layers;
    return {
      name: layerName(layer, layers),
      color: `color-mix(in srgb, ${own[network]} ${strength.toFixed(0)}%, var(--paper))`,
      dash:
        layer === layers
          ? []
          : [
              [9, 3],
              [5, 3],
              [2, 3],
              [9, 3, 2, 3],
              [5, 3, 2, 3],
              [12, 4],
            ][layer % 6]!,
      width: layer === layers ? 2.2 : 1.7,
    };
  });
}

const loss = (value: number): string => value.toFixed(3);

/** Keeps a loss that has grown out of hand from flattening all others. */
const lossRange = (_low: number, high: number): [number, number] => [
  0,
  Math.min(5, Math.max(0.5, 1.05 * high)),
];

/** The same scale for both networks. */
interface SharedRange {
  low: number;
  high: number;
}

export class Charts {
  readonly #settings: Settings;
  readonly #loss: StepChart;
  readonly #accuracy: StepChart;
  readonly #inputs: readonly StepChart[];
  readonly #norms: readonly StepChart[];
  readonly #inputRange: SharedRange = { low: -1, high: 1 };
  readonly #normRange: SharedRange = { low: 0.01, high: 1 };
  /** Which hidden layer is looked at, from 0; a network with fewer shows its last. */
  #layer: number;

  /** @param places where the charts go: those of both networks, and what the activations are fed, and gradients */
  constructor(
    settings: Settings,
    layer: number,
    places: { readonly results: HTMLElement; readonly inputs: HTMLElement; readonly norms: HTMLElement },
  ) {
    this.#settings = settings;
    this.#layer = layer;
    const lines = both.map((network) => ({ name: `network ${networkNames[network]}`, color: own[network] }));
    this.#loss = new StepChart({
      ...{ title: 'Loss', yLabel: 'cross entropy', lines, format: loss, range: lossRange },
    });
    this.#accuracy = new StepChart({
      ...{ title: 'Test accuracy', yLabel: 'correct (%)', lines },
      range: () => [0, 100],
      format: (value) => `${value.toFixed(1)} %`,
    });
    places.results.replaceChildren(this.#loss.element, this.#accuracy.element);
    this.#inputs = both.map((network) => this.#inputChart(network));
    places.inputs.replaceChildren(...this.#inputs.map((chart) => chart.element));
    this.#norms = both.map((network) => {
      const { layers } = settings.networks[network];
      return new StepChart({
        title: `Network ${networkNames[network]}`,
        yLabel: 'gradient norm',
        isLogarithmic: true,
        lines: layerLines(network, layers),
        range: () => [this.#normRange.low, this.#normRange.high],
        format: (value) => value.toPrecision(2),
      });
    });
    places.norms.replaceChildren(...this.#norms.map((chart) => chart.element));
  }

  #inputChart(network: 0 | 1): StepChart {
    const edge = `color-mix(in srgb, ${own[network]} 55%, var(--paper))`;
    return new StepChart({
      title: `Network ${networkNames[network]}`,
      yLabel: 'input of the activations',
      lines: [
        { name: '85th percentile', color: edge, width: 1, isUnnamed: true },
        { name: 'median', color: own[network] },
        { name: '15th percentile', color: edge, width: 1, isUnnamed: true },
      ],
      band: { lines: [0, 2], color: `color-mix(in srgb, ${own[network]} 22%, transparent)` },
      bandName: '15th to 85th percentile',
      range: () => [this.#inputRange.low, this.#inputRange.high],
      format: (value) => numberText(value, 2),
    });
  }

  setLayer(layer: number, record: SessionRecord): void {
    this.#layer = layer;
    this.#showInputs(record);
  }

  show(record: SessionRecord): void {
    this.#loss.show(record.losses());
    this.#accuracy.show(record.accuracies());
    this.#showInputs(record);
    const norms = both.map((network) => record.gradientNorms(network));
    const known = norms.flatMap(({ values }) =>
      values.flatMap((line) => line.filter((value) => value !== null)),
    );
    this.#normRange.low = 10 ** Math.floor(Math.log10(known.reduce((a, b) => Math.min(a, b), 0.1)));
    this.#normRange.high = 10 ** Math.ceil(Math.log10(known.reduce((a, b) => Math.max(a, b), 1)));
    for (const [network, data] of norms.entries()) this.#norms[network]!.show(data);
  }

  #showInputs(record: SessionRecord): void {
    const data = both.map((network) => {
      const { layers } = this.#settings.networks[network];
      return record.activationInputs(network, Math.min(this.#layer, layers - 1));
    });
    const known = data.flatMap(({ values }) =>
      values.flatMap((line) => line.filter((value) => value !== null)),
    );
    const margin = 1.08;
    this.#inputRange.low = margin * known.reduce((a, b) => Math.min(a, b), -0.5);
    this.#inputRange.high = margin * known.reduce((a, b) => Math.max(a, b), 0.5);
    for (const [network, each] of data.entries()) this.#inputs[network]!.show(each);
  }

  /** Takes them off the page. */
  remove(): void {
    for (const chart of [this.#loss, this.#accuracy, ...this.#inputs, ...this.#norms]) chart.remove();
  }
}

/** A head over two charts that belong together, with a sentence that says what they show. */
export function chartSection(title: string, sentence: string, ...more: readonly HTMLElement[]): HTMLElement {
  return element(
    'header',
    { class: 'section-head' },
    element('h2', {}, title),
    element('p', {}, sentence),
    ...more,
  );
}
