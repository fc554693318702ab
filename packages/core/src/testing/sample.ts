/**
 * @file What a sample of an operation is, and how its inputs come from a seed in any dtype and memory layout. The
 * tables of samples are in samples/; what is checked with them is the tests' business.
 */
import { allocate, type DType, roundTo } from '../dtype.ts';
import { tensor } from '../ops/create.ts';
import { expand, flip, slice, transpose } from '../ops/movement.ts';
import type { Tensor } from '../ops/tensor.ts';
import { at, build, type Values } from './reference.ts';

/** How an input lies in memory: `plain` row-major, otherwise a view of a tensor that lies differently. */
export type Layout = 'plain' | 'transposed' | 'strided' | 'expanded' | 'flipped';

/** One tensor argument of a sample. */
export interface SampleInput {
  readonly shape: readonly number[];
  /** The values in row-major order; left out, they are drawn from `from`. */
  readonly values?: readonly number[];
  /** The interval of drawn values, by default [−3, 3]. */
  readonly from?: readonly [low: number, high: number];
  /** The dtype; by default that of the run. */
  readonly dtype?: DType;
  /** By default plain. */
  readonly layout?: Layout;
}

/** One call of an operation. */
export interface Sample {
  readonly title: string;
  readonly inputs: readonly SampleInput[];
  readonly call: (...inputs: Tensor[]) => Tensor;
  /** The result by its definition. */
  readonly reference: (...inputs: Values[]) => Values;
  /** Whether the function has derivatives near the inputs: no ties, kinks or infinities. */
  readonly smooth: boolean;
  /** The dtypes it runs in: those of the inputs that name none of their own; where there are none, that of the result. */
  readonly dtypes: readonly DType[];
}

/** A call that must fail. */
export interface ErrorSample {
  readonly call: () => unknown;
  readonly message: string;
}

/** A call that asks for a dtype which the operation does not give. */
export interface RefusedDType {
  readonly dtype: DType;
  readonly call: () => unknown;
}

/** Everything the tests know about one operation. */
export interface OperationSamples {
  readonly samples: readonly Sample[];
  readonly errors: readonly ErrorSample[];
  /** Why the gradient is zero wherever there is one; null where it is not. */
  readonly zeroGradient: string | null;
  /** Of operations that take a dtype as an option: which they refuse. Others are tried on the inputs of the samples. */
  readonly refused: readonly RefusedDType[];
  /** The dtype of all results of operations that one cannot ask for another. */
  readonly onlyDType: DType | null;
}

export const floats: readonly DType[] = ['f32', 'f64'];
export const numbers: readonly DType[] = ['f32', 'f64', 'i32'];
export const allDTypes: readonly DType[] = ['f32', 'f64', 'i32', 'bool'];

/** A sample, with the options most samples leave out. */
export function sample(
  inputs: readonly SampleInput[],
  call: Sample['call'],
  reference: Sample['reference'],
  options: { note?: string; smooth?: boolean; dtypes?: readonly DType[] } = {},
): Sample {
  const { note, smooth = true, dtypes = allDTypes } = options;
  const texts = inputs.map(
    ({ shape, layout = 'plain' }) => `[${shape.join(', ')}]${layout === 'plain' ? '' : ` ${layout}`}`,
  );
  const title = [texts.join(' and '), note].filter((text) => text !== undefined && text !== '').join(', ');
  return { title, inputs, call, reference, smooth, dtypes };
}

/** A row of a table. */
export function operation(
  samples: readonly Sample[],
  errors: readonly ErrorSample[] = [],
  {
    zeroGradient = null,
    refused = [],
    onlyDType = null,
  }: Partial<Omit<OperationSamples, 'samples' | 'errors'>> = {},
): OperationSamples {
  return { samples, errors, zeroGradient, refused, onlyDType };
}

/** Numbers in [0, 1) from a seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** For each layout: the tensor that is stored, the view of it, and what the view reads, said a second time in plain arrays. */
const layouts: Readonly<
  Record<
    Layout,
    {
      store: (shape: readonly number[]) => number[];
      view: (stored: Tensor) => Tensor;
      read: (stored: Values, shape: readonly number[]) => Values;
    }
  >
> = {
  plain: { store: (shape) => [...shape], view: (stored) => stored, read: (stored) => stored },
  transposed: {
    store: (shape) => [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!],
    view: (stored) => transpose(stored),
    read: (stored, shape) =>
      build(shape, (index) => at(stored, [...index.slice(0, -2), index.at(-1)!, index.at(-2)!])),
  },
  strided: {
    store: (shape) => shape.map((extent) => 2 * extent + 1),
    view: (stored) =>
      slice(
        stored,
        stored.shape.map(() => [1, null, 2]),
      ),
    read: (stored, shape) =>
      build(shape, (index) =>
        at(
          stored,
          index.map((k) => 2 * k + 1),
        ),
      ),
  },
  expanded: {
    store: (shape) => [1, ...shape.slice(1)],
    view: (stored) => expand(stored, [3, ...stored.shape.slice(1)]),
    read: (stored, shape) => build(shape, (index) => at(stored, [0, ...index.slice(1)])),
  },
  flipped: {
    store: (shape) => [...shape],
    view: (stored) => flip(stored),
    read: (stored, shape) =>
      build(shape, (index) =>
        at(
          stored,
          index.map((k, axis) => shape[axis]! - 1 - k),
        ),
      ),
  },
};

/** An input made concrete. */
export interface MadeInput {
  /** What lies in memory. */
  readonly stored: Tensor;
  /** From the stored tensor to the operation's argument. */
  readonly view: (stored: Tensor) => Tensor;
  /** The argument's values. */
  readonly values: Values;
}

function draw(dtype: DType, [low, high]: readonly [number, number], random: number): number {
  if (dtype === 'bool') return random < 0.5 ? 0 : 1;
  if (dtype === 'i32') return Math.ceil(low) + Math.floor(random * (Math.floor(high) - Math.ceil(low) + 1));
  return low + random * (high - low);
}

/** The inputs of a sample, in the given dtype where they do not name their own. An expanded input has 3 as its first extent. */
export function makeInputs({ inputs }: Sample, dtype: DType, seed: number): MadeInput[] {
  const random = randomNumbers(seed);
  return inputs.map(({ shape, values, from = [-3, 3], dtype: own = dtype, layout = 'plain' }) => {
    const { store, view, read } = layouts[layout];
    const storedShape = store(shape);
    const size = storedShape.reduce((product, extent) => product * extent, 1);
    const array = allocate(own, size);
    for (let k = 0; k < size; k++)
      array[k] = values === undefined ? draw(own, from, random()) : roundTo(own, values[k]!);
    const stored: Values = { shape: storedShape, values: Array.from(array) };
    return { stored: tensor(array, { shape: storedShape }), view, values: read(stored, shape) };
  });
}
