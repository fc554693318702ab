/**
 * @file Images mirrored at random.
 */
import type { Tensor } from '@windfall/core';
import { optionsOf } from '../arguments.ts';
import { uniformNumber } from '../data/random-numbers.ts';
import {
  checkImages,
  checkProbability,
  generatorIn,
  mapPictures,
  type Picture,
  type RandomOptions,
} from './pictures.ts';

type FlipOptions = RandomOptions & { probability?: number };

/** Copies an image, with its columns or its rows in reverse order where told. */
function copyFlipped(from: Picture, to: Picture, flip: 'rows' | 'columns' | null): void {
  const { channels, height, width } = from;
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < height; row++) {
      const source = from.start + (channel * height + (flip === 'rows' ? height - 1 - row : row)) * width;
      const target = to.start + (channel * height + row) * width;
      for (let column = 0; column < width; column++)
        to.values[target + column] =
          from.values[source + (flip === 'columns' ? width - 1 - column : column)]!;
    }
  }
}

function randomFlip(
  image: Tensor,
  what: 'rows' | 'columns',
  options: FlipOptions,
  operation: string,
): Tensor {
  const { probability = 0.5 } = optionsOf(options, operation, ['probability', 'generator']);
  checkImages(image, operation);
  checkProbability(probability, operation);
  const generator = generatorIn(options, operation);
  const [height, width] = image.shape.slice(-2) as [number, number];
  return mapPictures(image, [height, width], (from, to) =>
    copyFlipped(from, to, uniformNumber(generator) < probability ? what : null),
  );
}

/**
 * Each image, or its mirror image with left and right exchanged: torchvision's `RandomHorizontalFlip`.
 * @param image [C, H, W], or a batch [N, C, H, W] of which each image is decided on by itself
 * @param options.probability how often it is mirrored; by default 0.5
 * @param options.generator where that is drawn from
 * @example
 * const image = tensor([[[1, 2], [3, 4]]]);
 * randomHorizontalFlip(image, { probability: 1 }).toArray(); // [[[2, 1], [4, 3]]]
 */
export function randomHorizontalFlip(image: Tensor, options: FlipOptions = {}): Tensor {
  return randomFlip(image, 'columns', options, 'randomHorizontalFlip');
}

/**
 * Each image, or its mirror image with top and bottom exchanged: torchvision's `RandomVerticalFlip`.
 * @param image [C, H, W], or a batch [N, C, H, W] of which each image is decided on by itself
 * @param options.probability how often it is mirrored; by default 0.5
 * @param options.generator where that is drawn from
 * @example
 * const image = tensor([[[1, 2], [3, 4]]]);
 * randomVerticalFlip(image, { probability: 1 }).toArray(); // [[[3, 4], [1, 2]]]
 */
export function randomVerticalFlip(image: Tensor, options: FlipOptions = {}): Tensor {
  return randomFlip(image, 'rows', options, 'randomVerticalFlip');
}
