/**
 * @file A network drawn: its layers with what is between them, and below each hidden layer how its results are distributed
 * now.
 */
import type { NetworkLook } from '../training/look.ts';
import type { ActivationName, NetworkSettings } from '../training/settings.ts';
import { element, svgElement } from './element.ts';

const height = 214;
/** Where the names of the layers stand, the middle of the units, the activations, and the distributions. */
const place = { names: 14, units: 82, activation: 146, histogram: { top: 168, bottom: 200 } };

/** How many units are drawn for so many. */
const drawnUnits = (width: number): number => Math.max(3, Math.min(9, Math.round(Math.log2(width) + 0.6)));

/** The curve of an activation from −1 to 1, as [x, y] in a box of that size. */
const curves: Readonly<Record<ActivationName, string>> = {
  sigmoid: 'M-9 6C2 6-2-6 9-6',
  tanh: 'M-9 6C-1 6-4 0 0 0S1-6 9-6',
  relu: 'M-9 5H0L9-6',
};

interface Column {
  readonly x: number;
  readonly units: readonly number[];
}

function columnOf(x: number, units: number): Column {
  const distance = Math.min(13, 104 / units);
  return {
    x,
    units: Array.from({ length: units }, (_, k) => place.units + (k - (units - 1) / 2) * distance),
  };
}

function edges(from: Column, to: Column): SVGElement {
  const lines = from.units.flatMap((y) => to.units.map((other) => `M${from.x} ${y}L${to.x} ${other}`));
  return svgElement('path', { class: 'edges', d: lines.join('') });
}

const text = (x: number, y: number, content: string, kind = ''): SVGElement =>
  svgElement('text', { x, y, class: kind, 'text-anchor': 'middle' }, content);

export class Diagram {
  readonly element: HTMLElement;
  readonly #describe: (settings: NetworkSettings) => string;
  #settings: NetworkSettings;
  #look: NetworkLook | null = null;
  #width = 0;
  /** A path for the distribution of each hidden layer. */
  #histograms: SVGElement[] = [];
  #histogramWidth = 0;

  constructor(settings: NetworkSettings, describe: (settings: NetworkSettings) => string) {
    this.#settings = settings;
    this.#describe = describe;
    this.element = element('div', { class: 'diagram' });
    new ResizeObserver(([entry]) => {
      this.#width = Math.floor(entry!.contentRect.width);
      this.#draw();
    }).observe(this.element);
  }

  setSettings(settings: NetworkSettings): void {
    this.#settings = settings;
    this.#look = null;
    this.#draw();
  }

  setLook(look: NetworkLook): void {
    this.#look = look;
    this.#drawHistograms();
  }

  #draw(): void {
    const width = this.#width;
    if (width === 0) return;
    const { layers, width: units, activation, normalize } = this.#settings;
    const margin = 26;
    const distance = (width - 2 * margin) / (layers + 1);
    const shown = [9, ...Array.from({ length: layers }, () => drawnUnits(units)), 10];
    const columns = shown.map((count, k) => columnOf(margin + k * distance, count));
    this.#histogramWidth = Math.min(72, distance - 8);

    const parts: SVGElement[] = columns.slice(1).map((column, k) => edges(columns[k]!, column));
    columns.forEach(({ x, units: heights }, k) => {
      const isHidden = k > 0 && k <= layers;
      const kind = isHidden ? 'unit hidden' : 'unit';
      parts.push(...heights.map((y) => svgElement('circle', { cx: x, cy: y, r: 3.6, class: kind })));
      const [name, what] =
        k === 0 ? ['784', 'pixels'] : isHidden ? [String(units), 'units'] : ['10', 'digits'];
      parts.push(text(x, place.names, name, 'count'));
      if (!isHidden || distance > 44) parts.push(text(x, place.activation + 4, isHidden ? '' : what, 'what'));
      if (!isHidden) return;
      if (normalize) parts.push(...this.#normalization(x - Math.min(17, distance / 3)));
      const glyph = svgElement('path', { d: curves[activation], class: 'curve' });
      glyph.setAttribute('transform', `translate(${x} ${place.activation})`);
      parts.push(glyph);
    });

    if (distance > 44) {
      const label = text(0, place.histogram.bottom - 2, 'outputs', 'what');
      label.setAttribute('text-anchor', 'start');
      parts.push(label);
    }
    this.#histograms = columns.slice(1, -1).map(() => svgElement('path', { class: 'histogram' }));
    const baselines = columns.slice(1, -1).map(({ x }, k) => {
      const left = x - this.#histogramWidth / 2;
      this.#histograms[k]!.setAttribute('transform', `translate(${left} ${place.histogram.bottom})`);
      return svgElement('path', {
        class: 'baseline',
        d: `M${left} ${place.histogram.bottom}h${this.#histogramWidth}`,
      });
    });
    const picture = svgElement(
      'svg',
      { width, height, role: 'img', 'aria-label': this.#describe(this.#settings) },
      ...parts,
      ...this.#histograms,
      ...baselines,
    );
    this.element.replaceChildren(picture);
    this.#drawHistograms();
  }

  /** A bar that everything passes on its way to the units. */
  #normalization(x: number): SVGElement[] {
    const [top, length] = [place.units - 50, 100];
    return [
      svgElement('rect', { x: x - 3.5, y: top, width: 7, height: length, rx: 3.5, class: 'normalization' }),
      text(x, top - 5, 'BN', 'bn'),
    ];
  }

  #drawHistograms(): void {
    const { top, bottom } = place.histogram;
    this.#histograms.forEach((path, layer) => {
      const histogram = this.#look?.layers[layer]?.outputs;
      // A network that has diverged has none.
      if (histogram === undefined || !Number.isFinite(histogram.high - histogram.low)) {
        path.removeAttribute('d');
        return;
      }
      const { counts, low, high } = histogram;
      const most = Math.max(1, ...counts);
      // On the scale of the activation, where it has one.
      const [from, to] = this.#scale(low, high);
      const xOf = (value: number): number => ((value - from) / (to - from)) * this.#histogramWidth;
      const step = (high - low) / counts.length;
      const outline = counts.map((count, bin) => {
        const y = -((bottom - top) * count) / most;
        return `L${xOf(low + bin * step).toFixed(1)} ${y.toFixed(1)}H${xOf(low + (bin + 1) * step).toFixed(1)}`;
      });
      path.setAttribute('d', `M${xOf(low).toFixed(1)} 0${outline.join('')}V0Z`);
    });
  }

  #scale(low: number, high: number): [number, number] {
    const { activation } = this.#settings;
    if (activation === 'sigmoid') return [0, 1];
    if (activation === 'tanh') return [-1, 1];
    return [0, Math.max(high, low + 1e-9)];
  }
}
