import { Generator, tensor, type Tensor, zeros } from '@windfall/core';
import { BatchNorm1d, Linear, ReLU } from '@windfall/nn';
import { DigitNetwork, drawWeights, hiddenLayers } from '../src/digit-network.ts';

const drawn = (hidden?: readonly number[]): Tensor[] =>
  drawWeights(new Generator(1), { ...(hidden && { hidden }), deviation: 0.1 });
const weights = drawn();
const kinds = (network: DigitNetwork): unknown[][] =>
  [...network.hidden].map((layer) => layer.children().map((part) => part.constructor));
const linearLayers = (network: DigitNetwork): Linear[] =>
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

test('there are as many hidden layers as asked for, each as wide as its inputs and outputs say', () => {
  const asked: [number, number][] = [];
  const deviation = (inputs: number, outputs: number): number => {
    asked.push([inputs, outputs]);
    return 1;
  };
  const deep = drawWeights(new Generator(1), { hidden: hiddenLayers(5), deviation });
  expect(asked).toEqual([[784, 100], ...Array.from({ length: 4 }, () => [100, 100]), [100, 10]]);
  const layers = linearLayers(new DigitNetwork(deep, { normalize: true }));
  expect(layers.map(({ weight }) => weight.shape)).toEqual(
    asked.map(([inputs, outputs]) => [outputs, inputs]),
  );
});

test('the normalization stands before every activation', () => {
  expect(kinds(new DigitNetwork(weights, { normalize: false }))).toEqual([[Linear], [Linear], [Linear]]);
  expect(kinds(new DigitNetwork(weights, { normalize: true }))).toEqual([
    [Linear, BatchNorm1d],
    [Linear, BatchNorm1d],
    [Linear, BatchNorm1d],
  ]);
});

test('both networks start from the same weights; biases are zeros, and there is none before a normalization', () => {
  const plain = linearLayers(new DigitNetwork(weights, { normalize: false }));
  const normalized = linearLayers(new DigitNetwork(weights, { normalize: true }));
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
  const [layer] = linearLayers(new DigitNetwork(weights, { normalize: false })).slice(-1);
  layer!.weight.assign(zeros([10, 100]));
  expect(weights[3]!.data()).toEqual(before);
});

test.each([
  ['sigmoids unless others are asked for', {}, (x: Tensor) => x.sigmoid()],
  ['rectifiers', { activation: new ReLU() }, (x: Tensor) => x.relu()],
])('a reading shows what the %s are fed; the last one leads to the logits', (_, options, activation) => {
  const network = new DigitNetwork(drawn([20, 30]), { ...options, normalize: true }).eval();
  const images = tensor(
    Float32Array.from({ length: 2 * 784 }, (_, i) => i % 2),
    { shape: [2, 784] },
  );
  const { logits, activationInputs } = network.read(images);
  expect(activationInputs.map(({ shape }) => shape)).toEqual([
    [2, 20],
    [2, 30],
  ]);
  const [first, second] = network.hidden;
  expect(activationInputs[0]!.toArray()).toEqual(first!.forward(images).toArray());
  expect(activationInputs[1]!.toArray()).toEqual(second!.forward(activation(activationInputs[0]!)).toArray());
  expect(logits.toArray()).toEqual(network.output.forward(activation(activationInputs[1]!)).toArray());
  expect(network.forward(images).toArray()).toEqual(logits.toArray());
});
