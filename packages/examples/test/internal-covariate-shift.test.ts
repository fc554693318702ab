import { Generator, type Tensor, tensor, uniform } from '@windfall/core';
import { BatchNorm1d, crossEntropy, Linear, Sequential, SGD, Sigmoid } from '@windfall/nn';
import { CovariateShiftMeter, type LayerParameters } from '../src/internal-covariate-shift.ts';
import type { Batch } from '../src/digits.ts';

const learningRate = 0.7;

interface Net {
  readonly network: Sequential;
  readonly layers: readonly LayerParameters[];
}

function makeNet(): Net {
  const options = { dtype: 'f64', generator: new Generator(5) } as const;
  const [first, second, third] = [
    new Linear(4, 3, { ...options, bias: false }),
    new Linear(3, 3, options),
    new Linear(3, 2, options),
  ] as const;
  const norm = new BatchNorm1d(3, { dtype: 'f64', trackRunningStats: false });
  return {
    network: new Sequential(first, norm, new Sigmoid(), second, new Sigmoid(), third),
    layers: [
      { weight: first.weight, all: [...first.parameters(), ...norm.parameters()] },
      { weight: second.weight, all: second.parameters() },
      { weight: third.weight, all: third.parameters() },
    ],
  };
}

const batch: Batch = [
  uniform([8, 4], { dtype: 'f64', generator: new Generator(6), low: -1, high: 1 }),
  tensor(Int32Array.from({ length: 8 }, (_, k) => k % 2)),
];

/** The gradient of a layer's weights by backward, after some layers have made a step by an optimizer. */
function slopeAfter(updated: readonly number[], layer: number): number[] {
  const { network, layers } = makeNet();
  const backward = (): void => {
    network.zeroGrad();
    crossEntropy(network.forward(batch[0]), batch[1]).backward();
  };
  backward();
  const moved = updated.flatMap((k) => layers[k]!.all);
  if (moved.length > 0) new SGD(moved, { learningRate }).step();
  backward();
  return [...(layers[layer]!.weight.grad as Tensor).data()];
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, k) => sum + value * b[k]!, 0);

test('a layer’s gradient is compared with that after a step of the layers before it, and no others', () => {
  const { network, layers } = makeNet();
  const shifts = new CovariateShiftMeter(network, layers).measure(batch, { learningRate });
  expect(shifts).toHaveLength(2);
  shifts.forEach(({ distance, relative, cosine }, k) => {
    const before = slopeAfter([], k + 1);
    const after = slopeAfter(k === 0 ? [0] : [0, 1], k + 1);
    const change = after.map((value, i) => value - before[i]!);
    expect(distance).toBeGreaterThan(1e-6);
    expect(distance).toBeCloseTo(Math.sqrt(dot(change, change)), 12);
    expect(relative).toBeCloseTo(Math.sqrt(dot(change, change) / dot(before, before)), 12);
    expect(cosine).toBeCloseTo(dot(before, after) / Math.sqrt(dot(before, before) * dot(after, after)), 12);
  });
});

test('without a step there is no shift, and the parameters are put back in any case', () => {
  const { network, layers } = makeNet();
  const values = (): number[] => network.parameters().flatMap((parameter) => [...parameter.data()]);
  const before = values();
  const meter = new CovariateShiftMeter(network, layers);
  for (const { distance, cosine } of meter.measure(batch, { learningRate: 0 })) {
    expect(distance).toBe(0);
    expect(cosine).toBeCloseTo(1, 12);
  }
  meter.measure(batch, { learningRate });
  expect(values()).toEqual(before);
});
