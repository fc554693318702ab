/**
 * @file What the examples of doc comments may use without making it, where making it would bury their point: something to
 * train, and something to train it with.
 */
import { normal, type Tensor, tensor, uniform } from '@windfall/core';
import { BatchNorm1d, Linear, type Optimizer, ReLU, Sequential, SGD } from '@windfall/nn';

export interface Prelude {
  /** Four features to the logits of three classes, over one hidden layer of eight. */
  readonly model: Sequential;
  /** Of the model's parameters, with a learning rate of 0.1. */
  readonly optimizer: Optimizer;
  /** Five examples, and their classes. */
  readonly x: Tensor;
  readonly y: Tensor;
  readonly batches: readonly (readonly [Tensor, Tensor])[];
  /** Sixty digits of 28 by 28 pixels in [0, 1). */
  readonly images: Tensor;
}

/** Made anew for every example. */
export function prelude(): Prelude {
  const model = new Sequential(new Linear(4, 8), new BatchNorm1d(8), new ReLU(), new Linear(8, 3));
  const x = normal([5, 4]);
  const y = tensor([0, 1, 2, 1, 0], { dtype: 'i32' });
  return {
    model,
    optimizer: new SGD(model.parameters(), { learningRate: 0.1 }),
    x,
    y,
    batches: [
      [x, y],
      [x.neg(), y],
    ],
    images: uniform([60, 1, 28, 28]),
  };
}
