/**
 * @file Fully connected networks that read digits, and show what their activations are fed. By default that of section 4.1 of
 * the batch normalization paper: three hidden layers of 100 sigmoids.
 */
import { type Generator, normal, type Tensor } from '@windfall/core';
import { BatchNorm1d, type Linear, Module, ModuleList, Sequential, Sigmoid } from '@windfall/nn';
import { classes, pixels } from './digits.ts';
import { linearFrom } from './linear-from.ts';

/** So many hidden layers, as wide as the paper's: their numbers of units. */
export const hiddenLayers = (depth: number): number[] => Array.from({ length: depth }, () => 100);

/** The standard deviation of a layer's initial weights, from the numbers of its inputs and outputs. */
export type Deviation = (inputs: number, outputs: number) => number;

/** Glorot & Bengio 2010, with the gain of 4 that they give sigmoids. */
export const xavier: Deviation = (inputs, outputs) => 4 * Math.sqrt(2 / (inputs + outputs));

/** What initial weights are drawn for. */
export interface WeightOptions {
  /** How many units each hidden layer has, by default as in the paper. */
  readonly hidden?: readonly number[];
  /** The standard deviation: "small random Gaussian values", but the paper does not say how small. */
  readonly deviation: number | Deviation;
  /** By default f32. */
  readonly dtype?: 'f32' | 'f64';
}

/**
 * Random weights, for any number of networks to start from: a matrix [outputs, inputs] for each layer. Layers with the same
 * place and shape are drawn alike, whatever the others are.
 */
export function drawWeights(generator: Generator, options: WeightOptions): Tensor[] {
  const { hidden = hiddenLayers(3), deviation, dtype = 'f32' } = options;
  const widths = [pixels, ...hidden, classes];
  return widths.slice(1).map((outputs, layer) => {
    const inputs = widths[layer]!;
    const std = typeof deviation === 'number' ? deviation : deviation(inputs, outputs);
    return normal([outputs, inputs], { std, dtype, generator });
  });
}

/** What the hidden layer with these weights does before its activation. */
function affine(weight: Tensor, options: { normalize: boolean }): Sequential {
  if (!options.normalize) return new Sequential(linearFrom(weight, { bias: true }));
  const normalization = new BatchNorm1d(weight.shape[0]!, { dtype: weight.dtype });
  // The normalization subtracts the mean and any bias with it, so a layer before it has none (section 3.2).
  return new Sequential(linearFrom(weight, { bias: false }), normalization);
}

/** What a network says of images, and what it goes through to say so. */
export interface Reading {
  /** [batch, classes] */
  readonly logits: Tensor;
  /** What the activations of each hidden layer are fed, [batch, units]. */
  readonly activationInputs: readonly Tensor[];
}

export class DigitNetwork extends Module {
  /** Each hidden layer up to its activation. */
  readonly hidden: ModuleList<Sequential>;
  /** The activation of every hidden layer. */
  readonly activation: Module;
  /** From the last hidden layer to logits. */
  readonly output: Linear;

  /**
   * @param options.normalize whether the input of every activation is batch-normalized
   * @param options.activation by default the sigmoid
   */
  constructor(weights: readonly Tensor[], options: { normalize: boolean; activation?: Module }) {
    super();
    this.hidden = new ModuleList(weights.slice(0, -1).map((weight) => affine(weight, options)));
    this.activation = options.activation ?? new Sigmoid();
    this.output = linearFrom(weights.at(-1)!, { bias: true });
  }

  /** @param images [batch, pixels] */
  read(images: Tensor): Reading {
    const activationInputs: Tensor[] = [];
    let x = images;
    for (const layer of this.hidden) {
      const inputs = layer.forward(x);
      activationInputs.push(inputs);
      x = this.activation.forward(inputs);
    }
    return { logits: this.output.forward(x), activationInputs };
  }

  override forward(images: Tensor): Tensor {
    return this.read(images).logits;
  }
}
