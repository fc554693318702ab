/**
 * @file Normalizations, a loss and an optimizer, each with its derived backward and nothing around it.
 */
import { gradient, type Shape, type Tensor, tensor, Variable } from '@windfall/core';
import { Adam, type BatchNorm, BatchNorm1d, BatchNorm2d, crossEntropy } from '@windfall/nn';
import { computing, random, type Setup } from './setup.ts';

const batchNorm =
  (layer: BatchNorm, shape: Shape): Setup =>
  (execution) =>
    computing(
      execution,
      (x, cotangent) => {
        const y = layer.forward(x);
        return [y, ...gradient(y, [x, layer.weight!, layer.bias!], { cotangent: cotangent })];
      },
      [random(shape), random(shape)],
    );

/** Over the last axis; a composition, as everything here. */
function layerNorm(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  const variance = x.variance(-1, { correction: 0, keepDims: true });
  const centered = x.sub(x.mean(-1, { keepDims: true }));
  return centered.mul(variance.add(1e-5).rsqrt()).mul(weight).add(bias);
}

export const layers = {
  'batch-norm-2d': batchNorm(new BatchNorm2d(64), [32, 64, 28, 28]),
  'batch-norm-1d': batchNorm(new BatchNorm1d(1024), [1024, 1024]),

  'layer-norm': (execution) =>
    computing(
      execution,
      (x, weight, bias, cotangent) => {
        const y = layerNorm(x, weight, bias);
        return [y, ...gradient(y, [x, weight, bias], { cotangent: cotangent })];
      },
      [random([1024, 1024]), random([1024]), random([1024]), random([1024, 1024])],
    ),

  'cross-entropy': (execution) =>
    computing(
      execution,
      (logits, target) => {
        const loss = crossEntropy(logits, target);
        return [loss, ...gradient(loss, [logits])];
      },
      [random([1024, 1000]), tensor(Int32Array.from({ length: 1024 }, (_, row) => (row * 7) % 1000))],
    ),

  adam: (execution) => {
    const parameter = new Variable(random([1024, 1024]), { requiresGrad: true });
    const optimizer = new Adam([parameter]);
    const update = execution((slope: Tensor) => {
      parameter.grad = slope;
      optimizer.step();
    });
    const slope = random([1024, 1024]);
    return () => update(slope);
  },
} satisfies Record<string, Setup>;
