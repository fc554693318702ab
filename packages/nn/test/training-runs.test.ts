/**
 * @file Fifty steps of two networks with batch normalization, a perceptron and a convolutional one, follow PyTorch's loss
 * curve, compiled or not.
 */
import { compile, type Tensor, tensor } from '@windfall/core';
import {
  Adam,
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  crossEntropy,
  Flatten,
  Linear,
  MaxPool2d,
  type Optimizer,
  ReLU,
  Sequential,
  SGD,
  Sigmoid,
} from '../src/index.ts';
import { distance, expectClose, readFixture, type Stored, type StoredState } from './support/fixtures.ts';

interface TrainingRun {
  losses: number[];
  stateAfter: StoredState;
  evaluation: Stored;
}

const runs: { perceptron: TrainingRun; convolutional: TrainingRun } = readFixture('training-runs');

const dtype = 'f64';

const range = (count: number): number[] => Array.from({ length: count }, (_, k) => k);

/** The formulas of fixtures/training-runs.py. */
const pattern = (count: number, seed: number): number[] =>
  range(count).map((k) => (((7 * k * k + (13 + seed) * k + 5 * seed) % 31) - 15) / 16);
const classes = (count: number, seed: number, total: number): number[] =>
  range(count).map((k) => (k * k + seed * k + Math.floor(seed / 3)) % total);

interface Experiment {
  readonly make: () => Sequential;
  readonly optimize: (net: Sequential) => Optimizer;
  /** Of an input. */
  readonly shape: readonly [examples: number, ...rest: number[]];
  readonly classes: number;
}

const experiments: [name: 'perceptron' | 'convolutional', experiment: Experiment][] = [
  [
    'perceptron',
    {
      make: () =>
        new Sequential(
          new Linear(6, 10, { dtype, bias: false }),
          new BatchNorm1d(10, { dtype }),
          new Sigmoid(),
          new Linear(10, 8, { dtype }),
          new BatchNorm1d(8, { dtype, momentum: null }),
          new ReLU(),
          new Linear(8, 4, { dtype }),
        ),
      optimize: (net) =>
        new SGD(net.parameters(), { learningRate: 0.1, momentum: 0.9, weightDecay: 1e-3, nesterov: true }),
      shape: [16, 6],
      classes: 4,
    },
  ],
  [
    'convolutional',
    {
      make: () =>
        new Sequential(
          new Conv2d(1, 4, 3, { dtype, padding: 1, bias: false }),
          new BatchNorm2d(4, { dtype }),
          new ReLU(),
          new MaxPool2d(2),
          new Conv2d(4, 6, 3, { dtype, bias: false }),
          new BatchNorm2d(6, { dtype, momentum: 0.3, eps: 1e-3 }),
          new ReLU(),
          new Flatten(),
          new Linear(24, 3, { dtype }),
        ),
      optimize: (net) => new Adam(net.parameters(), { learningRate: 0.01 }),
      shape: [6, 1, 8, 8],
      classes: 3,
    },
  ],
];

/** The inputs of a step, and their classes. */
function batchOf({ shape, classes: total }: Experiment, step: number): [Tensor, Tensor] {
  const [examples, ...rest] = shape;
  const size = rest.reduce((product, extent) => product * extent, 1);
  const targets = classes(examples, step, total);
  const means = range(total).map((k) => pattern(size, 100 + k));
  const values = pattern(examples * size, step).map(
    (value, k) => value + means[targets[Math.floor(k / size)]!]![k % size]!,
  );
  return [tensor(values, { shape, dtype }), tensor(targets, { dtype: 'i32' })];
}

describe.each(experiments)('a %s network', (name, experiment) => {
  test.each([false, true])('follows the loss curve of PyTorch, compiled: %p', (compiled) => {
    const net = experiment.make();
    for (const [position, parameter] of net.parameters().entries()) {
      const values = pattern(parameter.size, position).map((value) => value / 2);
      parameter.assign(tensor(values, { shape: parameter.shape, dtype }));
    }
    const optimizer = experiment.optimize(net);
    const train = (x: Tensor, target: Tensor): Tensor => {
      optimizer.zeroGrad();
      const loss = crossEntropy(net.forward(x), target);
      loss.backward();
      optimizer.step();
      return loss;
    };
    const step = compiled ? compile(train) : train;
    const expected = runs[name];
    const losses = expected.losses.map((_, k) => step(...batchOf(experiment, k)).item());
    expect(losses).toHaveLength(50);
    expect(distance(losses, expected.losses)).toBeLessThan(1e-9);
    expect(losses.at(-1)).toBeLessThan(losses[0]! * 0.7);
    const state = net.stateDict();
    expect(Object.keys(state)).toEqual(Object.keys(expected.stateAfter));
    for (const [path, value] of Object.entries(state)) expectClose(value, expected.stateAfter[path]!, 1e-9);
    const [last] = batchOf(experiment, 49);
    expectClose(net.eval().forward(last), expected.evaluation, 1e-9);
  });
});
