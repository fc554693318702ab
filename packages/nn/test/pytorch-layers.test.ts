/**
 * @file Layers give PyTorch's values, gradients and running statistics.
 */
import { gradient } from '@windfall/core';
import { BatchNorm1d, BatchNorm2d, Conv2d, Linear, MaxPool2d, type Module } from '../src/index.ts';
import { expectClose, load, loadState, readFixture, type StoredState } from './support/fixtures.ts';
import { expectPass, type Pass } from './support/passes.ts';

interface LayerCase {
  layer: 'Linear' | 'Conv2d' | 'BatchNorm1d' | 'BatchNorm2d' | 'MaxPool2d';
  arguments: any[];
  options: object;
  stateBefore: StoredState;
  passes: Pass[];
  stateAfter: StoredState;
}

const dtype = 'f64';

const make: Record<LayerCase['layer'], (given: LayerCase) => Module> = {
  Linear: ({ arguments: [inputs, outputs], options }) => new Linear(inputs, outputs, { dtype, ...options }),
  Conv2d: ({ arguments: [inputs, outputs, size], options }) =>
    new Conv2d(inputs, outputs, size, { dtype, ...options }),
  BatchNorm1d: ({ arguments: [features], options }) => new BatchNorm1d(features, { dtype, ...options }),
  BatchNorm2d: ({ arguments: [features], options }) => new BatchNorm2d(features, { dtype, ...options }),
  MaxPool2d: ({ arguments: [size], options }) => new MaxPool2d(size, options),
};

const cases = (readFixture('layers') as LayerCase[]).map((given) => {
  const name = `${given.layer}(${JSON.stringify(given.arguments)}, ${JSON.stringify(given.options)})`;
  return [name, given] as const;
});

describe.each(cases)('%s', (_name, given) => {
  const module = make[given.layer](given);

  test('has the names of PyTorch in its order', () => {
    expect(Object.keys(module.stateDict())).toEqual(Object.keys(given.stateBefore));
    module.loadStateDict(loadState(given.stateBefore));
  });

  test.each(given.passes.map((pass, position) => [position, pass] as const))(
    'pass %i: value and gradients are those of PyTorch',
    (_position, pass) => {
      const { x, y } = expectPass(module, pass);
      const [again] = gradient(y, [x], { cotangent: load(pass.cotangent) });
      expectClose(again, pass.inputGradient);
    },
  );

  test('ends in the state of PyTorch', () => {
    for (const [name, value] of Object.entries(module.stateDict()))
      expectClose(value, given.stateAfter[name]!);
  });
});
