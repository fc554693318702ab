/**
 * @file What a network takes the drawing for: how likely each digit is.
 */
import { element } from './element.ts';
import { networkNames } from './network-card.ts';

export class Verdict {
  readonly element: HTMLElement;
  readonly #digit = element('span', { class: 'verdict-digit', role: 'status' }, '–');
  readonly #sureness = element('span', { class: 'verdict-sureness' }, 'nothing drawn yet');
  readonly #bars: readonly HTMLElement[];

  constructor(which: 0 | 1) {
    this.#bars = Array.from({ length: 10 }, () => element('span', { class: 'bar' }));
    const name = `Network ${networkNames[which]}`;
    this.element = element(
      'section',
      { class: `verdict network-${which}`, 'aria-label': `${name} reads` },
      element('h3', {}, `${name} reads`),
      element('p', { class: 'verdict-line' }, this.#digit, this.#sureness),
      element(
        'ol',
        { class: 'bars', start: 0, 'aria-hidden': 'true' },
        ...this.#bars.map((bar, digit) =>
          element('li', {}, element('span', { class: 'trough' }, bar), String(digit)),
        ),
      ),
    );
  }

  /** @param probabilities of each digit; null if nothing has been drawn */
  show(probabilities: readonly number[] | null): void {
    const isKnown = probabilities?.every(Number.isFinite) ?? false;
    const largest = isKnown ? Math.max(...probabilities!) : 0;
    const digit = isKnown ? String(probabilities!.indexOf(largest)) : '–';
    // Only a change is announced.
    if (this.#digit.textContent !== digit) this.#digit.textContent = digit;
    const sureness =
      probabilities === null
        ? 'nothing drawn yet'
        : isKnown
          ? `${Math.round(100 * largest)} % sure`
          : 'it has diverged';
    if (this.#sureness.textContent !== sureness) this.#sureness.textContent = sureness;
    this.#bars.forEach((bar, k) => {
      bar.style.height = `${isKnown ? (100 * probabilities![k]!).toFixed(1) : 0}%`;
      bar.classList.toggle('largest', isKnown && probabilities![k] === largest);
    });
  }
}
