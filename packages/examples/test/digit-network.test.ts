import { Generator, tensor, zeros } from '@windfall/core';
import { BatchNorm1d, Linear, Sigmoid } from '@windfall/nn';
import { DigitNetwork, drawWeights } from '../src/digit-network.ts';

const weights = drawWeights(new Generator(1), { deviation: 0.1, dtype: 'f32' });
const kinds = (network: DigitNetwork): unknown[] =>
  [...network.body.children(), ...network.head.children()].map((layer) => layer.constructor);
const linearLayers = (network: DigitNetwork): Linear[] =>
  network.namedModules().flatMap(([, module]) => (module instanceof Linear ? [module] : []));

test('weights are drawn with the given deviation', () => {
  const values = [...weights.hidden, weights.last].flatMap((weight) => [...weight.data()]);
  expect(values).toHaveLength(784 * 100 + 2 * 100 * 100 + 100 * 10);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  expect(Math.abs(mean)).toBeLessThan(0.001);
  expect(deviation).toBeCloseTo(0.1, 3);
});

test('there are as many hidden layers as asked for, each as wide as its inputs and outputs say', () => {
  const asked: [number, number][] = [];
  const deviation = (inputs: number, outputs: number): number => {
    asked.push([inputs, outputs]);
    return 1;
  };
  const deep = drawWeights(new Generator(1), { deviation, dtype: 'f32', depth: 5 });
  expect(asked).toEqual([[784, 100], ...Array.from({ length: 4 }, () => [100, 100]), [100, 10]]);
  const layers = linearLayers(new DigitNetwork(deep, { normalize: true }));
  expect(layers.map(({ weight }) => weight.shape)).toEqual(
    asked.map(([inputs, outputs]) => [outputs, inputs]),
  );
});

test('the normalization stands before every sigmoid', () => {
  expect(kinds(new DigitNetwork(weights, { normalize: false }))).toEqual([
    ...[Linear, Sigmoid, Linear, Sigmoid, Linear, Sigmoid],
    Linear,
  ]);
  expect(kinds(new DigitNetwork(weights, { normalize: true }))).toEqual([
    ...[Linear, BatchNorm1d, Sigmoid, Linear, BatchNorm1d, Sigmoid, Linear, BatchNorm1d, Sigmoid],
    Linear,
  ]);
});

test('both networks start from the same weights; biases are zeros, and there is none before a normalization', () => {
  const plain = linearLayers(new DigitNetwork(weights, { normalize: false }));
  const normalized = linearLayers(new DigitNetwork(weights, { normalize: true }));
  for (const [layer, weight] of [...weights.hidden, weights.last].entries()) {
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
  const before = weights.last.data();
  const [layer] = linearLayers(new DigitNetwork(weights, { normalize: false })).slice(-1);
  layer!.weight.assign(zeros([10, 100]));
  expect(weights.last.data()).toEqual(before);
});

test('forward is head after body', () => {
  const network = new DigitNetwork(weights, { normalize: true }).eval();
  const images = tensor(
    Float32Array.from({ length: 2 * 784 }, (_, i) => i % 2),
    { shape: [2, 784] },
  );
  const inputs = network.body.forward(images);
  expect(inputs.shape).toEqual([2, 100]);
  expect(network.forward(images).toArray()).toEqual(network.head.forward(inputs).toArray());
});
