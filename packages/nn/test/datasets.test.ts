/**
 * @file Datasets, their parts and sums, samplers, and batches made of samples.
 */
import { arange, Generator, manualSeed, type Tensor, tensor, zeros } from '@windfall/core';
import {
  collate,
  ConcatDataset,
  Dataset,
  RandomSampler,
  randomSplit,
  SequentialSampler,
  Subset,
  TensorDataset,
  WeightedRandomSampler,
} from '../src/index.ts';

class Squares extends Dataset<[number, number]> {
  readonly length: number;
  constructor(length: number) {
    super();
    this.length = length;
  }
  get(index: number): [number, number] {
    return [index, index ** 2];
  }
}

const all = <T>(dataset: { length: number; get: (index: number) => T }): T[] =>
  Array.from({ length: dataset.length }, (_, index) => dataset.get(index));

describe('a dataset', () => {
  test('of tensors has slices along the first axis, of any rank and dtype', () => {
    const dataset = new TensorDataset(
      tensor(
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        { dtype: 'f64' },
      ),
      arange(3),
      tensor([true, false, true]),
      zeros([3, 0, 2]),
    );
    expect(dataset.length).toBe(3);
    const [x, n, flag, empty] = dataset.get(1);
    expect([x.toArray(), x.dtype]).toEqual([[3, 4], 'f64']);
    expect([n.item(), n.dtype, n.shape]).toEqual([1, 'i32', []]);
    expect(flag.item()).toBe(false);
    expect(empty.shape).toEqual([0, 2]);
    const [xs, ns, flags, empties] = dataset.getBatch([2, 0, 2, 1]);
    expect([xs.toArray(), xs.dtype]).toEqual([
      [
        [5, 6],
        [1, 2],
        [5, 6],
        [3, 4],
      ],
      'f64',
    ]);
    expect(ns.toArray()).toEqual([2, 0, 2, 1]);
    expect(flags.toArray()).toEqual([true, true, true, false]);
    expect(empties.shape).toEqual([4, 0, 2]);
  });

  test('gives in a batch what collate makes of its samples', () => {
    const dataset = new TensorDataset(
      tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      arange(3),
    );
    const indices = [1, 1, 0];
    const one = collate(indices.map((index) => dataset.get(index)));
    expect(dataset.getBatch(indices).map(String)).toEqual(one.map(String));
  });

  test('can be changed sample by sample, also when the samples are promises', async () => {
    const sums = new Squares(4).map(([x, y], index) => x + y + index);
    expect(sums.length).toBe(4);
    expect(all(sums)).toEqual([0, 3, 8, 15]);
    class Later extends Dataset<Promise<number>> {
      readonly length = 2;
      async get(index: number): Promise<number> {
        return Promise.resolve(index);
      }
    }
    const later = new Later().map((value) => value + 1).map(async (value) => Promise.resolve(value * 10));
    expect(await Promise.all(all(later))).toEqual([10, 20]);
  });

  test('has parts, which know their indices', () => {
    const part = new Subset(new Squares(10), [7, 3, 3]);
    expect(all(part).map(([x]) => x)).toEqual([7, 3, 3]);
    expect(part.indices).toEqual([7, 3, 3]);
    const ofPart = new Subset(new Subset(new TensorDataset(arange(10)), [5, 6, 7]), Int32Array.of(2, 0));
    expect(ofPart.get(0)[0].item()).toBe(7);
    const [batch] = ofPart.getBatch!([1, 0]) as [Tensor];
    expect(batch.toArray()).toEqual([5, 7]);
  });

  test('can follow another', () => {
    const three = new ConcatDataset([new Squares(2), new Squares(0), new Squares(3)]);
    expect(all(three).map(([x]) => x)).toEqual([0, 1, 0, 1, 2]);
  });
});

