/**
 * @file One of the networks, and its training step as one compiled program.
 */
import { compile, type Generator, noGrad, stack, type Tensor, tensor } from '@windfall/core';
import { crossEntropy, type Module, ReLU, SGD, Sigmoid, Tanh } from '@windfall/nn';
import { DigitNetwork, drawWeights } from '@windfall/examples/digit-network';
import { type Batch, pixels } from '@windfall/examples/digits';
import type { ActivationName, NetworkSettings } from './settings.ts';

/** What happened in a step. */
export interface StepResult {
  /** Before the step. */
  readonly loss: number;
  /** The Euclidean norm of the gradient of each layer's weights, the output's last. */
  readonly gradientNorms: readonly number[];
}

const activations: Readonly<Record<ActivationName, new () => Module>> = {
  sigmoid: Sigmoid,
  tanh: Tanh,
  relu: ReLU,
};

const norm = (x: Tensor): Tensor => x.square().sum().sqrt();

export class Learner {
  readonly network: DigitNetwork;
  readonly #step: (images: Tensor, labels: Tensor) => { loss: Tensor; norms: Tensor };
  readonly #classify: (image: Tensor) => Tensor;

  /** @param generator draws the initial weights: generators in the same state give the same ones */
  constructor(settings: NetworkSettings, generator: Generator) {
    const { layers, width, activation, normalize, deviation, learningRate } = settings;
    const hidden = Array.from({ length: layers }, () => width);
    const initial = drawWeights(generator, { hidden, deviation });
    const network = new DigitNetwork(initial, { activation: new activations[activation](), normalize });
    const optimizer = new SGD(network.parameters(), { learningRate });
    const weights = network.parameters().filter(({ rank }) => rank === 2);
    this.network = network;
    this.#step = compile((images: Tensor, labels: Tensor) => {
      const loss = crossEntropy(network.forward(images), labels);
      optimizer.zeroGrad();
      loss.backward();
      const norms = stack(weights.map(({ grad }) => norm(grad!)));
      optimizer.step();
      return { loss, norms };
    });
    this.#classify = compile((image: Tensor) => noGrad(() => network.forward(image).softmax(1)));
  }

  /** Makes a step on a batch. */
  learn([images, labels]: Batch): StepResult {
    const { loss, norms } = this.#step(images, labels);
    return { loss: loss.item(), gradientNorms: [...norms.data()] };
  }

  /** What a function gives while the network uses the statistics of inference. */
  inference<T>(look: () => T): T {
    this.network.eval();
    try {
      return look();
    } finally {
      this.network.train();
    }
  }

  /**
   * How likely an image shows each digit.
   * @param ink `pixels` bytes, 1 for ink
   */
  classify(ink: Uint8Array): number[] {
    const image = tensor(Float32Array.from(ink), { shape: [1, pixels] });
    return this.inference(() => [...this.#classify(image).data()]);
  }
}
