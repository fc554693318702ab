/**
 * @file Brightness, contrast and saturation of images changed at random.
 */
import type { Tensor } from '@windfall/core';
import { check } from '@windfall/core/extension';
import { optionsOf } from '../arguments.ts';
import { numberBetween } from '../data/random-numbers.ts';
import {
  checkFloatImages,
  generatorIn,
  mapPictures,
  type Picture,
  rangeOf,
  type RandomOptions,
} from './pictures.ts';

/** How much red, green and blue contribute to grey (ITU-R BT.601). */
const greyWeights = [0.2989, 0.587, 0.114] as const;

function greyAt({ values, start, channels, height, width }: Picture, pixel: number): number {
  const plane = height * width;
  if (channels === 1) return values[start + pixel]!;
  const [red, green, blue] = greyWeights;
  return (
    red * values[start + pixel]! +
    green * values[start + plane + pixel]! +
    blue * values[start + 2 * plane + pixel]!
  );
}

/** Draws each value away from or towards another one: factor·value + (1 − factor)·other, within [0, 1]. */
function blend(picture: Picture, factor: number, otherAt: (pixel: number) => number): void {
  const { values, start, channels, height, width } = picture;
  const plane = height * width;
  for (let pixel = 0; pixel < plane; pixel++) {
    const other = (1 - factor) * otherAt(pixel);
    for (let place = start + pixel; place < start + channels * plane; place += plane)
      values[place] = Math.min(1, Math.max(0, factor * values[place]! + other));
  }
}

function meanGrey(picture: Picture): number {
  const plane = picture.height * picture.width;
  let sum = 0;
  for (let pixel = 0; pixel < plane; pixel++) sum += greyAt(picture, pixel);
  return sum / plane;
}

/** The changes, in the order in which they are made. */
const changes = {
  brightness: (picture: Picture, factor: number) => blend(picture, factor, () => 0),
  contrast: (picture: Picture, factor: number) => {
    const mean = meanGrey(picture);
    blend(picture, factor, () => mean);
  },
  saturation: (picture: Picture, factor: number) => blend(picture, factor, (pixel) => greyAt(picture, pixel)),
} as const;

type Change = keyof typeof changes;

/** Between which values a factor is drawn: 1 − x (at least 0) to 1 + x for one number. */
function factorsOf(
  value: number | readonly [number, number],
  operation: string,
  name: string,
): readonly [number, number] {
  const range = typeof value === 'number' && value >= 0 ? [Math.max(0, 1 - value), 1 + value] : value;
  return rangeOf(range, operation, name, 0);
}

/** For {@link colorJitter}. */
export interface ColorJitterOptions extends RandomOptions {
  /** How far the factor of all values goes; by default 0. */
  brightness?: number | readonly [number, number];
  /** How far that of the distance from the mean grey goes; by default 0. */
  contrast?: number | readonly [number, number];
  /** How far that of the distance from each pixel's grey goes; by default 0. */
  saturation?: number | readonly [number, number];
}

/**
 * Each image with another brightness, contrast and saturation, in this order: torchvision's `ColorJitter`, without its hue and
 * its random order. A factor is drawn from [max(0, 1 − x), 1 + x] for one number, or from the two given; 1 changes nothing.
 * @param image floats in [0, 1], [C, H, W] or a batch [N, C, H, W] of which each image gets factors of its own; saturation and
 *   contrast need one channel (grey) or three (red, green, blue)
 * @example colorJitter(images, { brightness: 0.2, contrast: [0.8, 1.2] });
 */
export function colorJitter(image: Tensor, options: ColorJitterOptions = {}): Tensor {
  const operation = 'colorJitter';
  const names = Object.keys(changes) as Change[];
  const given = optionsOf(options, operation, [...names, 'generator']);
  checkFloatImages(image, operation);
  const channels = image.shape.at(-3)!;
  check(
    channels === 1 || channels === 3,
    operation,
    () => `an image has one channel (grey) or three (red, green, blue), not ${channels}`,
  );
  const asked = names.flatMap((name) => {
    const value = given[name] ?? 0;
    return value === 0 ? [] : [{ change: changes[name], factors: factorsOf(value, operation, name) }];
  });
  const generator = generatorIn(options, operation);
  const [height, width] = image.shape.slice(-2) as [number, number];
  return mapPictures(image, [height, width], (from, to) => {
    to.values.set(from.values.subarray(from.start, from.start + channels * height * width), to.start);
    for (const { change, factors } of asked) change(to, numberBetween(generator, factors));
  });
}
