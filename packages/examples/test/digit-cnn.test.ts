import { Generator, ones } from '@windfall/core';
import { BatchNorm2d, Conv2d, Linear, type Sequential } from '@windfall/nn';
import { digitCnn } from '../src/digit-cnn.ts';

const layersOf = (network: Sequential) => network.namedModules().map(([, module]) => module);
const weightsOf = (network: Sequential): unknown[] =>
  layersOf(network)
    .filter((layer) => layer instanceof Conv2d || layer instanceof Linear)
    .map(({ weight }) => weight.data());

test('with or without normalization the same generator gives the same weights, and is left the same', () => {
  const generators = [new Generator(3), new Generator(3)] as const;
  for (const generator of generators) generator.nextKey();
  const normalized = digitCnn(generators[0], { normalize: true });
  const plain = digitCnn(generators[1], { normalize: false });
  expect(weightsOf(normalized)).toEqual(weightsOf(plain));
  expect(generators[0].state).toEqual(generators[1].state);
  const [first, second] = weightsOf(digitCnn(generators[0], { normalize: true }));
  expect(first).not.toEqual(weightsOf(normalized)[0]);
  expect(second).not.toEqual(first);
});

test('convolutions have a bias where no normalization follows', () => {
  for (const normalize of [true, false]) {
    const layers = layersOf(digitCnn(new Generator(3), { normalize }));
    const convolutions = layers.filter((layer) => layer instanceof Conv2d);
    expect(convolutions.map(({ bias }) => bias !== null)).toEqual(convolutions.map(() => !normalize));
    const normalizations = layers.filter((layer) => layer instanceof BatchNorm2d);
    expect(normalizations).toHaveLength(normalize ? convolutions.length : 0);
  }
});

test('images give logits', () => {
  const images = ones([2, 1, 28, 28]);
  expect(digitCnn(new Generator(3), { normalize: true }).forward(images).shape).toEqual([2, 10]);
});
