/**
 * @file Whole training runs: PyTorch's loss curve, and memory that stays bounded.
 */
import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import { Generator, normal } from '@windfall/core';
import { BatchNorm1d, crossEntropy, Linear, mseLoss, Sequential, SGD, Sigmoid, Tanh } from '../src/index.ts';
import {
  distance,
  expectClose,
  load,
  loadState,
  readFixture,
  type Stored,
  type StoredState,
} from './support/fixtures.ts';

interface TrainingRun {
  stateBefore: StoredState;
  inputs: Stored[];
  targets: Stored[];
  losses: number[];
  stateAfter: StoredState;
  evaluation: Stored;
}

test('a perceptron with batch normalization follows the loss curve of PyTorch', () => {
  const run: TrainingRun = readFixture('training');
  const dtype = 'f64';
  const net = new Sequential(
    new Linear(2, 8, { dtype, bias: false }),
    new BatchNorm1d(8, { dtype }),
    new Sigmoid(),
    new Linear(8, 6, { dtype }),
    new BatchNorm1d(6, { dtype }),
    new Tanh(),
    new Linear(6, 3, { dtype }),
  );
  net.loadStateDict(loadState(run.stateBefore));
  const optimizer = new SGD(net.parameters(), { learningRate: 0.5, momentum: 0.9, weightDecay: 1e-3 });
  const losses = run.inputs.map((input, step) => {
    optimizer.zeroGrad();
    const loss = crossEntropy(net.forward(load(input)), load(run.targets[step]!, 'i32'));
    loss.backward();
    optimizer.step();
    return loss.item();
  });
  expect(distance(losses, run.losses)).toBeLessThan(1e-9);
  expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
  const state = net.stateDict();
  expect(Object.keys(state)).toEqual(Object.keys(run.stateAfter));
  for (const [name, value] of Object.entries(state)) expectClose(value, run.stateAfter[name]!, 1e-9);
  expectClose(net.eval().forward(load(run.inputs[0]!)), run.evaluation, 1e-9);
});

test('5,000 synchronous steps more need no more memory', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const generator = new Generator(3);
  const net = new Sequential(
    new Linear(4, 8, { generator }),
    new BatchNorm1d(8),
    new Tanh(),
    new Linear(8, 1, { generator }),
  );
  const optimizer = new SGD(net.parameters(), { learningRate: 0.01, momentum: 0.9 });
  const train = (steps: number): number => {
    for (let step = 0; step < steps; step++) {
      const x = normal([16, 4], { generator });
      optimizer.zeroGrad();
      mseLoss(net.forward(x), x.sum(1, { keepDims: true })).backward();
      optimizer.step();
    }
    // Array buffers that one collection found dead are freed at the latest by the next.
    collect();
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  // Until all code is compiled and all its caches are full, the heap grows by some 3 MB. The engine compiles the last of
  // it when it likes, which takes a megabyte or two once, while a leak grows in every 2,500 steps.
  const alive = [train(2500), train(2500), train(2500)];
  const growth = Math.min(alive[1]! - alive[0]!, alive[2]! - alive[1]!);
  // One step's graph is some 100 kB: a leak of a hundredth of it per step would be 2.5 MB.
  expect(growth).toBeLessThan(1e6);
}, 60_000);