describe('randomSplit', () => {
  const dataset = new Squares(10);
  const indices = (parts: Subset<unknown>[]) => parts.map((part) => part.indices);

  test('deals every sample out once, the same way for the same seed', () => {
    const parts = indices(randomSplit(dataset, [7, 3], { seed: 5 }));
    expect(parts.map((part) => part.length)).toEqual([7, 3]);
    expect(parts.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(indices(randomSplit(dataset, [7, 3], { seed: 5 }))).toEqual(parts);
    expect(indices(randomSplit(dataset, [7, 3], { seed: 6 }))).not.toEqual(parts);
  });

  test('draws from a generator, by default the common one', () => {
    const draw = () => indices(randomSplit(dataset, [5, 5], { generator: new Generator(3) }));
    expect(draw()).toEqual(draw());
    manualSeed(1);
    const first = indices(randomSplit(dataset, [5, 5]));
    expect(indices(randomSplit(dataset, [5, 5]))).not.toEqual(first);
    manualSeed(1);
    expect(indices(randomSplit(dataset, [5, 5]))).toEqual(first);
  });

  test.each([
    [[0.5, 0.5], 10, [5, 5]],
    [[0.9, 0.1], 10, [9, 1]],
    [[0.7, 0.2, 0.1], 10, [7, 2, 1]],
    [[1 / 3, 1 / 3, 1 / 3], 11, [4, 4, 3]],
    [[1], 1, [1]],
    [[1, 0], 4, [4, 0]],
    [[1], 3, [3]],
  ])('%p of %p samples: the rest is dealt out in turn', (parts, length, sizes) => {
    expect(randomSplit(new Squares(length), parts, { seed: 1 }).map((part) => part.length)).toEqual(sizes);
  });
});

describe('samplers', () => {
  const generator = () => new Generator(4);

  test('go in order, or through each once in random order', () => {
    expect(Array.from(new SequentialSampler(4).order())).toEqual([0, 1, 2, 3]);
    const order = Array.from(new RandomSampler(100).order(generator()));
    expect(order).not.toEqual([...order].sort((a, b) => a - b));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, k) => k));
    expect(Array.from(new RandomSampler(100, { count: 10 }).order(generator()))).toEqual(order.slice(0, 10));
  });

  test('draw evenly with replacement', () => {
    const sampler = new RandomSampler(4, { replacement: true, count: 8000 });
    const counts = [0, 0, 0, 0];
    for (const index of Array.from(sampler.order(generator()))) counts[index]!++;
    expect(sampler.length).toBe(8000);
    // Four standard deviations.
    for (const count of counts)
      expect(Math.abs(count - 2000)).toBeLessThan(4 * Math.sqrt(8000 * 0.25 * 0.75));
  });

  test('draw by weight, with and without replacement', () => {
    const weights = [0, 1, 2, 0, 5, 0];
    const sampler = new WeightedRandomSampler(weights, 8000);
    const counts = weights.map(() => 0);
    for (const index of Array.from(sampler.order(generator()))) counts[index]!++;
    weights.forEach((weight, index) => {
      const p = weight / 8;
      expect(Math.abs(counts[index]! - 8000 * p)).toBeLessThanOrEqual(4 * Math.sqrt(8000 * p * (1 - p)));
    });
    const firsts = Array.from({ length: 4000 }, (_, seed) => {
      const order = new WeightedRandomSampler(weights, 3, { replacement: false }).order(new Generator(seed));
      expect(Array.from(order).sort()).toEqual([1, 2, 4]);
      return order[0];
    });
    const share = firsts.filter((index) => index === 4).length / 4000;
    expect(Math.abs(share - 5 / 8)).toBeLessThan(4 * Math.sqrt(((5 / 8) * (3 / 8)) / 4000));
  });
});

describe('collate', () => {
  test('stacks what stands at the same place', () => {
    const samples = [0, 1, 2].map((k) => ({
      image: tensor(
        [
          [k, 2],
          [3, 4],
        ],
        { dtype: 'f64' },
      ),
      label: k,
      known: k > 0,
      name: `sample ${k}`,
      more: [Float64Array.of(k, k), { deep: k / 2 }] as const,
    }));
    const batch = collate(samples);
    expect(batch.image.shape).toEqual([3, 2, 2]);
    expect(batch.image.dtype).toBe('f64');
    expect([batch.label.toArray(), batch.label.dtype]).toEqual([[0, 1, 2], 'f32']);
    expect(batch.known.toArray()).toEqual([false, true, true]);
    expect(batch.name).toEqual(['sample 0', 'sample 1', 'sample 2']);
    expect([batch.more[0].toArray(), batch.more[0].dtype]).toEqual([
      [
        [0, 0],
        [1, 1],
        [2, 2],
      ],
      'f64',
    ]);
    expect(batch.more[1].deep.toArray()).toEqual([0, 0.5, 1]);
  });

  test('takes tensors that are still to be computed', () => {
    expect(collate([tensor([1]).add(1), tensor([3]).mul(2)]).toArray()).toEqual([[2], [6]]);
    expect(collate([tensor(1), tensor(2)]).shape).toEqual([2]);
  });

  test.each<[string, unknown[], string]>([
    ['nothing', [], 'collate: expected an array of at least one sample, not an array'],
    [
      'other shapes',
      [zeros([2]), zeros([3])],
      'collate: the samples differ: f32 [2] and (sample 1) f32 [3]; give collate, or a transform that makes them alike',
    ],
    [
      'other dtypes',
      [[zeros([2])], [zeros([2], { dtype: 'f64' })]],
      'collate: the samples at 0 differ: f32 [2] and (sample 1) f64 [2]',
    ],
    [
      'other kinds',
      [{ x: 1 }, { x: 'a' }],
      'collate: the samples at x are numbers, but sample 1 is the string "a"',
    ],
    ['other keys', [{ x: 1 }, { y: 1 }], 'collate: the samples differ in their parts: x and (sample 1) y'],
    [
      'other lengths',
      [{ x: [1] }, { x: [1, 2] }],
      'collate: the samples at x differ in their parts: 0 and (sample 1) 0, 1',
    ],
    [
      'null',
      [{ x: { y: null } }],
      'collate: samples at x.y are tensors, typed arrays, numbers, booleans, texts, or arrays or records of them, not null',
    ],
    ['other objects', [new Map()], 'not an object of class Map'],
  ])('refuses %s', (_what, samples, message) => {
    expect(() => collate(samples)).toThrow(message);
  });
});

