/**
 * @file Images as networks like them: floats in [0, 1], or with given mean and deviation. Composed of tensor operations, so
 * that it can stand in a model, too.
 */
import { type DType, type Tensor, tensor } from '@windfall/core';
import { check, describe, describeList } from '@windfall/core/extension';
import { checkTensor, optionsOf } from '../arguments.ts';
import { checkFloatImages } from './pictures.ts';

/**
 * Whole numbers from 0 to 255 as floats from 0 to 1, booleans as 0 and 1; floats keep their values. torchvision's
 * `ConvertImageDtype`.
 * @param image any shape
 * @param options.dtype f32 (the default) or f64
 * @example toFloat(tensor([0, 51, 255], { dtype: 'i32' })).toArray(); // ≈ [0, 0.2, 1]
 */
export function toFloat(image: Tensor, options: { dtype?: 'f32' | 'f64' } = {}): Tensor {
  const { dtype = 'f32' } = optionsOf(options, 'toFloat', ['dtype']);
  checkTensor(image, 'toFloat', 'the image');
  const isFloat = (name: DType): boolean => name === 'f32' || name === 'f64';
  check(isFloat(dtype), 'toFloat', () => `gives f32 or f64, not ${describe(dtype)}`);
  const floats = image.cast(dtype);
  return image.dtype === 'i32' ? floats.div(255) : floats;
}

function perChannel(given: number | readonly number[], channels: number, name: string): readonly number[] {
  const values: unknown = typeof given === 'number' ? Array<number>(channels).fill(given) : given;
  check(
    Array.isArray(values) && values.length === channels && values.every(Number.isFinite),
    'normalize',
    () => `${name} is a finite number, or one for each of ${channels} channels, not ${describeList(given)}`,
  );
  return values as number[];
}

/**
 * (x − mean) / std, channel by channel: torchvision's `Normalize`.
 * @param image floats, [C, H, W] or [N, C, H, W]
 * @param mean one number, or one for each channel
 * @param std the same, each > 0
 * @example normalize(tensor([0.2, 0.8]).reshape([1, 2, 1, 1]), [0.5, 0.6], 0.1).flatten().toArray(); // ≈ [-3, 2]
 */
export function normalize(
  image: Tensor,
  mean: number | readonly number[],
  std: number | readonly number[],
): Tensor {
  checkFloatImages(image, 'normalize');
  const channels = image.shape.at(-3)!;
  const means = perChannel(mean, channels, 'mean');
  const deviations = perChannel(std, channels, 'std');
  check(
    deviations.every((deviation) => deviation > 0),
    'normalize',
    () => `std is > 0 for each channel, not ${describeList(std)}`,
  );
  const options = { dtype: image.dtype, shape: [channels, 1, 1] };
  return image.sub(tensor([...means], options)).div(tensor([...deviations], options));
}
