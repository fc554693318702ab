/**
 * @file Images one by one: their values in typed arrays, for changes that differ from image to image and of which nobody wants
 * the derivative. It knows no particular change.
 */
import {
  defaultGenerator,
  type DType,
  type Generator,
  type Tensor,
  tensor,
  type TypedArray,
} from '@windfall/core';
import { check, describeList, formatShape, sizeOf } from '@windfall/core/extension';
import { checkNumber, checkTensor } from '../arguments.ts';
import { zerosOf } from '../data/typed-arrays.ts';
import { checkGenerator } from '../data/random-numbers.ts';

/** One image, its channels one after the other, each row by row from `start`. */
export interface Picture {
  readonly values: TypedArray;
  readonly start: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** What changes that draw share. */
export interface RandomOptions {
  /** Where the draws come from; by default the generator that `manualSeed` seeds. */
  generator?: Generator;
}

/** The generator to draw from. */
export function generatorIn({ generator = defaultGenerator }: RandomOptions, operation: string): Generator {
  checkGenerator(generator, operation);
  return generator;
}

/** Throws unless the value is an image or a batch of them. */
export function checkImages(x: unknown, operation: string): asserts x is Tensor {
  checkTensor(x, operation, 'the image');
  check(
    x.rank === 3 || x.rank === 4,
    operation,
    () => `expected an image [C, H, W] or a batch of them [N, C, H, W], got ${formatShape(x.shape)}`,
  );
}

/** The images in a tensor, and the shape of the tensor but for height and width. */
function picturesIn(x: Tensor): { pictures: Picture[]; outer: number[] } {
  const outer = x.shape.slice(0, -2);
  const [height, width] = x.shape.slice(-2) as [number, number];
  const channels = outer.at(-1)!;
  const values = x.data();
  const count = x.rank === 4 ? outer[0]! : 1;
  const pictures = Array.from({ length: count }, (_, k) => {
    return { values, start: k * channels * height * width, channels, height, width };
  });
  return { pictures, outer };
}

/**
 * A tensor of changed images.
 * @param size height and width of the result
 * @param change fills a new image, which is all zeros, from an old one
 */
export function mapPictures(
  x: Tensor,
  [height, width]: readonly [number, number],
  change: (from: Picture, to: Picture) => void,
): Tensor {
  const { pictures, outer } = picturesIn(x);
  const shape = [...outer, height, width];
  const values = zerosOf(x.dtype, sizeOf(shape));
  pictures.forEach((from, k) => {
    const start = k * from.channels * height * width;
    change(from, { values, start, channels: from.channels, height, width });
  });
  return tensor(values, { shape, dtype: x.dtype });
}

/** Throws unless images are f32 or f64. */
export function checkFloatImages(x: unknown, operation: string): asserts x is Tensor {
  checkImages(x, operation);
  check(
    x.dtype === 'f32' || x.dtype === 'f64',
    operation,
    () => `the image is f32 or f64, not ${x.dtype}; use toFloat`,
  );
}

/** Throws unless the value can stand in an image. */
export function checkFill(
  value: unknown,
  dtype: DType,
  operation: string,
  name = 'fill',
): asserts value is number {
  checkNumber(value, operation, name);
  const isWhole = Number.isInteger(value);
  check(
    dtype === 'f32' || dtype === 'f64' || isWhole,
    operation,
    () => `${name} is a whole number in an image of dtype ${dtype}, not ${String(value)}`,
  );
}

/** Throws unless the value is a probability. */
export function checkProbability(value: unknown, operation: string): void {
  checkNumber(value, operation, 'probability', { low: 0, high: 1 });
}

/** Two numbers, the first no larger than the second. */
export function rangeOf(
  value: unknown,
  operation: string,
  name: string,
  lowest = -Infinity,
): readonly [number, number] {
  check(
    Array.isArray(value) &&
      value.length === 2 &&
      value.every((end) => Number.isFinite(end) && (end as number) >= lowest) &&
      value[0] <= value[1],
    operation,
    () =>
      `${name} is a pair of finite numbers${lowest > -Infinity ? ` ≥ ${lowest}` : ''}, the lower first, not ${describeList(value)}`,
  );
  return [value[0] as number, value[1] as number];
}
