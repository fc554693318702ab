import { compile, evaluate, Generator, normal, type Tensor } from '@windfall/core';
import { BatchNorm1d, Linear, Sequential } from '@windfall/nn';
import { FollowedStatistics } from '../src/followed-statistics.ts';

const momenta = [0.5, 0.1, null] as const;
const networkAt = (momentum: number | null): Sequential =>
  new Sequential(new Linear(3, 4, { generator: new Generator(1) }), new BatchNorm1d(4, { momentum }));
const statisticsOf = (network: Sequential): number[] => {
  const { runningMean, runningVar } = network.children()[1] as BatchNorm1d;
  return [...runningMean!.data(), ...runningVar!.data()] as number[];
};

test('the statistics followed at a momentum are those of a layer with that momentum', () => {
  const generator = new Generator(2);
  const batches = Array.from({ length: 6 }, (_, k) => normal([5, 3], { mean: k, generator }));
  const network = networkAt(0.1);
  const followed = new FollowedStatistics(network, momenta);
  const step = compile((x: Tensor) => {
    const y = network.forward(x);
    followed.follow();
    return y;
  });
  for (const batch of batches) evaluate([step(batch)]);
  for (const momentum of momenta) {
    const alone = networkAt(momentum);
    for (const batch of batches) evaluate([alone.forward(batch)]);
    followed.use(momentum);
    const expected = statisticsOf(alone);
    for (const [k, value] of statisticsOf(network).entries()) expect(value).toBeCloseTo(expected[k]!, 4);
  }
});

test('using some does not change them', () => {
  const network = networkAt(0.1);
  const followed = new FollowedStatistics(network, momenta);
  evaluate([network.forward(normal([5, 3], { generator: new Generator(3) }))]);
  followed.follow();
  followed.use(0.5);
  const first = statisticsOf(network);
  followed.use(null);
  expect(statisticsOf(network)).not.toEqual(first);
  followed.use(0.5);
  expect(statisticsOf(network)).toEqual(first);
});
