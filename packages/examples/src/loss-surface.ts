/**
 * @file The loss of a classifier on a batch as a function of its parameters: around where they are, along the gradient, and
 * its curvature. It knows neither the network nor how it learns.
 */
import {
  assignAll,
  compile,
  evaluate,
  type Generator,
  gradient,
  normal,
  type Tensor,
  tensor,
} from '@windfall/core';
import { crossEntropy, type Module, type Parameter } from '@windfall/nn';
import type { Batch } from './digits.ts';

/** One value for each parameter of a network. */
type Direction = readonly Tensor[];

/** Σ over all parameters. */
function inner(a: Direction, b: Direction): Tensor {
  return a.map((tensor, k) => tensor.mul(b[k]!).sum()).reduce((sum, term) => sum.add(term));
}

const norm = (direction: Direction): Tensor => inner(direction, direction).sqrt();

/** L(θ − αg) and ∇L(θ − αg), where g = ∇L(θ). */
export interface Look {
  /** α */
  readonly stepSize: number;
  readonly loss: number;
  /** ‖∇L(θ − αg) − g‖ */
  readonly gradientChange: number;
}

/** What is seen along the gradient. */
export interface Descent {
  readonly loss: number;
  /** ‖g‖ */
  readonly gradientNorm: number;
  readonly looks: readonly Look[];
}

/** How far power iteration came. */
export interface Eigenvalue {
  /** λ = v·Hv for the last unit vector v */
  readonly value: number;
  /** ‖Hv − λv‖/|λ|: an eigenvalue lies within this share of |λ| around λ. */
  readonly residual: number;
  readonly iterations: number;
}

/** Looks at the loss of one network, whose parameters it moves and puts back. */
export class LossSurface {
  readonly #parameters: readonly Parameter[];
  readonly #lookAt: (
    batch: Batch,
    origin: Direction,
    stepSize: Tensor,
    slope: Direction,
  ) => [loss: Tensor, change: Tensor];
  readonly #slope: (batch: Batch) => [loss: Tensor, ...gradients: Tensor[]];
  readonly #iterate: (batch: Batch, direction: Direction) => [value: Tensor, residual: Tensor, ...Tensor[]];

  /** @param network in training or in evaluation; its forward should leave its buffers alone */
  constructor(network: Module) {
    const parameters = network.parameters();
    const lossAndGradients = ([images, labels]: Batch): [Tensor, Tensor[]] => {
      const loss = crossEntropy(network.forward(images), labels);
      return [loss, gradient(loss, parameters)];
    };
    this.#parameters = parameters;
    this.#slope = compile((batch: Batch) => {
      const [loss, gradients] = lossAndGradients(batch);
      return [loss, ...gradients];
    });
    this.#lookAt = compile((batch: Batch, origin: Direction, stepSize: Tensor, slope: Direction) => {
      assignAll(parameters.map((parameter, k) => [parameter, origin[k]!.sub(slope[k]!.mul(stepSize))]));
      const [loss, gradients] = lossAndGradients(batch);
      return [loss, norm(gradients.map((after, k) => after.sub(slope[k]!)))];
    });
    this.#iterate = compile((batch: Batch, direction: Direction) => {
      const [, gradients] = lossAndGradients(batch);
      // Hv = ∇(∇L·v)
      const product = gradient(inner(gradients, direction), parameters);
      const value = inner(product, direction);
      const residual = norm(product.map((row, k) => row.sub(direction[k]!.mul(value)))).div(value.abs());
      const length = norm(product);
      return [value, residual, ...product.map((row) => row.div(length))];
    });
  }

  /** Goes along the gradient of the loss on a batch, so many times as far as it is long, from the same place each time. */
  descend(batch: Batch, stepSizes: readonly number[]): Descent {
    const [loss, ...slope] = this.#slope(batch);
    const origin = this.#parameters.map((parameter) => parameter.detach());
    evaluate([loss, ...slope, ...origin]);
    const looks = stepSizes.map((stepSize) => {
      const scalar = tensor(stepSize, { dtype: origin[0]!.dtype });
      const [there, change] = this.#lookAt(batch, origin, scalar, slope);
      return { stepSize, loss: there.item(), gradientChange: change.item() };
    });
    assignAll(this.#parameters.map((parameter, k) => [parameter, origin[k]!]));
    return { loss: loss.item(), gradientNorm: norm(slope).item(), looks };
  }

  /**
   * The eigenvalue of largest magnitude of the loss's Hessian on a batch, by power iteration v ← Hv/‖Hv‖ from a random unit
   * vector, until ‖Hv − λv‖ ≤ tolerance·|λ|.
   * @param options.generator where the first vector is drawn from
   */
  topEigenvalue(
    batch: Batch,
    {
      tolerance,
      mostIterations,
      generator,
    }: { tolerance: number; mostIterations: number; generator: Generator },
  ): Eigenvalue {
    const start = this.#parameters.map(({ shape, dtype }) => normal(shape, { dtype, generator }));
    const length = norm(start);
    let direction: Direction = start.map((tensor) => tensor.div(length));
    for (let iterations = 1; ; iterations++) {
      const [value, residual, ...next] = this.#iterate(batch, direction);
      const result = { value: value.item(), residual: residual.item(), iterations };
      if (result.residual <= tolerance || iterations === mostIterations) return result;
      direction = next;
    }
  }
}
