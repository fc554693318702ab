/**
 * @file The network of section 4.1 of the batch normalization paper: three hidden layers of 100 sigmoids, or as many as are
 * asked for.
 */
import { type Generator, normal, type Tensor } from '@windfall/core';
import { BatchNorm1d, Module, Sequential, Sigmoid } from '@windfall/nn';
import { classes, pixels } from './digits.ts';
import { linearFrom } from './linear-from.ts';

const width = 100;

/** One matrix [outputs, inputs] for each hidden layer, and one for the last layer. */
export interface Weights {
  readonly hidden: readonly Tensor[];
  readonly last: Tensor;
}

/** The standard deviation of a layer's initial weights, from the numbers of its inputs and outputs. */
export type Deviation = (inputs: number, outputs: number) => number;

/**
 * Random weights, for any number of networks to start from.
 * @param options.deviation their standard deviation: "small random Gaussian values", but the paper does not say how small
 * @param options.depth the number of hidden layers, by default 3
 */
export function drawWeights(
  generator: Generator,
  options: { deviation: number | Deviation; dtype: 'f32' | 'f64'; depth?: number },
): Weights {
  const { deviation, dtype, depth = 3 } = options;
  const draw = (inputs: number, outputs: number): Tensor => {
    const std = typeof deviation === 'number' ? deviation : deviation(inputs, outputs);
    return normal([outputs, inputs], { std, dtype, generator });
  };
  return {
    hidden: Array.from({ length: depth }, (_, layer) => draw(layer === 0 ? pixels : width, width)),
    last: draw(width, classes),
  };
}

export class DigitNetwork extends Module {
  /** From images [batch, pixels] to the inputs of the last hidden layer's sigmoids [batch, width]. */
  readonly body: Sequential;
  /** From there to logits [batch, classes]. */
  readonly head: Sequential;

  /** @param options.normalize whether the input of every sigmoid is batch-normalized */
  constructor({ hidden, last }: Weights, options: { normalize: boolean }) {
    super();
    // The normalization subtracts the mean and any bias with it, so a layer before it has none (section 3.2).
    const affine = (weight: Tensor): Module[] =>
      options.normalize
        ? [linearFrom(weight, { bias: false }), new BatchNorm1d(width, { dtype: weight.dtype })]
        : [linearFrom(weight, { bias: true })];
    // All sigmoids but the last, which is the head's: what it is fed can be looked at.
    this.body = new Sequential(
      ...hidden.flatMap((weight) => [...affine(weight), new Sigmoid()]).slice(0, -1),
    );
    this.head = new Sequential(new Sigmoid(), linearFrom(last, { bias: true }));
  }

  override forward(images: Tensor): Tensor {
    return this.head.forward(this.body.forward(images));
  }
}
