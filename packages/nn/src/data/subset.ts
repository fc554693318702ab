/**
 * @file Parts of a dataset.
 */
import { type Generator, permutation } from '@windfall/core';
import { check, describeList } from '@windfall/core/extension';
import { checkWhole, numbersOf, optionsOf } from '../arguments.ts';
import { checkIndex, checkSource, Dataset, type SampleSource } from './dataset.ts';
import { checkGenerator, generatorOf } from './random-numbers.ts';

/**
 * The samples of a dataset at some indices, in their order: PyTorch's `utils.data.Subset`.
 * @example
 * const dataset = new TensorDataset(arange(10));
 * new Subset(dataset, [7, 3]).get(1)[0].item(); // 3
 */
export class Subset<Sample> extends Dataset<Sample> {
  /** The dataset that this is a part of. */
  readonly dataset: SampleSource<Sample>;
  /** Which of its samples this one has. */
  readonly indices: readonly number[];
  /** As the dataset's, if it has one. */
  readonly getBatch?: (indices: readonly number[]) => unknown;

  /** @throws if an index lies outside the dataset */
  constructor(dataset: SampleSource<Sample>, indices: ArrayLike<number>) {
    super();
    checkSource(dataset, 'Subset');
    this.dataset = dataset;
    this.indices = numbersOf(indices, 'Subset', 'the indices', 'whole numbers');
    for (const index of this.indices) checkIndex(index, dataset.length, 'Subset');
    if (dataset.getBatch !== undefined)
      this.getBatch = (places) => dataset.getBatch!(places.map((place) => this.#indexAt(place)));
  }

  get length(): number {
    return this.indices.length;
  }

  #indexAt(place: number): number {
    checkIndex(place, this.length, 'Subset');
    return this.indices[place]!;
  }

  get(index: number): Sample {
    return this.dataset.get(this.#indexAt(index));
  }
}

/** How many samples each part gets: the sizes as they are, or their shares of the whole, rounded, the rest dealt out in turn. */
function sizesOf(parts: readonly number[], length: number): number[] {
  const sum = parts.reduce((total, part) => total + part, 0);
  if (parts.every(Number.isInteger) && sum === length) return [...parts];
  check(
    Math.abs(sum - 1) < 1e-6,
    'randomSplit',
    () => `the parts add up to the dataset's ${length} samples or to 1, not to ${sum}`,
  );
  const sizes = parts.map((part) => Math.floor(part * length + 1e-9));
  const rest = length - sizes.reduce((total, size) => total + size, 0);
  for (let k = 0; k < rest; k++) sizes[k % sizes.length]! += 1;
  return sizes;
}

/**
 * Deals the samples of a dataset out at random into parts that have none in common: PyTorch's `utils.data.random_split`.
 * @param parts the size of each part, which add up to the dataset's length; or fractions, which add up to 1
 * @param options.seed the same seed gives the same parts
 * @param options.generator where the draw comes from; by default the generator that `manualSeed` seeds
 * @throws if the parts do not add up, or both a seed and a generator are given
 * @example
 * const [training, validation] = randomSplit(new TensorDataset(x, y), [0.8, 0.2], { seed: 1 });
 * [training.length, validation.length]; // [4, 1]
 */
export function randomSplit<Sample>(
  dataset: SampleSource<Sample>,
  parts: readonly number[],
  options: { seed?: number; generator?: Generator } = {},
): Subset<Sample>[] {
  const operation = 'randomSplit';
  const { seed, generator } = optionsOf(options, operation, ['seed', 'generator']);
  checkSource(dataset, operation);
  if (seed !== undefined) checkWhole(seed, operation, 'seed', 0);
  if (generator !== undefined) checkGenerator(generator, operation);
  check(
    seed === undefined || generator === undefined,
    operation,
    () => 'takes a seed or a generator, not both',
  );
  const given: unknown = parts;
  check(
    Array.isArray(given) && given.length > 0 && given.every((part) => typeof part === 'number' && part >= 0),
    operation,
    () => `the parts are an array of numbers ≥ 0, not ${describeList(given)}`,
  );
  const source = seed === undefined ? generator : generatorOf(seed);
  const order = permutation(dataset.length, source === undefined ? {} : { generator: source }).data();
  let start = 0;
  return sizesOf(parts, dataset.length).map((size) => {
    const part = new Subset(dataset, order.subarray(start, start + size));
    start += size;
    return part;
  });
}
