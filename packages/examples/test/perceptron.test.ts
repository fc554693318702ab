import { Generator, normal } from '@windfall/core';
import { BatchNorm1d, Dropout, Linear, type Sequential } from '@windfall/nn';
import { hiddenUnits, perceptron } from '../src/perceptron.ts';

const seeded = (): Generator => new Generator(3);
const normalization = () => new BatchNorm1d(hiddenUnits);
const linearsOf = (network: Sequential): Linear[] =>
  network.children().filter((layer) => layer instanceof Linear);

test('networks from the same seed start from the same weights, with and without normalization and dropout', () => {
  const plain = perceptron({ normalization: null, generator: seeded() });
  const other = perceptron({ normalization, dropout: 0.5, generator: seeded() });
  const weights = linearsOf(plain).map(({ weight }) => [...weight.data()]);
  expect(weights).toHaveLength(4);
  expect(linearsOf(other).map(({ weight }) => [...weight.data()])).toEqual(weights);
});

test('layers that are normalized have no bias, and all biases start from 0', () => {
  const biases = (network: Sequential) => linearsOf(network).map(({ bias }) => bias && [...bias.data()]);
  const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);
  expect(biases(perceptron({ normalization, generator: seeded() }))).toEqual([null, null, null, zeros(10)]);
  expect(biases(perceptron({ normalization: null, generator: seeded() }))).toEqual([
    ...[zeros(100), zeros(100), zeros(100)],
    zeros(10),
  ]);
});

test('each hidden layer is normalized before its rectifiers, and dropped from behind them', () => {
  const kinds = perceptron({ normalization, dropout: 0.5, generator: seeded() })
    .children()
    .map((layer) => layer.constructor.name);
  const hidden = ['Linear', 'BatchNorm1d', 'ReLU', 'Dropout'];
  expect(kinds).toEqual([...hidden, ...hidden, ...hidden, 'Linear']);
});

test('the variance of activations stays of the same order through the layers', () => {
  const network = perceptron({ normalization: null, generator: seeded() });
  const logits = network.forward(normal([200, 784], { generator: new Generator(4) }));
  const deviation = logits.std().item();
  expect(deviation).toBeGreaterThan(0.7);
  expect(deviation).toBeLessThan(2.8);
  expect(network.children().some((layer) => layer instanceof Dropout)).toBe(false);
});
