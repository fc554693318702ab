import { Generator, tensor, type Tensor, zeros } from '@windfall/core';
import { BatchNorm1d, Linear, ReLU, Sigmoid } from '@windfall/nn';
import { ReadingNetwork, drawWeights } from '../src/training/network.ts';

const drawn = (hidden: readonly number[]): Tensor[] =>
  drawWeights(new Generator(1), { hidden, deviation: 0.1 });
const weights = drawn([100, 100, 100]);
const networkOf = (normalize: boolean): ReadingNetwork =>
  new ReadingNetwork(weights, { activation: new Sigmoid(), normalize });
const kinds = (network: ReadingNetwork): unknown[][] =>
  [...network.hidden].map((layer) => layer.children().map((part) => part.constructor));
const linearLayers = (network: ReadingNetwork): Linear[] =>
  network.namedModules().flatMap(([, module]) => (module instanceof Linear ? [module] : []));

test('weights are drawn with the given deviation', () => {
  const values = weights.flatMap((weight) => [...weight.data()]);
  expect(values).toHaveLength(784 * 100 + 2 * 100 * 100 + 100 * 10);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  expect(Math.abs(mean)).toBeLessThan(0.001);
  expect(deviation).toBeCloseTo(0.1, 3);
});

test('layers with the same place and shape are drawn alike, whatever the others are', () => {
  const [first, second, third, last] = drawn([100, 100, 20]);
  expect([first!.data(), second!.data()]).toEqual([weights[0]!.data(), weights[1]!.data()]);
  expect([third!.shape, last!.shape]).toEqual([
    [20, 100],
    [10, 20],
  ]);
});

test('the normalization stands before every activation', () => {
  expect(kinds(networkOf(false))).toEqual([[Linear], [Linear], [Linear]]);
  expect(kinds(networkOf(true))).toEqual([
    [Linear, BatchNorm1d],
    [Linear, BatchNorm1d],
    [Linear, BatchNorm1d],
  ]);
});

test('both networks start from the same weights; biases are zeros, and there is none before a normalization', () => {
  const plain = linearLayers(networkOf(false));
  const normalized = linearLayers(networkOf(true));
  for (const [layer, weight] of weights.entries()) {
    expect(plain[layer]!.weight.data()).toEqual(weight.data());
    expect(normalized[layer]!.weight.data()).toEqual(weight.data());
  }
  expect(plain.map(({ bias }) => bias?.data().every((value) => value === 0))).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(normalized.map(({ bias }) => bias === null)).toEqual([true, true, true, false]);
});

test('learning does not change the weights that another network starts from', () => {
  const before = weights[3]!.data();
  const [layer] = linearLayers(networkOf(false)).slice(-1);
  layer!.weight.assign(zeros([10, 100]));
  expect(weights[3]!.data()).toEqual(before);
});

test('a reading shows what each activation is fed; the last one leads to the logits', () => {
  const network = new ReadingNetwork(drawn([20, 30]), { activation: new ReLU(), normalize: true }).eval();
  const images = tensor(
    Float32Array.from({ length: 2 * 784 }, (_, i) => i % 2),
    { shape: [2, 784] },
  );
  const { logits, activationInputs } = network.read(images);
  expect(activationInputs.map(({ shape }) => shape)).toEqual([
    [2, 20],
    [2, 30],
  ]);
  expect(network.output.forward(activationInputs[1]!.relu()).toArray()).toEqual(logits.toArray());
  expect(network.forward(images).toArray()).toEqual(logits.toArray());
});
