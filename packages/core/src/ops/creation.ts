/**
 * @file What all functions that make tensors from nothing share: their options.
 */
import { checkDType, type DType } from '../dtype.ts';
import { checkFlag, optionsOf } from '../errors.ts';
import type { Tensor } from './tensor.ts';

/** What every creation function accepts. */
export interface CreateOptions {
  /** The element type; by default f32, but bool for booleans and the array's own type for typed arrays. */
  dtype?: DType;
  /** Whether `backward` collects this tensor's gradient; by default false. */
  requiresGrad?: boolean;
}

/** The options of a creation function, after checking their names and those that all share. */
export function creationOptions<Options extends CreateOptions>(
  given: Options,
  operation: string,
  more: readonly Exclude<keyof Options & string, keyof CreateOptions>[] = [],
): Options {
  const options = optionsOf(given, operation, ['dtype', 'requiresGrad', ...more]);
  if (options.dtype !== undefined) checkDType(options.dtype, operation);
  if (options.requiresGrad !== undefined) checkFlag(options.requiresGrad, operation, 'requiresGrad');
  return options;
}

/** The new tensor, as a leaf of `backward` where that was asked for. */
export function finish(tensor: Tensor, { requiresGrad = false }: CreateOptions): Tensor {
  if (requiresGrad) tensor.requiresGrad = true;
  return tensor;
}
