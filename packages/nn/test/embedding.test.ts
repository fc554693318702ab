/**
 * @file What an embedding holds at first, which of its rows learn, and which numbers it refuses.
 */
import { compile, defaultGenerator, Generator, iota, type Tensor, tensor } from '@windfall/core';
import { Embedding, functional, SGD } from '../src/index.ts';
import { expectDistribution, normally } from './support/distribution.ts';

const numbers = (...values: number[]): Tensor => tensor(values, { dtype: 'i32' });

test('a fresh one is normally distributed, and zero in the padding row', () => {
  for (const dtype of ['f32', 'f64'] as const) {
    const { weight } = new Embedding(40, 50, { dtype, generator: new Generator(1), paddingIndex: -1 });
    expect(weight.dtype).toBe(dtype);
    const values = Array.from(weight.data());
    expectDistribution(values.slice(0, -50), normally(0, 1));
    expect(values.slice(-50)).toEqual(new Array(50).fill(0));
  }
});

test('a negative padding index counts from the end', () => {
  expect(new Embedding(5, 2, { paddingIndex: -2 }).paddingIndex).toBe(3);
  expect(String(new Embedding(5, 2, { paddingIndex: -2 }))).toBe('Embedding(5, 2, paddingIndex=3)');
});

test('training moves the rows that were looked up, but not the padding row', () => {
  const table = new Embedding(4, 2, { paddingIndex: 1 });
  const optimizer = new SGD(table.parameters(), { learningRate: 0.1 });
  const before = table.weight.toArray<number[][]>();
  table
    .forward(numbers(0, 1, 3, 3))
    .square()
    .sum()
    .backward();
  optimizer.step();
  const moved = table.weight.toArray<number[][]>().map((row, k) => row[0] !== before[k]![0]);
  expect(moved).toEqual([true, false, false, true]);
});

test('a table of one’s own is frozen unless told otherwise, and moves no global generator', () => {
  const values = tensor([
    [1, 2],
    [3, 4],
  ]);
  const { draws } = defaultGenerator.state;
  const frozen = Embedding.fromPretrained(values);
  expect(frozen.weight.requiresGrad).toBe(false);
  expect(frozen.forward(numbers(1, 0)).toArray()).toEqual([
    [3, 4],
    [1, 2],
  ]);
  const learned = Embedding.fromPretrained(values.cast('f64'), { freeze: false, paddingIndex: 0 });
  expect([learned.weight.requiresGrad, learned.weight.dtype, learned.paddingIndex]).toEqual([true, 'f64', 0]);
  expect(defaultGenerator.state.draws).toBe(draws);
});

test('a number outside the table is an error, at once where it is at hand, else when it is computed', () => {
  const table = new Embedding(3, 2);
  expect(() => table.forward(numbers(0, 3))).toThrow('Embedding: index 3 is out of range');
  expect(() => table.forward(numbers(-1))).toThrow('Embedding: index -1 is out of range');
  const computed = table.forward(iota([4]));
  expect(() => computed.data()).toThrow('index 3 is out of range');
  const lookUp = compile((index: Tensor) => table.forward(index));
  expect(() => lookUp(numbers(5)).data()).toThrow('index 5 is out of range');
});

const refusals: [message: string, call: () => unknown][] = [
  ['Embedding: numEmbeddings is a whole number ≥ 1, not 0', () => new Embedding(0, 2)],
  ['Embedding: embeddingDim is a whole number ≥ 1, not 1.5', () => new Embedding(2, 1.5)],
  [
    'Embedding: paddingIndex is a row of the 2, or null, not 2',
    () => new Embedding(2, 2, { paddingIndex: 2 }),
  ],
  [
    'Embedding: paddingIndex is a row of the 2, or null, not -3',
    () => new Embedding(2, 2, { paddingIndex: -3 }),
  ],
  ['Embedding: generator is a Generator, not 5', () => new Embedding(2, 2, { generator: 5 as any })],
  ["Embedding: has no option 'maxNorm'", () => new Embedding(2, 2, { maxNorm: 1 } as any)],
  ['Embedding: needs an i32 index, not f32', () => new Embedding(2, 2).forward(tensor([1]))],
  ['Embedding: the input is a tensor, not 1', () => new Embedding(2, 2).forward(1 as any)],
  [
    'Embedding.fromPretrained: the table is [numEmbeddings, embeddingDim], not [2]',
    () => Embedding.fromPretrained(tensor([1, 2])),
  ],
  ['Embedding.fromPretrained: the table is f32 or f64, not i32', () => Embedding.fromPretrained(numbers(1))],
  ['embedding: the weight is [rows, columns], not [1]', () => functional.embedding(numbers(0), tensor([1]))],
  ['embedding: needs an i32 index, not f32', () => functional.embedding(tensor([0]), tensor([[1]]))],
];

test.each(refusals)('%s', (message, call) => {
  expect(call).toThrow(message);
});
