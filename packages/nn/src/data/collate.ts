/**
 * @file From samples to a batch: what stands at the same place in each sample is stacked along a new first axis.
 */
import { evaluate, Tensor, tensor, type TypedArray } from '@windfall/core';
import { check, describe, equalShapes, fail, formatShape, isPlainObject } from '@windfall/core/extension';
import { zerosOf } from './typed-arrays.ts';

/** What the default collate makes of samples of a type. */
export type Collated<Sample> = Sample extends Tensor | TypedArray | number | boolean
  ? Tensor
  : Sample extends string
    ? string[]
    : Sample extends object
      ? { -readonly [Key in keyof Sample]: Collated<Sample[Key]> }
      : never;

const operation = 'collate';

function at(path: string): string {
  return path === '' ? '' : ` at ${path}`;
}

function stackTensors(samples: readonly Tensor[], path: string): Tensor {
  const { shape, dtype, size } = samples[0]!;
  for (const [place, sample] of samples.entries())
    check(
      equalShapes(sample.shape, shape) && sample.dtype === dtype,
      operation,
      () =>
        `the samples${at(path)} differ: ${dtype} ${formatShape(shape)} and (sample ${place}) ${sample.dtype} ${formatShape(sample.shape)}; give collate, or a transform that makes them alike`,
    );
  const values = zerosOf(dtype, samples.length * size);
  samples.forEach((sample, place) => {
    values.set(sample.data(), place * size);
  });
  return tensor(values, { shape: [samples.length, ...shape], dtype });
}

function isTypedArray(value: unknown): value is TypedArray {
  return (
    value instanceof Float32Array ||
    value instanceof Float64Array ||
    value instanceof Int32Array ||
    value instanceof Uint8Array
  );
}

/** The kinds of values that samples consist of, each with its test. */
const kinds = {
  tensors: (value: unknown) => value instanceof Tensor,
  numbers: (value: unknown) => typeof value === 'number',
  booleans: (value: unknown) => typeof value === 'boolean',
  texts: (value: unknown) => typeof value === 'string',
  'typed arrays': isTypedArray,
  arrays: Array.isArray,
  records: isPlainObject,
} as const;

type Kind = keyof typeof kinds;

function kindOf(samples: readonly unknown[], path: string): Kind {
  const names = Object.keys(kinds) as Kind[];
  const kind = names.find((name) => kinds[name](samples[0]));
  if (kind === undefined)
    return fail(
      operation,
      `samples${at(path)} are tensors, typed arrays, numbers, booleans, texts, or arrays or records of them, not ${describe(samples[0])}`,
    );
  samples.forEach((sample, place) => {
    check(
      kinds[kind](sample),
      operation,
      () => `the samples${at(path)} are ${kind}, but sample ${place} is ${describe(sample)}`,
    );
  });
  return kind;
}

/** The parts of samples that are arrays or records, collated one by one. */
function collateParts(samples: readonly object[], path: string): [key: string, value: unknown][] {
  const keys = Object.keys(samples[0]!);
  samples.forEach((sample, place) => {
    const own = Object.keys(sample);
    check(
      own.length === keys.length && keys.every((key) => Object.hasOwn(sample, key)),
      operation,
      () =>
        `the samples${at(path)} differ in their parts: ${keys.join(', ')} and (sample ${place}) ${own.join(', ')}`,
    );
  });
  return keys.map((key) => {
    const values = samples.map((sample) => (sample as Readonly<Record<string, unknown>>)[key]);
    return [key, collateAt(values, path === '' ? key : `${path}.${key}`)];
  });
}

function arraysAsTensors(samples: readonly TypedArray[]): Tensor[] {
  return samples.map((sample) => tensor(sample));
}

function collateAt(samples: readonly unknown[], path: string): unknown {
  // Each cast is what the kind says.
  switch (kindOf(samples, path)) {
    case 'tensors':
      return stackTensors(samples as Tensor[], path);
    case 'typed arrays':
      return stackTensors(arraysAsTensors(samples as TypedArray[]), path);
    case 'numbers':
      return tensor(samples as number[]);
    case 'booleans':
      return tensor(samples as boolean[]);
    case 'texts':
      return [...samples];
    case 'arrays':
      return collateParts(samples as object[], path).map(([, value]) => value);
    case 'records':
      return Object.fromEntries(collateParts(samples as object[], path));
  }
}

/** All tensors in samples. */
function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  return isPlainObject(value) ? Object.values(value).flatMap(tensorsIn) : [];
}

/**
 * A batch of samples of one form: PyTorch's `default_collate`, and what a {@link DataLoader} does unless told otherwise.
 * Tensors are stacked along a new first axis, and so are typed arrays; numbers become an f32 tensor, booleans a bool one
 * (class numbers are best given as tensors: `tensor(label, { dtype: 'i32' })`); texts become an array; arrays and records
 * stay what they are, with the batch of each part.
 *
 * @throws if there is no sample, the samples differ in form, shape or dtype, or a part is something else
 * @example
 * const [x, y] = collate([[tensor([1, 2]), 0.5], [tensor([3, 4]), 1.5]]);
 * x.toArray(); // [[1, 2], [3, 4]]
 * y.toArray(); // [0.5, 1.5]
 */
export function collate<Sample>(samples: readonly Sample[]): Collated<Sample> {
  const given: unknown = samples;
  check(
    Array.isArray(given) && given.length > 0,
    operation,
    () => `expected an array of at least one sample, not ${describe(given)}`,
  );
  // Computed together, those that have not been yet.
  evaluate(tensorsIn(samples));
  return collateAt(samples, '') as Collated<Sample>;
}
