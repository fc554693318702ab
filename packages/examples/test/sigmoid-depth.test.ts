import { Generator, tensor } from '@windfall/core';
import { crossEntropy, Linear } from '@windfall/nn';
import { DigitNetwork, drawWeights, hiddenLayers } from '../src/digit-network.ts';
import { claimsFrom } from '../src/experiments/sigmoid-depth/claims.ts';
import {
  depths,
  gradientNorms,
  rates,
  type Run,
  weightsNames,
} from '../src/experiments/sigmoid-depth/trials.ts';
import type { Batch } from '../src/digits.ts';

const batch: Batch = [
  tensor(
    Float32Array.from({ length: 8 * 784 }, (_, k) => (Math.imul(k + 1, 0x9e3779b1) >>> 16) & 1),
    { shape: [8, 784] },
  ),
  tensor(Int32Array.from({ length: 8 }, (_, k) => k)),
];

const networkOf = (depth: number, normalize: boolean): DigitNetwork =>
  new DigitNetwork(drawWeights(new Generator(1), { hidden: hiddenLayers(depth), deviation: 0.1 }), {
    normalize,
  });

test('gradient norms are those that a step would see, from the first layer to the last', () => {
  const network = networkOf(3, true);
  const norms = gradientNorms(network, batch);
  crossEntropy(network.forward(batch[0]), batch[1]).backward();
  const layers = network.namedModules().flatMap(([, module]) => (module instanceof Linear ? [module] : []));
  expect(norms).toHaveLength(layers.length);
  for (const [k, { weight }] of layers.entries())
    expect(norms[k]! / Math.sqrt(weight.grad!.square().sum().item())).toBeCloseTo(1, 4);
}, 60_000);

test('without normalization gradients fade on their way through sigmoids, also below what float32 can square', () => {
  const plain = gradientNorms(networkOf(10, false), batch);
  const normalized = gradientNorms(networkOf(10, true), batch);
  expect(plain[0]! / plain.at(-1)!).toBeLessThan(1e-3 * (normalized[0]! / normalized.at(-1)!));
  for (const norm of plain) expect(norm).toBeGreaterThan(0);
}, 60_000);

/** Runs that all end at some accuracy, and begin with gradients that grow by a factor towards the last layer. */
function runsOf(of: (normalize: boolean) => { accuracy: number; growth: number }): Run[] {
  return [1, 2].flatMap((seed) =>
    depths.flatMap((depth) =>
      weightsNames.flatMap((weights) =>
        rates.flatMap((rate) =>
          [false, true].map((normalize) => {
            const { accuracy, growth } = of(normalize);
            const gradients = Array.from({ length: depth + 1 }, (_, layer) => growth ** layer);
            return {
              ...{ seed, depth, weights, rate, normalize, loss: 1, gradients },
              looks: [{ step: 1, accuracy }],
            };
          }),
        ),
      ),
    ),
  );
}

const verdicts = (runs: readonly Run[]): string[] => claimsFrom(runs).map(({ verdict }) => verdict);

test('the claims hold where only BN trains and only its gradients keep their size, and not where it changes nothing', () => {
  const claimed = runsOf((normalize) =>
    normalize ? { accuracy: 0.95, growth: 1.1 } : { accuracy: 0.1, growth: 4 },
  );
  expect(verdicts(claimed)).toEqual(['holds', 'holds']);
  expect(verdicts(runsOf(() => ({ accuracy: 0.5, growth: 2 })))).toEqual(['does not hold', 'does not hold']);
  const half = runsOf((normalize) => ({ accuracy: 0.95, growth: normalize ? 2 : 4 }));
  expect(verdicts(half)).toEqual(['holds in part', 'holds in part']);
});
