import { Generator, uniform } from '@windfall/core';
import { BatchNorm1d } from '@windfall/nn';
import { logitNoise } from '../src/logit-noise.ts';
import { DigitDataset, pixels } from '../src/digits.ts';
import { hiddenUnits, perceptron, type PerceptronOptions } from '../src/perceptron.ts';

const count = 200;
const digits = new DigitDataset(
  {
    count,
    ink: Uint8Array.from(
      uniform([count * pixels], { high: 2, generator: new Generator(1) }).data(),
      Math.floor,
    ),
    labels: new Uint8Array(count),
  },
  'f32',
);

function noise(batchSize: number, options: Omit<PerceptronOptions, 'generator'>) {
  const network = perceptron({ ...options, generator: new Generator(2) });
  return logitNoise(network, digits, { batchSize, watched: 8, draws: 12, generator: new Generator(3) });
}
const normalization = () => new BatchNorm1d(hiddenUnits);

test('without normalization and dropout an example always has the same logits', () => {
  expect(noise(8, { normalization: null })).toEqual({ batchSize: 8, deviation: 0, relative: 0, changed: 0 });
});

test('with batch normalization they depend on the batch, the less the larger it is: as 1/√m', () => {
  const [small, large] = [noise(8, { normalization }), noise(128, { normalization })];
  expect(small.deviation / large.deviation).toBeGreaterThan(2.5);
  expect(small.deviation / large.deviation).toBeLessThan(6.5);
  expect(small.relative).toBeGreaterThan(large.relative);
  expect(small.changed).toBeGreaterThan(0);
});

test('with dropout they do not depend on the size of the batch', () => {
  const [small, large] = [8, 128].map((size) => noise(size, { normalization: null, dropout: 0.5 }).deviation);
  expect(small! / large!).toBeGreaterThan(0.7);
  expect(small! / large!).toBeLessThan(1.4);
});
