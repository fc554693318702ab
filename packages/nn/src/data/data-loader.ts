/**
 * @file Batches of a dataset, epoch by epoch. Which samples a batch has, and what random transforms make of them, are pure
 * functions of seed, epoch and place, so that training can be resumed in the middle of an epoch.
 */
import { defaultGenerator, type Generator } from '@windfall/core';
import { check, checkFlag, describe, fail } from '@windfall/core/extension';
import { checkWhole, optionsOf } from '../arguments.ts';
import { collate as collateSamples, type Collated } from './collate.ts';
import { checkIndex, checkSource, isPromise, type SampleSource } from './dataset.ts';
import { checkGenerator, drawSeed, generatorOf } from './random-numbers.ts';
import { RandomSampler, type Sampler, SequentialSampler } from './sampler.ts';

/** For {@link DataLoader}. */
export interface DataLoaderOptions<Sample, Item, Batch> {
  /** How many samples a batch has; by default 1. The last one of an epoch has what is left. */
  batchSize?: number;
  /** Whether each epoch visits the samples in another random order; by default false. */
  shuffle?: boolean;
  /** Whether a last batch with fewer samples is left out; by default false. */
  dropLast?: boolean;
  /** Which samples an epoch visits in which order, instead of `shuffle`. */
  sampler?: Sampler;
  /** What all random choices follow from, a whole number in [0, 2⁵³); by default it is drawn from the generator. */
  seed?: number;
  /** Where the seed is drawn from; by default the generator that `manualSeed` seeds. */
  generator?: Generator;
  /**
   * Changes each sample. The generator is the sample's own: what is drawn from it depends on seed, epoch and the sample's place
   * alone.
   */
  transform?: (sample: Sample, generator: Generator) => Item | PromiseLike<Item>;
  /** Makes a batch of samples; by default `collate`. */
  collate?: (items: Item[]) => Batch;
  /** How many batches are fetched ahead in `for await`; by default 2. */
  prefetch?: number;
}

/** Where a loader stands: all that is needed to continue from there. */
export interface DataLoaderState {
  readonly seed: number;
  /** The epoch that is under way, from 0. */
  readonly epoch: number;
  /** How many of its batches have been handed out. */
  readonly position: number;
}

const optionNames = [
  ...(['batchSize', 'shuffle', 'dropLast', 'sampler', 'seed', 'generator'] as const),
  ...(['transform', 'collate', 'prefetch'] as const),
] as const;

function checkFunction(value: unknown, name: string): void {
  check(
    value === undefined || typeof value === 'function',
    'DataLoader',
    () => `${name} is a function, not ${describe(value)}`,
  );
}

function checkSampler(value: unknown): asserts value is Sampler {
  const sampler = value as Partial<Sampler> | null;
  check(
    typeof sampler === 'object' &&
      typeof sampler?.order === 'function' &&
      Number.isSafeInteger(sampler.length),
    'DataLoader',
    () => `a sampler is an object with a length and a function order, not ${describe(value)}`,
  );
}

/** The draws that belong to one epoch: for its order, and for each place in it. */
const orderPart = 0;
const firstSamplePart = 1;

/**
 * Batches of a dataset: PyTorch's `utils.data.DataLoader`. Each `for … of` is an epoch; a dataset whose samples are promises
 * needs `for await`, which fetches batches ahead while others are used. Leaving the loop early leaves nothing under way.
 *
 * @example
 * const loader = new DataLoader(new TensorDataset(x, y), { batchSize: 2, shuffle: true, seed: 1 });
 * for (const [features, classes] of loader) console.log(features.shape, classes.shape);
 * // [2, 4] [2]
 * // [2, 4] [2]
 * // [1, 4] [1]
 */
