/**
 * @file Linear layers whose weights are given, so that several networks can start from the same ones.
 */
import { type Tensor, zeros } from '@windfall/core';
import { Linear } from '@windfall/nn';

/**
 * A layer that starts from a copy of the weights [outputs, inputs], in their dtype, and from zeros for its biases.
 * @param options.bias whether it has biases
 */
export function linearFrom(weight: Tensor, options: { bias: boolean }): Linear {
  const [outputs, inputs] = weight.shape as [number, number];
  const { dtype } = weight;
  const layer = new Linear(inputs, outputs, { ...options, dtype });
  layer.weight.assign(weight);
  layer.bias?.assign(zeros([outputs], { dtype }));
  return layer;
}
