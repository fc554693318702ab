/**
 * @file Images turned, moved, stretched and sheared, by what is given or by what is drawn.
 */
import type { Tensor } from '@windfall/core';
import { check, describe, describeList } from '@windfall/core/extension';
import { optionsOf } from '../arguments.ts';
import { numberBetween, wholeBelow } from '../data/random-numbers.ts';
import {
  checkFill,
  checkFloatImages,
  checkImages,
  generatorIn,
  mapPictures,
  type Picture,
  rangeOf,
  type RandomOptions,
} from './pictures.ts';

/** Between the pixels of the old image: the value of the nearest, or the weighted mean of the four around. */
type Interpolation = 'nearest' | 'bilinear';

interface SamplingOptions {
  interpolation?: Interpolation;
  fill?: number;
}

/** A movement of the plane about the image's middle: turned clockwise by degrees, then stretched and moved by pixels. */
interface Movement {
  readonly degrees: number;
  /** To the right, and down. */
  readonly translate: readonly [number, number];
  readonly scale: number;
  /** Along x and y, in degrees. */
  readonly shear: readonly [number, number];
}

/** x = a·x′ + b·y′ + c, y = d·x′ + e·y′ + f: where the value of a new image's place comes from in the old one. */
type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** The inverse of a movement. */
function inverseOf({ degrees, translate: [right, down], scale, shear }: Movement): Matrix {
  const radians = Math.PI / 180;
  const [turn, alongX, alongY] = [degrees * radians, shear[0] * radians, shear[1] * radians];
  // Rotation times shear is [[p, q], [r, s]], of determinant 1.
  const p = Math.cos(turn - alongY) / Math.cos(alongY);
  const q = -p * Math.tan(alongX) - Math.sin(turn);
  const r = Math.sin(turn - alongY) / Math.cos(alongY);
  const s = -r * Math.tan(alongX) + Math.cos(turn);
  const [a, b, d, e] = [s / scale, -q / scale, -r / scale, p / scale];
  return [a, b, -a * right - b * down, d, e, -d * right - e * down];
}

/** To the nearest whole number, halves to the even. */
function roundToEven(value: number): number {
  const above = Math.round(value);
  return above - value === 0.5 && above % 2 !== 0 ? above - 1 : above;
}

/** Fills an image with another's values at the places that a matrix leads to, both measured from the middle. */
function sample(
  from: Picture,
  to: Picture,
  matrix: Matrix,
  interpolation: Interpolation,
  fill: number,
): void {
  const { height, width, channels } = from;
  const [a, b, c, d, e, f] = matrix;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [u, v] = [column - (width - 1) / 2, row - (height - 1) / 2];
      const x = a * u + b * v + c + (width - 1) / 2;
      const y = d * u + e * v + f + (height - 1) / 2;
      for (let channel = 0; channel < channels; channel++) {
        const start = from.start + channel * height * width;
        const at = (left: number, top: number): number =>
          left >= 0 && left < width && top >= 0 && top < height
            ? from.values[start + top * width + left]!
            : fill;
        const place = to.start + (channel * height + row) * width + column;
        to.values[place] =
          interpolation === 'nearest' ? at(roundToEven(x), roundToEven(y)) : between(at, x, y);
      }
    }
  }
}

function between(at: (left: number, top: number) => number, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, down] = [x - left, y - top];
  const upper = at(left, top) * (1 - right) + at(left + 1, top) * right;
  const lower = at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right;
  return upper * (1 - down) + lower * down;
}

/** The images, each under a movement of its own. */
function move(
  image: unknown,
  movementFor: (picture: Picture) => Movement,
  { interpolation = 'nearest', fill = 0 }: SamplingOptions,
  operation: string,
): Tensor {
  check(
    (['nearest', 'bilinear'] as unknown[]).includes(interpolation),
    operation,
    () => `interpolation is 'nearest' or 'bilinear', not ${describe(interpolation)}`,
  );
  if (interpolation === 'nearest') checkImages(image, operation);
  else checkFloatImages(image, operation);
  checkFill(fill, image.dtype, operation);
  const [height, width] = image.shape.slice(-2) as [number, number];
  return mapPictures(image, [height, width], (from, to) =>
    sample(from, to, inverseOf(movementFor(from)), interpolation, fill),
  );
}

function pairIn(value: unknown, operation: string, name: string): readonly [number, number] {
  check(
    Array.isArray(value) && value.length === 2 && value.every(Number.isFinite),
    operation,
    () => `${name} is a pair of finite numbers, not ${describeList(value)}`,
  );
  return [value[0] as number, value[1] as number];
}

function checkScale(scale: number, operation: string): void {
  check(
    Number.isFinite(scale) && scale > 0,
    operation,
    () => `scale is a finite number > 0, not ${describe(scale)}`,
  );
}

/** For {@link affine}. */
export interface AffineOptions extends SamplingOptions {
  /** Turned by so many degrees, clockwise; by default 0. */
  angle?: number;
  /** Moved by so many pixels to the right and down; by default [0, 0]. */
  translate?: readonly [number, number];
  /** Enlarged by this factor; by default 1. */
  scale?: number;
  /** Sheared by so many degrees along x and y; by default [0, 0]. */
  shear?: readonly [number, number];
}