export class DataLoader<Sample, Item = Awaited<Sample>, Batch = Collated<Item>> {
  readonly dataset: SampleSource<Sample>;
  readonly batchSize: number;
  readonly dropLast: boolean;
  readonly sampler: Sampler;
  readonly #transform:
    | ((sample: Awaited<Sample>, generator: Generator) => Item | PromiseLike<Item>)
    | undefined;
  readonly #collate: ((items: Item[]) => Batch) | undefined;
  readonly #prefetch: number;
  #state: DataLoaderState;
  /** Whether the next iteration continues from the state, instead of starting the epoch after it. */
  #resumes = true;

  /** @throws if an option is unknown or of the wrong kind, or two contradict each other */
  constructor(dataset: SampleSource<Sample>, options: DataLoaderOptions<Awaited<Sample>, Item, Batch> = {}) {
    const operation = 'DataLoader';
    const {
      batchSize = 1,
      shuffle = false,
      dropLast = false,
      prefetch = 2,
      ...rest
    } = optionsOf(options, operation, optionNames);
    const { sampler, seed, generator = defaultGenerator, transform, collate } = rest;
    checkSource(dataset, operation);
    checkWhole(batchSize, operation, 'batchSize');
    checkFlag(shuffle, operation, 'shuffle');
    checkFlag(dropLast, operation, 'dropLast');
    checkWhole(prefetch, operation, 'prefetch', 0);
    checkFunction(transform, 'transform');
    checkFunction(collate, 'collate');
    checkGenerator(generator, operation);
    check(
      sampler === undefined || !shuffle,
      operation,
      () => 'takes a sampler or shuffle, not both: the sampler says the order',
    );
    check(
      seed === undefined || rest.generator === undefined,
      operation,
      () => 'takes a seed or a generator, not both',
    );
    if (sampler !== undefined) checkSampler(sampler);
    if (seed !== undefined) checkWhole(seed, operation, 'seed', 0);
    const { length } = dataset;
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.dropLast = dropLast;
    this.sampler = sampler ?? (shuffle ? new RandomSampler(length) : new SequentialSampler(length));
    this.#transform = transform;
    this.#collate = collate;
    this.#prefetch = prefetch;
    this.#state = { seed: seed ?? drawSeed(generator), epoch: 0, position: 0 };
  }

  /** How many batches an epoch has. */
  get length(): number {
    const batches = this.sampler.length / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /**
   * Where the iteration begun last stands. Assigned, it makes the next iteration continue from there, with the batches that were
   * still to come; a checkpoint stores it as `JSON.stringify(loader.state)`. Batches fetched ahead but not handed out do not count.
   * @throws (when assigned) if it is no state of a loader with so many batches
   * @example
   * const loader = new DataLoader(new TensorDataset(x, y), { batchSize: 2, seed: 1 });
   * for (const _batch of loader) break;
   * loader.state; // { seed: 1, epoch: 0, position: 1 }
   */
  get state(): DataLoaderState {
    return this.#state;
  }

  set state(state: DataLoaderState) {
    const { seed, epoch, position } = optionsOf(state, 'DataLoader', ['seed', 'epoch', 'position']);
    checkWhole(seed, 'DataLoader', 'seed', 0);
    checkWhole(epoch, 'DataLoader', 'epoch', 0);
    checkWhole(position, 'DataLoader', 'position', 0);
    check(
      position <= this.length,
      'DataLoader',
      () => `position ${position} lies behind the ${this.length} batches of an epoch`,
    );
    this.#state = { seed, epoch, position };
    this.#resumes = true;
  }

  /** Begins an iteration, and says where. */
  #begin(): DataLoaderState {
    const { seed, epoch, position } = this.#state;
    if (!this.#resumes && position > 0) this.#state = { seed, epoch: epoch + 1, position: 0 };
    this.#resumes = false;
    return this.#state;
  }

  /** Notes that a batch is handed out; after the last one of an epoch the next begins. */
  #handOut(start: DataLoaderState, batch: number): void {
    const { seed, epoch } = start;
    const isLast = batch + 1 === this.length;
    this.#state = { seed, epoch: isLast ? epoch + 1 : epoch, position: isLast ? 0 : batch + 1 };
  }