test.each<[string, () => unknown, string]>([
  ['no tensors', () => new TensorDataset(), 'TensorDataset: needs at least one tensor'],
  [
    'no tensor',
    () => new TensorDataset([1] as any),
    'TensorDataset: argument 0 is a tensor with at least one axis, not an array',
  ],
  [
    'a scalar',
    () => new TensorDataset(tensor(1)),
    'TensorDataset: argument 0 is a tensor with at least one axis, not a scalar',
  ],
  [
    'other lengths',
    () => new TensorDataset(zeros([2, 3]), zeros([3])),
    "TensorDataset: the tensors' first axes differ: [2, 3], [3]",
  ],
  [
    'an index outside',
    () => new TensorDataset(zeros([2])).get(2),
    'TensorDataset: an index is a whole number from 0 to 1, not 2',
  ],
  [
    'an index that hides its class',
    () => new TensorDataset(zeros([2])).get(JSON.parse('{ "constructor": null }') as number),
    'TensorDataset: an index is a whole number from 0 to 1, not an object of class null',
  ],
  [
    'an index where there is no sample',
    () => new TensorDataset(zeros([0])).get(0),
    'TensorDataset: there are no samples, so none at index 0',
  ],
  [
    'an index in a batch outside',
    () => new TensorDataset(zeros([2])).getBatch([0, -1]),
    'TensorDataset: an index is a whole number from 0 to 1, not -1',
  ],
  [
    'a part of no dataset',
    () => new Subset([1] as any, [0]),
    'Subset: a dataset is an object with a length and a function get, not an array',
  ],
  [
    'a part outside',
    () => new Subset(new Squares(2), [0, 2]),
    'Subset: an index is a whole number from 0 to 1, not 2',
  ],
  [
    'a part by no indices',
    () => new Subset(new Squares(2), 1 as any),
    'Subset: the indices are an array of whole numbers, not 1',
  ],
  ['no datasets', () => new ConcatDataset([]), 'ConcatDataset: expected an array of at least one dataset'],
  [
    'an index behind all',
    () => new ConcatDataset([new Squares(2)]).get(2),
    'ConcatDataset: an index is a whole number from 0 to 1, not 2',
  ],
  ['no function', () => new Squares(2).map(3 as any), 'map: expected a function of a sample, not 3'],
  [
    'parts that do not add up',
    () => randomSplit(new Squares(3), [1, 1]),
    "randomSplit: the parts add up to the dataset's 3 samples or to 1, not to 2",
  ],
  [
    'parts below zero',
    () => randomSplit(new Squares(3), [4, -1]),
    'randomSplit: the parts are an array of numbers ≥ 0, not [4, -1]',
  ],
  [
    'seed and generator',
    () => randomSplit(new Squares(3), [3], { seed: 1, generator: new Generator(1) }),
    'randomSplit: takes a seed or a generator, not both',
  ],
  [
    'no generator',
    () => randomSplit(new Squares(3), [3], { generator: 1 as any }),
    'randomSplit: generator is a Generator, not 1',
  ],
  [
    'more than there are',
    () => new RandomSampler(3, { count: 4 }),
    'RandomSampler: cannot draw 4 of 3 samples without replacement',
  ],
  [
    'some of nothing',
    () => new RandomSampler(0, { count: 1, replacement: true }),
    'RandomSampler: cannot draw 1 of 0 samples',
  ],
  [
    'a weight below zero',
    () => new WeightedRandomSampler([1, -1], 1),
    'WeightedRandomSampler: weight 1 is a finite number ≥ 0, not -1',
  ],
  [
    'more than have a weight',
    () => new WeightedRandomSampler([1, 0], 2, { replacement: false }),
    'WeightedRandomSampler: cannot draw 2 of 1 samples with a weight above 0',
  ],
  [
    'no weights above zero',
    () => new WeightedRandomSampler([0], 1),
    'WeightedRandomSampler: cannot draw 1 of 0 samples',
  ],
  [
    'a length below zero',
    () => new SequentialSampler(-1),
    'SequentialSampler: length is a whole number ≥ 0, not -1',
  ],
])('%s is an error', (_what, call, message) => {
  expect(call).toThrow(message);
});
