/**
 * @file A sheet to draw a digit on: with a mouse, a finger, a pen, or the arrow keys.
 */
import { digitFromDrawing } from '../drawing/digit-from-drawing.ts';
import { onColorsChange, resolvedColor } from './colors.ts';
import { element } from './element.ts';
import { button } from './fields.ts';

const size = 280;
const side = 28;
const pixel = size / side;
const strokeWidth = 24;
/** How far an arrow key goes. */
const stride = pixel;

export class Pad {
  readonly element: HTMLElement;
  readonly #onDraw: (ink: Uint8Array | null) => void;
  readonly #sheet = element('canvas', {
    width: size,
    height: size,
    class: 'sheet',
    tabindex: 0,
    role: 'application',
  });
  readonly #pen = element('div', { class: 'pen', 'aria-hidden': 'true' });
  readonly #seen = element('canvas', { width: side, height: side, class: 'seen', role: 'img' });
  readonly #context: CanvasRenderingContext2D;
  #samples: Uint8Array = new Uint8Array();
  #nextSample = 0;
  /** What the networks are shown. */
  #ink: Uint8Array | null = null;
  /** Where the arrow keys have taken the pen, and whether it draws. */
  #position: [x: number, y: number] = [size / 2, size / 4];
  #isDown = false;

  /** @param onDraw gets the image as the networks are to see it, 1 for ink; null once nothing is drawn */
  constructor(onDraw: (ink: Uint8Array | null) => void) {
    this.#onDraw = onDraw;
    this.#context = this.#sheet.getContext('2d', { willReadFrequently: true })!;
    this.#sheet.setAttribute(
      'aria-label',
      'Sheet to draw a digit on. Arrow keys move the pen, space puts it down and lifts it, delete clears.',
    );
    this.#seen.setAttribute('aria-label', 'The drawing as the networks see it');
    this.element = element(
      'div',
      { class: 'pad' },
      element('div', { class: 'sheet-frame' }, this.#sheet, this.#pen),
      element(
        'div',
        { class: 'pad-side' },
        element(
          'div',
          { class: 'pad-buttons' },
          button('Clear', () => this.clear()),
          button('A test digit', () => this.#showSample()),
        ),
        element(
          'figure',
          { class: 'seen-frame' },
          this.#seen,
          element('figcaption', {}, '28 × 28, as they see it'),
        ),
        element(
          'p',
          { class: 'hint' },
          'Draw with mouse, finger or pen. With the keyboard: ',
          ...['arrows', ' move, ', 'space', ' puts the pen down and lifts it, ', 'delete', ' clears.'].map(
            (part, k) => (k % 2 === 0 ? element('kbd', {}, part) : part),
          ),
        ),
      ),
    );
    this.#listenToPointer();
    this.#listenToKeys();
    this.#movePen();
    onColorsChange(() => this.#recolor());
  }

  setSamples(samples: Uint8Array): void {
    this.#samples = samples;
  }

  clear(): void {
    this.#context.clearRect(0, 0, size, size);
    this.#setInk(null);
  }

  /** A digit that the networks have not learned from. */
  #showSample(): void {
    const count = this.#samples.length / side ** 2;
    if (count === 0) return;
    const sample = this.#nextSample++ % count;
    const ink = this.#samples.slice(sample * side ** 2, (sample + 1) * side ** 2);
    this.#context.clearRect(0, 0, size, size);
    this.#context.fillStyle = resolvedColor('var(--ink)');
    ink.forEach((value, place) => {
      if (value > 0)
        this.#context.fillRect((place % side) * pixel, Math.floor(place / side) * pixel, pixel, pixel);
    });
    this.#setInk(ink);
  }

  #drawLine([fromX, fromY]: readonly [number, number], [toX, toY]: readonly [number, number]): void {
    const context = this.#context;
    context.strokeStyle = resolvedColor('var(--ink)');
    context.lineWidth = strokeWidth;
    context.lineCap = 'round';
    context.beginPath();
    context.moveTo(fromX, fromY);
    // A line of no length would leave no ink.
    context.lineTo(toX + 0.01, toY);
    context.stroke();
    const { data } = context.getImageData(0, 0, size, size);
    const drawing = Uint8Array.from({ length: size ** 2 }, (_, place) =>
      data[4 * place + 3]! > 127 ? 1 : 0,
    );
    this.#setInk(digitFromDrawing(drawing, size));
  }

  #setInk(ink: Uint8Array | null): void {
    this.#ink = ink;
    this.#showSeen();
    this.#onDraw(ink);
  }

  #showSeen(): void {
    const context = this.#seen.getContext('2d')!;
    context.clearRect(0, 0, side, side);
    context.fillStyle = resolvedColor('var(--ink)');
    this.#ink?.forEach((value, place) => {
      if (value > 0) context.fillRect(place % side, Math.floor(place / side), 1, 1);
    });
  }

  #recolor(): void {
    this.#context.globalCompositeOperation = 'source-in';
    this.#context.fillStyle = resolvedColor('var(--ink)');
    this.#context.fillRect(0, 0, size, size);
    this.#context.globalCompositeOperation = 'source-over';
    this.#showSeen();
  }

  #listenToPointer(): void {
    let last: [number, number] | null = null;
    const placeOf = (event: PointerEvent): [number, number] => {
      const { left, top, width } = this.#sheet.getBoundingClientRect();
      return [((event.clientX - left) / width) * size, ((event.clientY - top) / width) * size];
    };
    this.#sheet.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      this.#sheet.focus({ preventScroll: true });
      this.#sheet.setPointerCapture(event.pointerId);
      last = placeOf(event);
      this.#drawLine(last, last);
    });
    this.#sheet.addEventListener('pointermove', (event) => {
      if (last === null) return;
      const now = placeOf(event);
      this.#drawLine(last, now);
      last = now;
    });
    const lift = (): void => {
      last = null;
    };
    this.#sheet.addEventListener('pointerup', lift);
    this.#sheet.addEventListener('pointercancel', lift);
  }

  #listenToKeys(): void {
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ...{ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] },
    };
    this.#sheet.addEventListener('keydown', (event) => {
      const move = moves[event.key];
      if (move !== undefined) this.#move(move);
      else if (event.key === ' ' || event.key === 'Enter') this.#press();
      else if (event.key === 'Delete' || event.key === 'Backspace') this.clear();
      else return;
      event.preventDefault();
    });
    this.#sheet.addEventListener('blur', () => {
      this.#isDown = false;
      this.#movePen();
    });
  }

  #press(): void {
    this.#isDown = !this.#isDown;
    if (this.#isDown) this.#drawLine(this.#position, this.#position);
    this.#movePen();
  }

  #move([x, y]: readonly [number, number]): void {
    const within = (value: number): number => Math.max(pixel, Math.min(size - pixel, value));
    const before = this.#position;
    this.#position = [within(before[0] + x * stride), within(before[1] + y * stride)];
    if (this.#isDown) this.#drawLine(before, this.#position);
    this.#movePen();
  }

  #movePen(): void {
    this.#pen.classList.toggle('down', this.#isDown);
    this.#pen.style.left = `${(100 * this.#position[0]) / size}%`;
    this.#pen.style.top = `${(100 * this.#position[1]) / size}%`;
  }
}
