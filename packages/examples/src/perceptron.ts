/**
 * @file A fully connected network for digits: three hidden layers of 100 rectifiers, with or without a normalization before
 * and dropout after them. It knows nothing of how it is trained.
 */
import { type Generator, normal } from '@windfall/core';
import { Dropout, type Module, ReLU, Sequential } from '@windfall/nn';
import { classes, pixels } from './digits.ts';
import { linearFrom } from './linear-from.ts';

/** The rectifiers of a hidden layer. */
export const hiddenUnits = 100;

const widths = [pixels, hiddenUnits, hiddenUnits, hiddenUnits, classes];

export interface PerceptronOptions {
  /** Makes what normalizes the inputs of a layer's rectifiers; null for nothing. */
  readonly normalization: (() => Module) | null;
  /** How likely the output of a rectifier is dropped; by default 0. */
  readonly dropout?: number;
  /** Where weights and dropout are drawn from. From the same state come the same weights, whatever the other options are. */
  readonly generator: Generator;
}

/** From images [batch, pixels] to logits [batch, classes]. Weights are drawn as He et al. 2015 do for rectifiers, biases are 0. */
export function perceptron({ normalization, dropout = 0, generator }: PerceptronOptions): Sequential {
  const linears = widths.slice(1).map((outputs, k) => {
    const inputs = widths[k]!;
    const isLast = k === widths.length - 2;
    // A normalization subtracts the mean and any bias with it.
    const weight = normal([outputs, inputs], { std: Math.sqrt(2 / inputs), generator });
    return linearFrom(weight, { bias: isLast || normalization === null });
  });
  const hidden = linears
    .slice(0, -1)
    .flatMap((linear) => [
      linear,
      ...(normalization === null ? [] : [normalization()]),
      new ReLU(),
      ...(dropout === 0 ? [] : [new Dropout(dropout, { generator })]),
    ]);
  return new Sequential(...hidden, ...linears.slice(-1));
}
