/**
 * @file One of the two networks: its picture, and all that can be set about it.
 */
import type { NetworkLook } from '../training/look.ts';
import { activationNames, choices, type NetworkSettings } from '../training/settings.ts';
import { Diagram } from './diagram.ts';
import { element } from './element.ts';
import { type Field, selection, toggle } from './fields.ts';

export const networkNames = ['A', 'B'] as const;

/** @example describeNetwork(defaultSettings.networks[1]); // '3 × 100 sigmoid, batch-normalized' */
function describeNetwork({ layers, width, activation, normalize }: NetworkSettings): string {
  const name = activation === 'relu' ? 'ReLU' : activation;
  return `${layers} × ${width} ${name}${normalize ? ', batch-normalized' : ''}`;
}

export class NetworkCard {
  readonly element: HTMLElement;
  readonly #diagram: Diagram;
  readonly #summary = element('span', { class: 'summary' });
  readonly #trouble = element('p', { class: 'trouble', role: 'status', hidden: true });
  readonly #fields: { readonly [K in keyof NetworkSettings]: Field<NetworkSettings[K]> };
  #settings: NetworkSettings;

  constructor(which: 0 | 1, settings: NetworkSettings, onChange: (settings: NetworkSettings) => void) {
    this.#settings = settings;
    const name = `Network ${networkNames[which]}`;
    this.#diagram = new Diagram(settings, (now) => `${name}: ${describeNetwork(now)}`);
    const change = (changes: Partial<NetworkSettings>): void => onChange({ ...this.#settings, ...changes });
    this.#fields = {
      layers: selection({
        label: 'Hidden layers',
        values: choices.layers,
        onChange: (layers) => change({ layers }),
      }),
      width: selection({
        label: 'Units in each',
        values: choices.width,
        onChange: (width) => change({ width }),
      }),
      activation: selection({
        label: 'Activation',
        values: activationNames,
        text: (value) => (value === 'relu' ? 'ReLU' : value),
        onChange: (activation) => change({ activation }),
      }),
      normalize: toggle({ label: 'Batch normalization', onChange: (normalize) => change({ normalize }) }),
      learningRate: selection({
        label: 'Learning rate',
        values: choices.learningRate,
        onChange: (learningRate) => change({ learningRate }),
      }),
      deviation: selection({
        label: 'Initial weights',
        values: choices.deviation,
        text: (value) => `± ${value}`,
        onChange: (deviation) => change({ deviation }),
      }),
    };
    const { layers, width, activation, normalize, learningRate, deviation } = this.#fields;
    this.element = element(
      'section',
      { class: `card network network-${which}`, 'aria-label': name },
      element('header', {}, element('h2', {}, name), this.#summary, normalize.element),
      this.#diagram.element,
      this.#trouble,
      element(
        'div',
        { class: 'fields' },
        ...[layers, width, activation, learningRate, deviation].map((field) => field.element),
      ),
    );
    this.setSettings(settings);
  }

  setSettings(settings: NetworkSettings): void {
    this.#settings = settings;
    this.#summary.textContent = describeNetwork(settings).replace(', batch-normalized', '');
    const { layers, width, activation, normalize, learningRate, deviation } = this.#fields;
    layers.set(settings.layers);
    width.set(settings.width);
    activation.set(settings.activation);
    normalize.set(settings.normalize);
    learningRate.set(settings.learningRate);
    deviation.set(settings.deviation);
    this.#diagram.setSettings(settings);
    this.setDiverged(false);
  }

  setLook(look: NetworkLook): void {
    this.#diagram.setLook(look);
  }

  /** Whether the loss has grown beyond all numbers. */
  setDiverged(hasDiverged: boolean): void {
    this.#trouble.hidden = !hasDiverged;
    const text = hasDiverged
      ? 'The loss has grown beyond all numbers. A smaller learning rate or smaller initial weights help.'
      : '';
    if (this.#trouble.textContent !== text) this.#trouble.textContent = text;
  }
}
