/**
 * @file Batches: which samples, in which order, resumed from anywhere, fetched ahead, and what happens on errors.
 */
import { arange, Generator, manualSeed, normal, type Tensor, tensor, zeros } from '@windfall/core';
import {
  DataLoader,
  Dataset,
  RandomSampler,
  type SampleSource,
  Subset,
  TensorDataset,
} from '../src/index.ts';
import { uniformNumber } from '../src/data/random-numbers.ts';

const numbers = (count: number) => new TensorDataset(arange(count));
/** The numbers of an epoch, batch by batch. */
const epochOf = (loader: Iterable<[Tensor]>) => Array.from(loader, ([x]) => Array.from(x.data()));

async function asyncEpochOf<T>(loader: AsyncIterable<T>): Promise<T[]> {
  const batches: T[] = [];
  for await (const batch of loader) batches.push(batch);
  return batches;
}

/** Numbers that arrive later; records what was asked for and what is under way. */
class Remote extends Dataset<Promise<number>> {
  readonly asked: number[] = [];
  readonly length: number;
  readonly #broken: readonly number[];
  underWay = 0;
  constructor(length: number, broken: readonly number[] = []) {
    super();
    this.length = length;
    this.#broken = broken;
  }
  async get(index: number): Promise<number> {
    this.asked.push(index);
    this.underWay++;
    await new Promise((resolve) => setTimeout(resolve, 1 + ((index * 7) % 5)));
    this.underWay--;
    if (this.#broken.includes(index)) throw new Error(`sample ${index} is broken`);
    return index;
  }
}

describe('batches', () => {
  test.each([
    [7, 3, false, [[0, 1, 2], [3, 4, 5], [6]]],
    [
      7,
      3,
      true,
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    [
      6,
      3,
      true,
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    [2, 3, true, []],
    [2, 3, false, [[0, 1]]],
    [0, 3, false, []],
    [2, 1, false, [[0], [1]]],
  ])('of %p samples by %p, dropLast %p', async (count, batchSize, dropLast, expected) => {
    const loader = new DataLoader(numbers(count), { batchSize, dropLast });
    expect(epochOf(loader)).toEqual(expected);
    expect(loader).toHaveLength(expected.length);
    expect((await asyncEpochOf(loader)).map(([x]) => Array.from(x.data()))).toEqual(expected);
  });

  test('have one sample unless told otherwise', () => {
    expect(new DataLoader(numbers(3))).toHaveLength(3);
  });

  test('are collated from any object with a length and get', () => {
    const source = { length: 3, get: (index: number) => ({ x: index, name: `n${index}` }) };
    const [first] = new DataLoader(source, { batchSize: 2 });
    expect(first!.x.toArray()).toEqual([0, 1]);
    expect(first!.name).toEqual(['n0', 'n1']);
  });

  test('are transformed and collated as one likes', async () => {
    const loader = new DataLoader(numbers(4), {
      batchSize: 2,
      transform: ([x]) => x.item() * 10,
      collate: (items) => items.join('+'),
    });
    expect([...loader]).toEqual(['0+10', '20+30']);
    const later = new DataLoader(new Remote(4), {
      batchSize: 2,
      transform: async (x) => Promise.resolve({ x }),
    });
    expect((await asyncEpochOf(later)).map(({ x }) => x.toArray())).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  test('come by getBatch if there is one, and neither transform nor collate', () => {
    const calls: (readonly number[])[] = [];
    const source: SampleSource<number> = {
      length: 3,
      get: (index) => index,
      getBatch: (indices) => {
        calls.push(indices);
        return tensor([...indices]);
      },
    };
    expect(Array.from(new DataLoader(new Subset(source, [2, 1, 0]), { batchSize: 2 }), String)).toHaveLength(
      2,
    );
    expect(calls).toEqual([[2, 1], [0]]);
    expect([...new DataLoader(source, { batchSize: 2, transform: (x) => x })]).toHaveLength(2);
    expect([...new DataLoader(source, { batchSize: 2, collate: (items) => items })]).toEqual([[0, 1], [2]]);
    expect(calls).toHaveLength(2);
  });
});

describe('shuffling', () => {
  const shuffled = (seed: number) => new DataLoader(numbers(20), { batchSize: 6, shuffle: true, seed });

  test('visits every sample once an epoch, in another order each time', () => {
    const loader = shuffled(1);
    const epochs = [epochOf(loader), epochOf(loader), epochOf(loader)].map((batches) => batches.flat());
    for (const epoch of epochs)
      expect([...epoch].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, k) => k));
    expect(new Set(epochs.map(String)).size).toBe(3);
  });

  test('is the same for the same seed, for every epoch', () => {
    const [a, b, c] = [shuffled(1), shuffled(1), shuffled(2)];
    for (let epoch = 0; epoch < 3; epoch++) {
      const batches = epochOf(a);
      expect(epochOf(b)).toEqual(batches);
      expect(epochOf(c)).not.toEqual(batches);
    }
  });

  test('takes its seed from a generator, by default from the common one', () => {
    const make = () => epochOf(new DataLoader(numbers(20), { shuffle: true }));
    manualSeed(3);
    const first = make();
    expect(make()).not.toEqual(first);
    manualSeed(3);
    expect(make()).toEqual(first);
    const given = () => epochOf(new DataLoader(numbers(20), { shuffle: true, generator: new Generator(9) }));
    expect(given()).toEqual(given());
  });

  test('gives the same batches in for and for await', async () => {
    const later = await asyncEpochOf(shuffled(1));
    expect(later.map(([x]) => Array.from(x.data()))).toEqual(epochOf(shuffled(1)));
  });

  test('by a sampler takes what that chooses', () => {
    const evens = { length: 3, order: () => [4, 0, 2] };
    expect(epochOf(new DataLoader(numbers(6), { batchSize: 2, sampler: evens }))).toEqual([[4, 0], [2]]);
    const drawn = () =>
      new DataLoader(numbers(6), {
        batchSize: 5,
        sampler: new RandomSampler(6, { replacement: true, count: 20 }),
        seed: 2,
      });
    const [a, b] = [drawn(), drawn()];
    expect(a).toHaveLength(4);
    const first = epochOf(a);
    expect(epochOf(b)).toEqual(first);
    expect(epochOf(a)).not.toEqual(first);
  });
});

describe('resuming', () => {
  /** Shuffled, with random changes of each sample. */
  const make = (seed: number) =>
    new DataLoader(numbers(10), {
      batchSize: 3,
      shuffle: true,
      seed,
      transform: ([x], generator) => [x.item() + uniformNumber(generator)],
    });
  const values = (batches: Iterable<readonly Tensor[]>) => Array.from(batches, ([x]) => x!.toArray());

  test.each([0, 1, 2, 3, 4, 5, 7, 8])('after %p batches gives those that were still to come', (count) => {
    const whole = make(1);
    const expected = [values(whole), values(whole), values(whole)].flat();
    const first = make(1);
    const seen: unknown[] = [];
    while (seen.length < count)
      for (const [x] of first) {
        seen.push(x!.toArray());
        if (seen.length === count) break;
      }
    const saved = JSON.parse(JSON.stringify(first.state));
    const second = make(99);
    second.state = saved;
    while (seen.length < expected.length) seen.push(...values(second));
    expect(seen.slice(0, expected.length)).toEqual(expected);
  });

  test('counts what was handed out, not what was fetched ahead', async () => {
    const loader = make(1);
    for await (const _ of loader) break;
    expect(loader.state).toEqual({ seed: 1, epoch: 0, position: 1 });
    const all = values(make(1));
    loader.state = { ...loader.state };
    expect((await asyncEpochOf(loader)).map(([x]) => x!.toArray())).toEqual(all.slice(1));
  });

  test('is only done when asked for: a loop that was left early is followed by the next epoch', () => {
    const [left, whole] = [make(1), make(1)];
    for (const _ of left) break;
    values(whole);
    expect(values(left)).toEqual(values(whole));
    expect(left.state).toEqual({ seed: 1, epoch: 2, position: 0 });
  });

  test('random changes of a sample depend on nothing but seed, epoch and place', async () => {
    const loader = make(5);
    const first = values(loader);
    expect(values(loader)).not.toEqual(first);
    expect((await asyncEpochOf(make(5))).map(([x]) => x!.toArray())).toEqual(first);
    expect(new Set(first.flat().map((value) => (value as number) % 1)).size).toBe(10);
  });
});

describe('fetching ahead', () => {
  test.each([0, 1, 3])('keeps %p batches under way besides the one in use', async (prefetch) => {
    const remote = new Remote(12);
    const loader = new DataLoader(remote, { batchSize: 2, prefetch });
    let used = 0;
    for await (const batch of loader) {
      expect(batch.toArray()).toEqual([2 * used, 2 * used + 1]);
      used++;
      expect(remote.asked).toHaveLength(Math.min(12, 2 * (used + prefetch)));
    }
    expect(used).toBe(6);
    expect(remote.asked).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test('ends when the loop is left: nothing is under way, nothing more is asked for', async () => {
    const remote = new Remote(100);
    for await (const _ of new DataLoader(remote, { batchSize: 4, prefetch: 3 })) break;
    expect(remote.underWay).toBe(0);
    expect(remote.asked).toHaveLength(16);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(remote.asked).toHaveLength(16);
  });

  test('throws an error at the batch that has it, and not before', async () => {
    const remote = new Remote(20, [5, 7, 9]);
    const seen: unknown[] = [];
    const loop = async () => {
      for await (const batch of new DataLoader(remote, { batchSize: 2, prefetch: 4 }))
        seen.push(batch.toArray());
    };
    await expect(loop()).rejects.toThrow('sample 5 is broken');
    expect(seen).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(remote.underWay).toBe(0);
  });

  test("an error ahead is nobody's concern when the loop is left before it", async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    for await (const _ of new DataLoader(new Remote(8, [2, 3]), { batchSize: 1, prefetch: 5 })) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('an error of get, transform or collate comes through as it is, and the loader can be used again', async () => {
    const broken = new Error('no');
    const fails = () => {
      throw broken;
    };
    const source = { length: 2, get: (index: number) => index };
    const loaders = [
      new DataLoader({ length: 2, get: fails }),
      new DataLoader(source, { transform: fails }),
      new DataLoader(source, { collate: fails }),
    ];
    for (const loader of loaders) {
      expect(() => [...loader]).toThrow(broken);
      await expect(asyncEpochOf(loader as AsyncIterable<unknown>)).rejects.toBe(broken);
      expect(loader.state).toMatchObject({ epoch: 0, position: 0 });
    }
  });

  test('promises in a plain loop are an error that says what to write', () => {
    const message = 'DataLoader: the samples are promises: write for await (const batch of loader)';
    expect(() => [...new DataLoader(new Remote(2, [0]))]).toThrow(message);
    const later = { length: 1, get: (index: number) => index };
    expect(() => [...new DataLoader(later, { transform: async (x) => Promise.resolve(x) })]).toThrow(message);
  });
});

const two = numbers(2);

test.each<[string, () => unknown, string]>([
  [
    'no dataset',
    () => new DataLoader(null as any),
    'DataLoader: a dataset is an object with a length and a function get, not null',
  ],
  [
    'an unknown option',
    () => new DataLoader(two, { batch: 3 } as any),
    "DataLoader: has no option 'batch'; its options are batchSize, shuffle, dropLast, sampler, seed, generator, transform, collate, prefetch",
  ],
  [
    'a batch of none',
    () => new DataLoader(two, { batchSize: 0 }),
    'DataLoader: batchSize is a whole number ≥ 1, not 0',
  ],
  [
    'a fraction of a batch',
    () => new DataLoader(two, { prefetch: 0.5 }),
    'DataLoader: prefetch is a whole number ≥ 0, not 0.5',
  ],
  [
    'no flag',
    () => new DataLoader(two, { shuffle: 1 as any }),
    'DataLoader: shuffle is true or false, not 1',
  ],
  [
    'no function',
    () => new DataLoader(two, { collate: 1 as any }),
    'DataLoader: collate is a function, not 1',
  ],
  [
    'seed and generator',
    () => new DataLoader(two, { seed: 1, generator: new Generator(1) }),
    'DataLoader: takes a seed or a generator, not both',
  ],
  [
    'sampler and shuffle',
    () => new DataLoader(two, { shuffle: true, sampler: new RandomSampler(2) }),
    'DataLoader: takes a sampler or shuffle, not both',
  ],
  [
    'no sampler',
    () => new DataLoader(two, { sampler: [0, 1] as any }),
    'DataLoader: a sampler is an object with a length and a function order, not an array',
  ],
  [
    'a sampler beyond the dataset',
    () => [...new DataLoader(two, { sampler: new RandomSampler(3) })],
    'DataLoader: an index is a whole number from 0 to 1, not 2',
  ],
  [
    'a sampler that lies',
    () => [...new DataLoader(two, { sampler: { length: 2, order: () => [0] } })],
    'DataLoader: the sampler gave 1 indices, its length is 2',
  ],
  [
    'a state behind the end',
    () => (new DataLoader(two).state = { seed: 1, epoch: 0, position: 3 }),
    'DataLoader: position 3 lies behind the 2 batches of an epoch',
  ],
  [
    'no state',
    () => (new DataLoader(two).state = { seed: 1, epoch: -1, position: 0 }),
    'DataLoader: epoch is a whole number ≥ 0, not -1',
  ],
])('%s is an error', (_what, call, message) => {
  expect(call).toThrow(message);
});

test('the shape of a batch of images is theirs with the batch in front', () => {
  const [batch] = new DataLoader(new TensorDataset(normal([9, 3, 4, 4]), zeros([9])), { batchSize: 9 });
  expect(batch!.map(({ shape }) => shape)).toEqual([[9, 3, 4, 4], [9]]);
});
