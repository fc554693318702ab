/**
 * @file Fully connected networks that read digits, and show what goes on in them.
 */
import { type Generator, normal, type Tensor } from '@windfall/core';
import { BatchNorm1d, type Linear, Module, ModuleList, Sequential } from '@windfall/nn';
import { classes, pixels } from '@windfall/examples/digits';
import { linearFrom } from '@windfall/examples/linear-from';

/** What initial weights are drawn for. */
export interface WeightOptions {
  /** How many units each hidden layer has. */
  readonly hidden: readonly number[];
  /** The standard deviation. */
  readonly deviation: number;
}

/**
 * Random weights, for any number of networks to start from: a matrix [outputs, inputs] for each layer. Layers with the same
 * place and shape are drawn alike, whatever the others are.
 */
export function drawWeights(generator: Generator, options: WeightOptions): Tensor[] {
  const { hidden, deviation: std } = options;
  const widths = [pixels, ...hidden, classes];
  return widths.slice(1).map((outputs, layer) => normal([outputs, widths[layer]!], { std, generator }));
}

/** What the hidden layer with these weights does before its activation. */
function affine(weight: Tensor, options: { normalize: boolean }): Sequential {
  if (!options.normalize) return new Sequential(linearFrom(weight, { bias: true }));
  // The normalization subtracts the mean and any bias with it, so a layer before it has none (section 3.2).
  return new Sequential(linearFrom(weight, { bias: false }), new BatchNorm1d(weight.shape[0]!));
}

/** What a network says of images, and what it goes through to say so. */
export interface Reading {
  /** [batch, classes] */
  readonly logits: Tensor;
  /** What the activations of each hidden layer are fed, [batch, units]. */
  readonly activationInputs: readonly Tensor[];
}

export class ReadingNetwork extends Module {
  /** Each hidden layer up to its activation. */
  readonly hidden: ModuleList<Sequential>;
  /** The activation of every hidden layer. */
  readonly activation: Module;
  /** From the last hidden layer to logits. */
  readonly output: Linear;

  /** @param options.normalize whether the input of every activation is batch-normalized */
  constructor(weights: readonly Tensor[], options: { activation: Module; normalize: boolean }) {
    super();
    this.hidden = new ModuleList(weights.slice(0, -1).map((weight) => affine(weight, options)));
    this.activation = options.activation;
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