/**
 * Images turned, moved, stretched and sheared about their middle: torchvision's `functional.affine`.
 * @param image [C, H, W] or [N, C, H, W]
 * @param options.interpolation 'nearest' (the default) or, for floats, 'bilinear'
 * @param options.fill what comes in from outside; by default 0
 * @example affine(tensor([[[1, 2], [3, 4]]]), { angle: 90 }).toArray(); // [[[3, 1], [4, 2]]]
 */
export function affine(image: Tensor, options: AffineOptions = {}): Tensor {
  const operation = 'affine';
  const known = ['angle', 'translate', 'scale', 'shear', 'interpolation', 'fill'] as const;
  const { angle = 0, translate = [0, 0], scale = 1, shear = [0, 0] } = optionsOf(options, operation, known);
  check(Number.isFinite(angle), operation, () => `angle is a finite number, not ${describe(angle)}`);
  checkScale(scale, operation);
  const movement = {
    degrees: angle,
    translate: pairIn(translate, operation, 'translate'),
    scale,
    shear: pairIn(shear, operation, 'shear'),
  };
  return move(image, () => movement, options, operation);
}

/** A range of degrees: −d to d for one number. */
function degreesOf(
  value: number | readonly [number, number],
  operation: string,
  name: string,
): readonly [number, number] {
  return rangeOf(typeof value === 'number' ? [-value, value] : value, operation, name);
}

/** For {@link randomAffine}. */
export interface RandomAffineOptions extends SamplingOptions, RandomOptions {
  /** By which shares of width and height the image is moved at most; by default not at all. */
  translate?: readonly [number, number];
  /** Between which factors it is enlarged; by default not at all. */
  scale?: readonly [number, number];
  /** Between which degrees it is sheared along x, −d to d for one number; by default not at all. */
  shear?: number | readonly [number, number];
}

/**
 * Each image turned by a random angle, clockwise, about its middle, and if asked moved, enlarged and sheared at random: torchvision's
 * `RandomAffine`.
 * @param image [C, H, W], or a batch [N, C, H, W] of which each image gets draws of its own
 * @param degrees between which angles, −d to d for one number
 * @param options.interpolation 'nearest' (the default) or, for floats, 'bilinear'
 * @param options.fill what comes in from outside; by default 0
 * @param options.generator where all that is drawn from
 * @example randomAffine(images, 10, { translate: [0.1, 0.1], scale: [0.9, 1.1], interpolation: 'bilinear' });
 */
export function randomAffine(
  image: Tensor,
  degrees: number | readonly [number, number],
  options: RandomAffineOptions = {},
): Tensor {
  const operation = 'randomAffine';
  const known = ['translate', 'scale', 'shear', 'interpolation', 'fill', 'generator'] as const;
  const { translate = [0, 0], scale = [1, 1], shear = 0 } = optionsOf(options, operation, known);
  const angles = degreesOf(degrees, operation, 'degrees');
  const [sideways, upright] = pairIn(translate, operation, 'translate');
  check(
    [sideways, upright].every((share) => share >= 0 && share <= 1),
    operation,
    () => `translate holds shares from 0 to 1, not ${describeList(translate)}`,
  );
  const scales = rangeOf(scale, operation, 'scale', 0);
  checkScale(scales[0], operation);
  const shears = degreesOf(shear, operation, 'shear');
  const generator = generatorIn(options, operation);
  const movementFor = ({ width, height }: Picture): Movement => ({
    degrees: numberBetween(generator, angles),
    translate: [wholeWithin(Math.round(sideways * width)), wholeWithin(Math.round(upright * height))],
    scale: numberBetween(generator, scales),
    shear: [numberBetween(generator, shears), 0],
  });
  const wholeWithin = (distance: number): number => wholeBelow(generator, 2 * distance + 1) - distance;
  return move(image, movementFor, options, operation);
}

/**
 * Each image turned by a random angle, counter-clockwise, about its middle: torchvision's `RandomRotation`.
 * @param image [C, H, W], or a batch [N, C, H, W] of which each image gets an angle of its own
 * @param degrees between which angles, −d to d for one number
 * @param options.interpolation 'nearest' (the default) or, for floats, 'bilinear'
 * @param options.fill what comes in from outside; by default 0
 * @param options.generator where the angle is drawn from
 * @example randomRotation(images, 15, { interpolation: 'bilinear' });
 */
export function randomRotation(
  image: Tensor,
  degrees: number | readonly [number, number],
  options: SamplingOptions & RandomOptions = {},
): Tensor {
  const operation = 'randomRotation';
  optionsOf(options, operation, ['interpolation', 'fill', 'generator']);
  const angles = degreesOf(degrees, operation, 'degrees');
  const generator = generatorIn(options, operation);
  const movementFor = (): Movement => ({
    degrees: -numberBetween(generator, angles),
    translate: [0, 0],
    scale: 1,
    shear: [0, 0],
  });
  return move(image, movementFor, options, operation);
}
