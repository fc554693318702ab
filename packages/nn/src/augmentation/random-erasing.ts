/**
 * @file Rectangles of images blotted out at random.
 */
import type { Tensor } from '@windfall/core';
import { check } from '@windfall/core/extension';
import { optionsOf } from '../arguments.ts';
import { numberBetween, uniformNumber, wholeBelow } from '../data/random-numbers.ts';
import {
  checkFill,
  checkImages,
  checkProbability,
  generatorIn,
  mapPictures,
  rangeOf,
  type RandomOptions,
} from './pictures.ts';

/** How often a rectangle is drawn until one lies in the image. */
const attempts = 10;

/**
 * Each image with a random rectangle blotted out, with some probability: torchvision's `RandomErasing` (Zhong et al. 2017, arXiv
 * 1708.04896). `scale: [s, s], ratio: [1, 1], probability: 1` is the cutout of DeVries & Taylor 2017.
 * @param image [C, H, W], or a batch [N, C, H, W] of which each image is decided on by itself
 * @param options.probability how often; by default 0.5
 * @param options.scale between which shares of the image's area the rectangle's lies; by default [0.02, 0.33]
 * @param options.ratio between which values height / width lies; by default [0.3, 3.3]
 * @param options.value what the rectangle is filled with; by default 0
 * @param options.generator where all that is drawn from
 * @example randomErasing(ones([1, 10, 10]), { probability: 1, scale: [0.09, 0.09], ratio: [1, 1] }).sum().item(); // 91
 */
export function randomErasing(
  image: Tensor,
  options: RandomOptions & {
    probability?: number;
    scale?: readonly [number, number];
    ratio?: readonly [number, number];
    value?: number;
  } = {},
): Tensor {
  const operation = 'randomErasing';
  const given = optionsOf(options, operation, ['probability', 'scale', 'ratio', 'value', 'generator']);
  const { probability = 0.5, scale = [0.02, 0.33], ratio = [0.3, 3.3], value = 0 } = given;
  checkImages(image, operation);
  checkProbability(probability, operation);
  const areas = rangeOf(scale, operation, 'scale', 0);
  check(areas[1] <= 1, operation, () => `scale is a share of the image's area, at most 1, not ${areas[1]}`);
  const ratios = rangeOf(ratio, operation, 'ratio', 0);
  check(ratios[0] > 0, operation, () => 'ratio is more than 0');
  checkFill(value, image.dtype, operation, 'value');
  const generator = generatorIn(options, operation);
  const [height, width] = image.shape.slice(-2) as [number, number];

  /** A rectangle in the image, or null where ten draws give none. */
  const drawRectangle = (): { top: number; left: number; rows: number; columns: number } | null => {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const area = height * width * numberBetween(generator, areas);
      const aspect = Math.exp(numberBetween(generator, [Math.log(ratios[0]), Math.log(ratios[1])]));
      const rows = Math.round(Math.sqrt(area * aspect));
      const columns = Math.round(Math.sqrt(area / aspect));
      if (rows >= height || columns >= width) continue;
      const top = wholeBelow(generator, height - rows + 1);
      const left = wholeBelow(generator, width - columns + 1);
      return { top, left, rows, columns };
    }
    return null;
  };

  return mapPictures(image, [height, width], (from, to) => {
    const size = from.channels * height * width;
    to.values.set(from.values.subarray(from.start, from.start + size), to.start);
    const rectangle = uniformNumber(generator) < probability ? drawRectangle() : null;
    if (rectangle === null) return;
    const { top, left, rows, columns } = rectangle;
    for (let channel = 0; channel < from.channels; channel++)
      for (let row = top; row < top + rows; row++) {
        const start = to.start + (channel * height + row) * width + left;
        to.values.fill(value, start, start + columns);
      }
  });
}
