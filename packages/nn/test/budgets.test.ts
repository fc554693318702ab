/**
 * @file What normalizations cost as this package composes them: the sweeps over memory of their plans. Raising a number
 * needs a sentence saying why.
 */
import { gradient, normal, type Tensor, tensor } from '@windfall/core';
import { trafficOf } from '../../core/src/compile/plan-text.ts';
import { planOf } from '../../core/test/plan-of.ts';
import {
  batchNorm,
  type BatchNormFunctionOptions,
  groupNorm,
  instanceNorm,
  layerNorm,
  rmsNorm,
} from '../src/index.ts';

const dtype = 'f64';

/** Numbers in memory. */
function stored(shape: number[]): Tensor {
  return tensor(normal(shape, { dtype }).data(), { shape });
}

function costs(results: readonly Tensor[]): { kernels: number; reads: number; writes: number } {
  const plan = planOf(results);
  const { reads, writes } = trafficOf(plan.kernels, plan.buffers);
  return { kernels: plan.kernels.length, reads, writes };
}

describe('batchNorm in training', () => {
  const [weight, bias, runningMean] = [stored([8]), stored([8]), stored([8])];
  const runningVar = tensor(stored([8]).abs().data(), { shape: [8] });
  const affine = { weight, bias };

  function run(shape: number[], options: BatchNormFunctionOptions): { forward: Tensor[]; both: Tensor[] } {
    const x = stored(shape);
    const result = batchNorm(x, { ...affine, runningMean, runningVar, training: true, ...options });
    const forward = [result.output, result.runningMean!, result.runningVar!];
    const slopes = gradient(result.output, [x, weight, bias], { cotangent: stored(shape) });
    return { forward, both: [...forward, ...slopes] };
  }

  test.each([
    ['of images', [4, 8, 5, 6], {}],
    ['with the channels last', [4, 5, 6, 8], { axis: -1 }],
    ['renormalized', [4, 8, 5, 6], { renorm: { rMax: 3, dMax: 5 } }],
    ['in ghost batches', [4, 8, 5, 6], { ghostBatchSize: 2 }],
  ])(
    '%s reads twice and writes once, and with its gradients reads four times and writes twice',
    (_name, shape, options) => {
      const { forward, both } = run(shape, options);
      expect(costs(forward)).toMatchObject({ reads: 2, writes: 1 });
      expect(costs(both)).toMatchObject({ reads: 4, writes: 2 });
    },
  );

  test('with a mask reads it, and the input once more for an element to start from', () => {
    const mask = tensor([1, 0, 1, 1], { shape: [4, 1, 1], dtype: 'bool' });
    const { forward, both } = run([4, 8, 5, 6], { mask });
    expect(costs(forward)).toMatchObject({ reads: 4, writes: 1 });
    expect(costs(both)).toMatchObject({ reads: 7, writes: 2 });
  });

  test('is one kernel, also with its gradients', () => {
    const { forward, both } = run([4, 8, 5, 6], {});
    expect(costs(forward).kernels).toBe(1);
    expect(costs(both).kernels).toBe(1);
  });
});

describe('the other normalizations', () => {
  const [weight, bias] = [stored([20]), stored([20])];

  test.each<[string, Tensor, (x: Tensor) => Tensor]>([
    ['layerNorm', stored([6, 20]), (x) => layerNorm(x, 20, { weight, bias })],
    ['rmsNorm', stored([6, 20]), (x) => rmsNorm(x, 20, { weight })],
    ['instanceNorm', stored([6, 20, 8]), (x) => instanceNorm(x, { weight, bias })],
    ['groupNorm with one group', stored([6, 20, 8]), (x) => groupNorm(x, 1, { weight, bias })],
    ['groupNorm', stored([6, 20, 8]), (x) => groupNorm(x, 5, { weight, bias })],
  ])('%s reads twice and writes once', (_name, x, run) => {
    expect(costs([run(x)])).toEqual({ kernels: 1, reads: 2, writes: 1 });
  });

  test('layerNorm and its gradients read five times and write twice', () => {
    const x = stored([6, 20]);
    const y = layerNorm(x, 20, { weight, bias });
    const slopes = gradient(y, [x, weight, bias], { cotangent: stored([6, 20]) });
    expect(costs([y, ...slopes])).toEqual({ kernels: 2, reads: 5, writes: 2 });
  });
});
