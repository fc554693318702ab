/**
 * @file What has been noted of a session, as columns of numbers for charts and as text to keep.
 */
import type { Look, Notes, Point } from '../training/session.ts';
import type { Settings } from '../training/settings.ts';
import type { ChartData } from './step-chart.ts';

/** Charts leave out what is no number. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** A logarithmic chart has no place for zero. */
const positive = (value: number): number | null => (value > 0 ? finite(value) : null);

export class SessionRecord {
  readonly settings: Settings;
  readonly points: Point[] = [];
  readonly looks: Look[] = [];

  constructor(settings: Settings) {
    this.settings = settings;
  }

  add({ points, looks }: Notes): void {
    this.points.push(...points);
    this.looks.push(...looks);
  }

  losses(): ChartData {
    return {
      steps: this.points.map(({ step }) => step),
      values: ([0, 1] as const).map((k) => this.points.map(({ networks }) => finite(networks[k].loss))),
    };
  }

  accuracies(): ChartData {
    return {
      steps: this.looks.map(({ step }) => step),
      values: ([0, 1] as const).map((k) => this.looks.map(({ networks }) => 100 * networks[k].accuracy)),
    };
  }

  /** Of the weights of each layer. */
  gradientNorms(network: 0 | 1): ChartData {
    const { layers } = this.settings.networks[network];
    return {
      steps: this.points.map(({ step }) => step),
      values: Array.from({ length: layers + 1 }, (_, layer) =>
        this.points.map(({ networks }) => positive(networks[network].gradientNorms[layer]!)),
      ),
    };
  }

  /** High, median and low of what the activations of a hidden layer are fed. */
  activationInputs(network: 0 | 1, layer: number): ChartData {
    const inputs = this.looks.map(({ networks }) => networks[network].layers[layer]!.inputs);
    return {
      steps: this.looks.map(({ step }) => step),
      values: [2, 1, 0].map((which) => inputs.map((percentiles) => finite(percentiles[which]!))),
    };
  }

  /** Everything, for another program to read. What is no number is null there. */
  text(): string {
    const { settings, points, looks } = this;
    return `${JSON.stringify({ settings, points, looks })}\n`;
  }
}
