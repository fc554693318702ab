/**
 * @file Handwritten digits as the paper uses them, black and white, and as tensors. It does not know where they come from: it
 * runs in a browser as well as in Node.
 */
import { type Tensor, tensor } from '@windfall/core';
import { Dataset } from '@windfall/nn';
import type { IdxArray } from './idx.ts';

/** Height and width of an image. */
export const side = 28;
export const pixels = side ** 2;
export const classes = 10;

/** Images of handwritten digits and what they show. */
export interface Digits {
  readonly count: number;
  /** `pixels` bytes for each image, 1 for ink and 0 for paper. */
  readonly ink: Uint8Array;
  /** The digit on each image. */
  readonly labels: Uint8Array;
}

/** Grey values above this one are ink: the paper's images are binary. */
const darkestPaper = 127;

/**
 * Images and labels put together, after checking that they fit.
 * @throws if their counts differ, an image is not 28 × 28, or a label is no digit
 */
export function digitsFrom(images: IdxArray, labels: IdxArray): Digits {
  const [count = 0, height, width] = images.shape;
  if (images.shape.length !== 3 || height !== 28 || width !== 28)
    throw new Error(`expected images of 28 × 28 pixels, not an array of [${images.shape.join(', ')}]`);
  if (labels.shape.length !== 1 || labels.shape[0] !== count)
    throw new Error(
      `expected ${count} labels, one for each image, not an array of [${labels.shape.join(', ')}]`,
    );
  const stranger = labels.values.findIndex((label) => label >= classes);
  if (stranger >= 0)
    throw new Error(`label ${stranger} is ${labels.values[stranger]!}, which is not a digit`);
  return { count, ink: images.values.map((grey) => (grey > darkestPaper ? 1 : 0)), labels: labels.values };
}

/** The first of the digits, or all if there are no more than so many. */
export function firstDigits({ count, ink, labels }: Digits, wanted: number): Digits {
  const fewer = Math.min(count, wanted);
  return { count: fewer, ink: ink.subarray(0, fewer * pixels), labels: labels.subarray(0, fewer) };
}

/** Images [batch, pixels] and their labels [batch], i32. */
export type Batch = [images: Tensor, labels: Tensor];

/** Digits for a DataLoader. The images' dtype is that of the network. */
export class DigitDataset extends Dataset<Batch> {
  readonly #digits: Digits;
  readonly #dtype: 'f32' | 'f64';

  constructor(digits: Digits, dtype: 'f32' | 'f64') {
    super();
    this.#digits = digits;
    this.#dtype = dtype;
  }

  get length(): number {
    return this.#digits.count;
  }

  /** An image [pixels], and its label []. */
  get(index: number): Batch {
    const [images, labels] = this.getBatch([index]);
    return [images.reshape([pixels]), labels.reshape([])];
  }

  getBatch(indices: readonly number[]): Batch {
    const { ink, labels } = this.#digits;
    const shape = [indices.length, pixels];
    const images =
      this.#dtype === 'f32'
        ? new Float32Array(indices.length * pixels)
        : new Float64Array(indices.length * pixels);
    indices.forEach((index, row) => {
      images.set(ink.subarray(index * pixels, (index + 1) * pixels), row * pixels);
    });
    return [
      tensor(images, { shape, dtype: this.#dtype }),
      tensor(Int32Array.from(indices, (index) => labels[index]!)),
    ];
  }
}
