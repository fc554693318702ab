/**
 * @file Batch normalization as a function, which changes nothing that it is given.
 */
import { evaluate, gradient, normal, zeros } from '@windfall/core';
import { batchNorm, BatchNorm1d } from '../src/index.ts';
import { randomize } from './support/batch-norm.ts';
import { expectClose } from './support/fixtures.ts';

const dtype = 'f64';
const double = { dtype } as const;

describe('batchNorm, the function', () => {
  const x = normal([6, 3], { dtype, mean: 4 });

  test('returns new statistics, and leaves those given as they are', () => {
    const norm = randomize(new BatchNorm1d(3, { dtype, momentum: 0.3, eps: 1e-3 }));
    const { runningMean, runningVar, numBatchesTracked, weight, bias } = norm;
    const before = norm.stateDict();
    const statistics = { runningMean, runningVar, numBatchesTracked };
    const options = { ...statistics, weight, bias, momentum: 0.3, eps: 1e-3 };
    const result = batchNorm(x, { ...options, training: true });
    // In one program, as those of the layer: alone, each may be rounded otherwise.
    evaluate([result.output, result.runningMean!, result.runningVar!]);
    for (const [name, value] of Object.entries(norm.stateDict())) expectClose(value, before[name]!, 0);
    expectClose(result.output, norm.forward(x), 0);
    expectClose(result.runningMean, norm.runningMean!, 0);
    expectClose(result.runningVar, norm.runningVar!, 0);
    expect(result.numBatchesTracked!.item()).toBe(1);
    const evaluated = batchNorm(x, options);
    expectClose(evaluated.output, norm.eval().forward(x), 0);
    expectClose(evaluated.runningMean, runningMean!, 0);
  });

  test('gives statistics through which no gradient flows', () => {
    const { runningMean, runningVar } = batchNorm(x, {
      runningMean: zeros([3], double),
      runningVar: zeros([3], double),
      training: true,
    });
    for (const statistic of [runningMean!, runningVar!])
      expectClose(gradient(statistic.sum(), [x])[0], zeros(x.shape, double), 0);
  });

  test('needs nothing but x in training', () => {
    const result = batchNorm(x, { training: true });
    expectClose(result.output, new BatchNorm1d(3, double).forward(x), 0);
    expect([result.runningMean, result.runningVar, result.numBatchesTracked]).toEqual([null, null, null]);
  });

  test('refuses what does not fit', () => {
    const call =
      (options: any, input: any = x) =>
      () =>
        batchNorm(input, options);
    const statistics = { runningMean: zeros([3], double), runningVar: zeros([3], double) };
    expect(call({})).toThrow('batchNorm: evaluation needs runningMean and runningVar; pass training: true');
    expect(call({ runningMean: zeros([3], double) })).toThrow(
      'runningMean and runningVar are given together',
    );
    expect(call({ training: true, weight: zeros([4], double) })).toThrow(
      'batchNorm: weight is f64 [3] for x [6, 3], not f64 [4]',
    );
    expect(call({ training: true, bias: zeros([3]) })).toThrow('bias is f64 [3] for x [6, 3], not f32 [3]');
    expect(call({ ...statistics, momentum: null })).toThrow('needs numBatchesTracked');
    expect(call({ ...statistics, momentum: 2 })).toThrow('momentum is a finite number ≥ 0 and ≤ 1, not 2');
    expect(call({ ...statistics, numBatchesTracked: zeros([]) })).toThrow(
      'numBatchesTracked is a single i32',
    );
    expect(call({ training: true, renorm: { rMax: 1, dMax: 1 } })).toThrow('pass runningMean and runningVar');
    expect(call({ ...statistics, training: true, renorm: { rMax: zeros([2]), dMax: 1 } })).toThrow(
      'rMax is a single number, not [2]',
    );
    expect(call({ training: true, axis: 2 })).toThrow('axis is one of the axes of x [6, 3], not 2');
    expect(call({ training: true, epsilon: 2 })).toThrow("batchNorm: has no option 'epsilon'");
    expect(call({ training: true }, zeros([3]))).toThrow('expected at least two axes [N, C, …], got [3]');
    expect(call({ training: true }, zeros([1, 3]))).toThrow('more than one value per channel, got [1, 3]');
    expect(call({ training: true }, zeros([2, 3], { dtype: 'i32' }))).toThrow(
      'the input is f32 or f64, not i32',
    );
  });
});
