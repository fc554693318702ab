/**
 * @file What a dataset is: a length and a sample for each index. It knows no batches; those are data-loader.ts's.
 */
import { check, describe } from '@windfall/core/extension';

/** Where samples come from. A {@link Dataset} is one, and so is any object with these properties. */
export interface SampleSource<Sample> {
  readonly length: number;
  /** The sample at an index from 0 up to but without `length`, or the promise of one. */
  readonly get: (index: number) => Sample;
  /**
   * If there is one, a faster way to what the default collate makes of the samples at these indices. A loader with a
   * transform or a collate of its own does not use it.
   */
  readonly getBatch?: (indices: readonly number[]) => unknown;
}

/** What a function makes of samples, or of promises of them. */
export type Mapped<Sample, Result> = Sample extends PromiseLike<unknown> ? Promise<Awaited<Result>> : Result;

/** Whether a value is a promise, or another object with `then`. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

/** Throws unless the index is one of a dataset's. */
export function checkIndex(index: unknown, length: number, operation: string): void {
  check(Number.isInteger(index) && (index as number) >= 0 && (index as number) < length, operation, () =>
    length === 0
      ? `there are no samples, so none at index ${describe(index)}`
      : `an index is a whole number from 0 to ${length - 1}, not ${describe(index)}`,
  );
}

/** Throws unless the value can be a dataset. */
export function checkSource(value: unknown, operation: string): asserts value is SampleSource<unknown> {
  const source = value as Partial<SampleSource<unknown>> | null | undefined;
  check(
    typeof source === 'object' &&
      typeof source?.get === 'function' &&
      Number.isSafeInteger(source.length) &&
      source.length! >= 0,
    operation,
    () => `a dataset is an object with a length and a function get, not ${describe(value)}`,
  );
}

/**
 * Samples by index: PyTorch's `utils.data.Dataset`. A subclass says how many there are and gives each: a tensor, a number, or
 * an array or record of them; or, when it must be waited for, a promise.
 * @typeParam Sample what `get` gives
 *
 * @example
 * class Squares extends Dataset<[number, number]> {
 *   readonly length = 10;
 *   get(index: number): [number, number] {
 *     return [index, index ** 2];
 *   }
 * }
 * new Squares().get(3); // [3, 9]
 */
export abstract class Dataset<Sample> implements SampleSource<Sample> {
  /** How many samples there are. */
  abstract readonly length: number;

  /** The sample at an index from 0 up to but without `length`; the same each time. */
  abstract get(index: number): Sample;

  /**
   * The dataset of what a function makes of each sample, each time it is asked for. Promises are waited for first. For
   * random changes use the loader's option `transform`, whose generator makes them reproducible.
   * @example new TensorDataset(tensor([1, 2])).map(([sample]) => sample.mul(10)).get(1).item(); // 20
   */
  map<Result>(change: (sample: Awaited<Sample>, index: number) => Result): Dataset<Mapped<Sample, Result>> {
    return new MappedDataset<Sample, Result>(this, change);
  }
}

class MappedDataset<Sample, Result> extends Dataset<Mapped<Sample, Result>> {
  readonly #source: SampleSource<Sample>;
  readonly #change: (sample: Awaited<Sample>, index: number) => Result;

  constructor(source: SampleSource<Sample>, change: (sample: Awaited<Sample>, index: number) => Result) {
    super();
    check(
      typeof change === 'function',
      'map',
      () => `expected a function of a sample, not ${describe(change)}`,
    );
    this.#source = source;
    this.#change = change;
  }

  get length(): number {
    return this.#source.length;
  }

  get(index: number): Mapped<Sample, Result> {
    const sample = this.#source.get(index);
    const result = isPromise(sample)
      ? Promise.resolve(sample).then((value) => this.#change(value as Awaited<Sample>, index))
      : this.#change(sample as Awaited<Sample>, index);
    return result as Mapped<Sample, Result>;
  }
}
