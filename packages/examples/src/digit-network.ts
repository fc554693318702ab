/**
 * @file The network of section 4.1 of the batch normalization paper: three hidden layers of 100 sigmoids.
 */
import { type Generator, normal, type Tensor, zeros } from '@windfall/core';
import { BatchNorm1d, Linear, Module, Sequential, Sigmoid } from '@windfall/nn';
import { classes, pixels } from './mnist.ts';

const hidden = 100;

/** One matrix [outputs, inputs] for each layer. */
type Weights = readonly [first: Tensor, second: Tensor, third: Tensor, last: Tensor];

/**
 * Random weights, for any number of networks to start from.
 * @param options.deviation their standard deviation: "small random Gaussian values", but the paper does not say how small
 */
export function drawWeights(
  generator: Generator,
  options: { deviation: number; dtype: 'f32' | 'f64' },
): Weights {
  const { deviation: std, dtype } = options;
  const draw = (inputs: number, outputs: number): Tensor =>
    normal([outputs, inputs], { std, dtype, generator });
  return [draw(pixels, hidden), draw(hidden, hidden), draw(hidden, hidden), draw(hidden, classes)];
}

/** A layer that starts from the given weights and, if it has biases, from zeros. */
function linear(weight: Tensor, options: { bias: boolean }): Linear {
  const [outputs, inputs] = weight.shape as [number, number];
  const { dtype } = weight;
  const layer = new Linear(inputs, outputs, { ...options, dtype });
  layer.weight.assign(weight);
  layer.bias?.assign(zeros([outputs], { dtype }));
  return layer;
}

export class DigitNetwork extends Module {
  /** From images [batch, pixels] to the inputs of the last hidden layer's sigmoids [batch, hidden]. */
  readonly body: Sequential;
  /** From there to logits [batch, classes]. */
  readonly head: Sequential;

  /** @param options.normalize whether the input of every sigmoid is batch-normalized */
  constructor([first, second, third, last]: Weights, options: { normalize: boolean }) {
    super();
    // The normalization subtracts the mean and any bias with it, so a layer before it has none (section 3.2).
    const affine = (weight: Tensor): Module[] =>
      options.normalize
        ? [linear(weight, { bias: false }), new BatchNorm1d(hidden, { dtype: weight.dtype })]
        : [linear(weight, { bias: true })];
    this.body = new Sequential(
      ...affine(first),
      new Sigmoid(),
      ...affine(second),
      new Sigmoid(),
      ...affine(third),
    );
    this.head = new Sequential(new Sigmoid(), linear(last, { bias: true }));
  }

  override forward(images: Tensor): Tensor {
    return this.head.forward(this.body.forward(images));
  }
}
