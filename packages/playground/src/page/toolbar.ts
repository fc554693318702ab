/**
 * @file What is done with both networks at once, and how far they are.
 */
import { type Preset, presets } from '../training/presets.ts';
import { choices, largestSeed, type Settings } from '../training/settings.ts';
import { element } from './element.ts';
import { button, selection, wholeNumber } from './fields.ts';
import { networkNames } from './network-card.ts';
import { stepText } from './step-chart.ts';

export interface Progress {
  readonly step: number;
  readonly isRunning: boolean;
  readonly stepsPerSecond: number | null;
  readonly threads: number;
  /** Whether there is no WebAssembly with SIMD, so that plain JavaScript computes. */
  readonly isPlain: boolean;
}

export interface ToolbarActions {
  readonly run: () => void;
  readonly pause: () => void;
  readonly advance: () => void;
  readonly restart: () => void;
  readonly setSettings: (settings: Settings) => void;
}

export class Toolbar {
  readonly element: HTMLElement;
  readonly presets: HTMLElement;
  readonly #train: HTMLButtonElement;
  readonly #buttons: readonly HTMLButtonElement[];
  readonly #step = element('output', { class: 'readout-step' }, '0');
  readonly #epoch = element('output', {}, '0.0');
  readonly #pace = element('output', {}, '–');
  readonly #threads = element('span', {}, '');
  readonly #accuracies = [element('output', {}, '–'), element('output', {}, '–')] as const;
  readonly #setFields: (settings: Settings) => void;
  readonly #presetButtons: readonly HTMLButtonElement[];
  readonly #lesson = element('p', { class: 'lesson' });
  #isRunning = false;
  #settings: Settings;
  /** How many digits there are to learn from. */
  #digits = 1;

  constructor(settings: Settings, actions: ToolbarActions) {
    this.#settings = settings;
    this.#train = button('Train', () => (this.#isRunning ? actions.pause() : actions.run()), 'primary');
    this.#buttons = [this.#train, button('10 steps', actions.advance), button('Start over', actions.restart)];
    const batch = selection({
      label: 'Batch',
      values: choices.batchSize,
      onChange: (batchSize) => actions.setSettings({ ...this.#settings, batchSize }),
    });
    const seed = wholeNumber({
      label: 'Seed',
      most: largestSeed,
      onChange: (value) => actions.setSettings({ ...this.#settings, seed: value }),
    });
    this.#setFields = (now) => {
      batch.set(now.batchSize);
      seed.set(now.seed);
    };
    const readout = (label: string, ...value: readonly (Node | string)[]): HTMLElement =>
      element('div', {}, element('dt', {}, label), element('dd', {}, ...value));
    this.element = element(
      'div',
      { class: 'toolbar', role: 'group', 'aria-label': 'Training' },
      element('div', { class: 'buttons' }, ...this.#buttons),
      element(
        'dl',
        { class: 'readouts' },
        readout('step', this.#step),
        readout('epoch', this.#epoch),
        readout('steps/s', this.#pace, this.#threads),
        ...this.#accuracies.map((accuracy, network) =>
          element(
            'div',
            { class: `network-${network} accuracy` },
            ...readout(`accuracy ${networkNames[network]!}`, accuracy).children,
          ),
        ),
      ),
    );
    this.#presetButtons = presets.map((preset) =>
      button(preset.name, () => actions.setSettings(preset.settings), 'chip'),
    );
    this.presets = element(
      'div',
      { class: 'presets', role: 'group', 'aria-label': 'What is compared' },
      element('span', { class: 'presets-label' }, 'Compare'),
      element('div', { class: 'chips' }, ...this.#presetButtons),
      element('div', { class: 'shared' }, batch.element, seed.element),
      this.#lesson,
    );
    for (const each of this.#buttons) each.disabled = true;
    this.setSettings(settings);
  }

  /** Says that there is something to train with. */
  setReady(digits: number): void {
    this.#digits = digits;
    for (const each of this.#buttons) each.disabled = false;
  }

  /** Says that there can be no more training. */
  setFailed(): void {
    for (const each of this.#buttons) each.disabled = true;
  }

  /** Shows the settings of networks that have not learned anything yet. */
  setSettings(settings: Settings): void {
    this.#settings = settings;
    this.#step.textContent = '0';
    this.#epoch.textContent = '0.0';
    for (const accuracy of this.#accuracies) accuracy.textContent = '–';
    this.#setFields(settings);
    const isSame = (preset: Preset): boolean =>
      JSON.stringify(preset.settings.networks) === JSON.stringify(settings.networks);
    for (const [k, preset] of presets.entries())
      this.#presetButtons[k]!.setAttribute('aria-pressed', String(isSame(preset)));
    this.#lesson.textContent = presets.find(isSame)?.lesson ?? 'A comparison of your own.';
  }

  /** @param accuracies of the two networks on the test digits */
  showAccuracies(accuracies: readonly number[]): void {
    this.#accuracies.forEach((place, network) => {
      place.textContent = `${(100 * accuracies[network]!).toFixed(1)} %`;
    });
  }

  show({ step, isRunning, stepsPerSecond, threads, isPlain }: Progress): void {
    this.#isRunning = isRunning;
    this.#train.textContent = isRunning ? 'Pause' : 'Train';
    this.#step.textContent = stepText(step);
    this.#epoch.textContent = ((step * this.#settings.batchSize) / this.#digits).toFixed(1);
    this.#pace.textContent = stepsPerSecond === null ? '–' : stepsPerSecond.toFixed(0);
    const onThreads = threads === 1 ? ' on 1 thread' : ` on ${threads} threads`;
    this.#threads.textContent = isPlain ? ' in plain JavaScript' : onThreads;
  }
}