  /** The indices of an epoch in order. */
  #orderOf({ seed, epoch }: DataLoaderState): readonly number[] {
    const order = Array.from(this.sampler.order(generatorOf(seed, epoch, orderPart)));
    check(
      order.length === this.sampler.length,
      'DataLoader',
      () => `the sampler gave ${order.length} indices, its length is ${this.sampler.length}`,
    );
    for (const index of order) checkIndex(index, this.dataset.length, 'DataLoader');
    return order;
  }

  /** The batch as the dataset itself makes it, if it can and nothing is to be done to its samples. */
  #wholeBatch(indices: readonly number[]): unknown {
    const isPlain = this.#transform === undefined && this.#collate === undefined;
    return isPlain ? this.dataset.getBatch?.(indices) : undefined;
  }

  #transformed(sample: unknown, { seed, epoch }: DataLoaderState, place: number): Item | PromiseLike<Item> {
    // Without a transform, items are samples.
    if (this.#transform === undefined) return sample as Item;
    return this.#transform(sample as Awaited<Sample>, generatorOf(seed, epoch, firstSamplePart + place));
  }

  #batchOf(items: Item[]): Batch {
    // Without a collate, batches are what the default makes of items.
    return this.#collate === undefined ? (collateSamples(items) as Batch) : this.#collate(items);
  }

  /** The places in an epoch that a batch has. */
  #placesOf(batch: number): [start: number, end: number] {
    const start = batch * this.batchSize;
    return [start, Math.min(start + this.batchSize, this.sampler.length)];
  }

  #fetchNow(order: readonly number[], start: DataLoaderState, batch: number): Batch {
    const [first, end] = this.#placesOf(batch);
    const indices = order.slice(first, end);
    const whole = this.#wholeBatch(indices);
    if (whole !== undefined) return now(whole) as Batch;
    const items = indices.map((index, k) =>
      now(this.#transformed(now(this.dataset.get(index)), start, first + k)),
    );
    return this.#batchOf(items as Item[]);
  }

  async #fetch(order: readonly number[], start: DataLoaderState, batch: number): Promise<Batch> {
    const [first, end] = this.#placesOf(batch);
    const indices = order.slice(first, end);
    const whole = await this.#wholeBatch(indices);
    if (whole !== undefined) return whole as Batch;
    const items = indices.map(async (index, k) =>
      this.#transformed(await this.dataset.get(index), start, first + k),
    );
    return this.#batchOf(await Promise.all(items));
  }

  /** An epoch of a dataset whose samples are at hand. */
  *[Symbol.iterator](): IterableIterator<Batch, void, undefined> {
    const start = this.#begin();
    const order = this.#orderOf(start);
    for (let batch = start.position; batch < this.length; batch++) {
      const value = this.#fetchNow(order, start, batch);
      this.#handOut(start, batch);
      yield value;
    }
  }

  /** An epoch of any dataset, with batches fetched ahead. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    const start = this.#begin();
    const order = this.#orderOf(start);
    const pending: Promise<Batch>[] = [];
    let next = start.position;
    try {
      for (let batch = start.position; batch < this.length; batch++) {
        for (; next < this.length && next <= batch + this.#prefetch; next++) {
          const fetched = this.#fetch(order, start, next);
          // An error belongs to the batch that has it: it is thrown when its turn comes, if it comes.
          fetched.catch(() => undefined);
          pending.push(fetched);
        }
        const value = await pending.shift()!;
        this.#handOut(start, batch);
        yield value;
      }
    } finally {
      await Promise.allSettled(pending);
    }
  }
}

/** A value that is at hand; throws if it has to be waited for. */
function now(value: unknown): unknown {
  if (!isPromise(value)) return value;
  // Nobody will wait for it, so nobody else hears of its failure.
  Promise.resolve(value).catch(() => undefined);
  return fail('DataLoader', 'the samples are promises: write for await (const batch of loader)');
}
