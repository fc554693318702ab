/**
 * @file Parts of images at random places, and images moved by a random distance.
 */
import type { PerAxis, Tensor } from '@windfall/core';
import { check } from '@windfall/core/extension';
import { optionsOf, pairOf } from '../arguments.ts';
import { wholeBelow } from '../data/random-numbers.ts';
import {
  checkFill,
  checkImages,
  generatorIn,
  mapPictures,
  type Picture,
  type RandomOptions,
} from './pictures.ts';

/** Fills an image with the part of another whose corner lies at [top, left], with `fill` where there is nothing. */
function copyPart(from: Picture, to: Picture, [top, left]: readonly [number, number], fill: number): void {
  for (let channel = 0; channel < to.channels; channel++) {
    for (let row = 0; row < to.height; row++) {
      const target = to.start + (channel * to.height + row) * to.width;
      const source = from.start + (channel * from.height + row + top) * from.width;
      const isInside = row + top >= 0 && row + top < from.height;
      for (let column = 0; column < to.width; column++) {
        const x = column + left;
        to.values[target + column] = isInside && x >= 0 && x < from.width ? from.values[source + x]! : fill;
      }
    }
  }
}

/**
 * A part of each image at a random place: torchvision's `RandomCrop`.
 * @param image [C, H, W], or a batch [N, C, H, W] of which each image gets a place of its own
 * @param size height and width of the part, one number or two
 * @param options.padding how far the image is extended on each side before, one number or two (vertical, horizontal); by
 *   default 0
 * @param options.fill what the extension holds; by default 0
 * @param options.generator where the place is drawn from
 * @throws if the part is larger than the extended image
 * @example randomCrop(images, 28, { padding: 2 }).shape; // [60, 1, 28, 28]
 */
export function randomCrop(
  image: Tensor,
  size: PerAxis,
  options: RandomOptions & { padding?: PerAxis; fill?: number } = {},
): Tensor {
  const operation = 'randomCrop';
  const { padding = 0, fill = 0 } = optionsOf(options, operation, ['padding', 'fill', 'generator']);
  checkImages(image, operation);
  const window = {
    size: pairOf(size, operation, 'size'),
    padding: pairOf(padding, operation, 'padding', 0),
    fill,
  };
  return cropAnywhere(image, window, options, operation);
}

interface Window {
  readonly size: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly fill: number;
}

function cropAnywhere(
  image: Tensor,
  { size: [height, width], padding: [vertical, horizontal], fill }: Window,
  options: RandomOptions,
  operation: string,
): Tensor {
  checkFill(fill, image.dtype, operation);
  const generator = generatorIn(options, operation);
  const [rows, columns] = image.shape.slice(-2) as [number, number];
  const places = [rows + 2 * vertical - height + 1, columns + 2 * horizontal - width + 1] as const;
  check(
    places[0] > 0 && places[1] > 0,
    operation,
    () =>
      `the part [${height}, ${width}] is larger than the image [${rows}, ${columns}] with padding [${vertical}, ${horizontal}]`,
  );
  return mapPictures(image, [height, width], (from, to) => {
    const top = wholeBelow(generator, places[0]) - vertical;
    const left = wholeBelow(generator, places[1]) - horizontal;
    copyPart(from, to, [top, left], fill);
  });
}

/**
 * Each image moved by a random whole number of pixels along both axes: a crop of its own size.
 * @param image [C, H, W], or a batch [N, C, H, W] of which each image is moved by a distance of its own
 * @param distance how far at most, in each direction; one number or two (vertical, horizontal)
 * @param options.fill what comes in from outside; by default 0
 * @param options.generator where the distance is drawn from
 * @example randomShift(images, 2);
 */
export function randomShift(
  image: Tensor,
  distance: PerAxis,
  options: RandomOptions & { fill?: number } = {},
): Tensor {
  const operation = 'randomShift';
  const { fill = 0 } = optionsOf(options, operation, ['fill', 'generator']);
  checkImages(image, operation);
  const padding = pairOf(distance, operation, 'distance', 0);
  const size = image.shape.slice(-2) as [number, number];
  return cropAnywhere(image, { size, padding, fill }, options, operation);
}

/**
 * The middle of each image: torchvision's `CenterCrop`, for images at least as large.
 * @param image [C, H, W] or [N, C, H, W]
 * @param size height and width of the part, one number or two
 * @throws if the part is larger than the image
 * @example centerCrop(zeros([3, 32, 32]), 28).shape; // [3, 28, 28]
 */
export function centerCrop(image: Tensor, size: PerAxis): Tensor {
  const operation = 'centerCrop';
  checkImages(image, operation);
  const [height, width] = pairOf(size, operation, 'size');
  const [rows, columns] = image.shape.slice(-2) as [number, number];
  check(
    height <= rows && width <= columns,
    operation,
    () => `the part [${height}, ${width}] is larger than the image [${rows}, ${columns}]`,
  );
  const corner = [Math.round((rows - height) / 2), Math.round((columns - width) / 2)] as const;
  return mapPictures(image, [height, width], (from, to) => copyPart(from, to, corner, 0));
}
