/**
 * @file Internal covariate shift as Santurkar et al. 2018 define it (definition 2.1): how much the gradient of a layer's weights
 * changes when the layers before it are updated. It knows neither the network nor the data.
 */
import { assignAll, compile, evaluate, gradient, type Tensor } from '@windfall/core';
import { crossEntropy, type Module, type Parameter } from '@windfall/nn';
import type { Batch } from './digits.ts';

/** What is updated together. */
export interface LayerParameters {
  /** Those whose gradient is looked at. */
  readonly weight: Parameter;
  /** All of the layer's, the weights among them. */
  readonly all: readonly Parameter[];
}

/** G: the gradient of a layer's weights. G′: the same after a step of all layers before it. */
export interface Shift {
  /** ‖G − G′‖ */
  readonly distance: number;
  /** ‖G − G′‖/‖G‖ */
  readonly relative: number;
  /** The cosine of the angle between G and G′. */
  readonly cosine: number;
}

const inner = (a: Tensor, b: Tensor): Tensor => a.mul(b).sum();

/** G against G′. */
function compare(before: Tensor, after: Tensor): Shift {
  const change = after.sub(before);
  const parts = [inner(change, change), inner(before, before), inner(after, after), inner(before, after)];
  evaluate(parts);
  const [changes, was, is, both] = parts.map((part) => part.item()) as [number, number, number, number];
  return {
    distance: Math.sqrt(changes),
    relative: Math.sqrt(changes / was),
    cosine: both / Math.sqrt(was * is),
  };
}

/** Measures one network, whose parameters it moves and puts back. */
export class CovariateShiftMeter {
  readonly #layers: readonly LayerParameters[];
  readonly #parameters: readonly Parameter[];
  readonly #slope: (batch: Batch) => Tensor[];

  /**
   * @param network in training; its forward should leave its buffers alone
   * @param layers from the input to the output
   */
  constructor(network: Module, layers: readonly LayerParameters[]) {
    const parameters = layers.flatMap(({ all }) => all);
    this.#layers = layers;
    this.#parameters = parameters;
    this.#slope = compile(([images, labels]: Batch) =>
      gradient(crossEntropy(network.forward(images), labels), parameters),
    );
  }

  #slopeOf(batch: Batch): Map<Parameter, Tensor> {
    const slopes = this.#slope(batch);
    return new Map(this.#parameters.map((parameter, k) => [parameter, slopes[k]!]));
  }

  /** Of each layer but the first, for a step of gradient descent on the batch. */
  measure(batch: Batch, { learningRate }: { learningRate: number }): Shift[] {
    const slopes = this.#slopeOf(batch);
    const origin = this.#parameters.map((parameter) => [parameter, parameter.detach()] as const);
    evaluate([...slopes.values(), ...origin.map(([, value]) => value)]);
    const shifts = this.#layers.slice(1).map(({ weight }, k) => {
      const { all } = this.#layers[k]!;
      assignAll(all.map((moved) => [moved, moved.sub(slopes.get(moved)!.mul(learningRate))]));
      return compare(slopes.get(weight)!, this.#slopeOf(batch).get(weight)!);
    });
    assignAll(origin);
    return shifts;
  }
}
