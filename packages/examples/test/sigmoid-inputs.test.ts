import { Generator, tensor, uniform } from '@windfall/core';
import { DigitNetwork, drawWeights } from '../src/digit-network.ts';
import { driftBetween, sigmoidInputs, unitDistributions } from '../src/sigmoid-inputs.ts';

test.each([false, true])('each layer’s inputs come from those before, normalized: %s', (normalize) => {
  const weights = drawWeights(new Generator(1), { deviation: 0.1, dtype: 'f64' });
  const network = new DigitNetwork(weights, { normalize });
  const images = uniform([5, 784], { dtype: 'f64', generator: new Generator(2) });
  const inputs = sigmoidInputs(network, images);
  expect(inputs.map(({ shape }) => shape)).toEqual([
    [5, 100],
    [5, 100],
    [5, 100],
  ]);
  // With the statistics of inference, to which the look has done nothing.
  network.eval();
  let x = images;
  for (const [k, layer] of [...network.hidden].entries()) {
    const before = layer.forward(x);
    expect(inputs[k]!.data()).toEqual(before.data());
    x = before.sigmoid();
  }
});

test('distributions are those of the columns', () => {
  const units = unitDistributions(
    tensor([
      [1, 0],
      [2, 0],
      [6, 0],
    ]),
  );
  expect(units[0]!.mean).toBe(3);
  expect(units[0]!.deviation).toBeCloseTo(Math.sqrt(14 / 3), 12);
  expect(units[0]!.percentiles[1]).toBe(2);
  expect(units[1]).toEqual({ mean: 0, deviation: 0, percentiles: [0, 0, 0] });
});

test('drift is the average change of mean and deviation, in deviations', () => {
  const unit = (mean: number, deviation: number) => ({ mean, deviation, percentiles: [0, 0, 0] as const });
  const drift = driftBetween([unit(0, 1), unit(5, 2)], [unit(-1, 1), unit(8, 1)]);
  expect(drift).toEqual({ mean: (1 + 1.5) / 2, deviation: (0 + 0.5) / 2 });
});
