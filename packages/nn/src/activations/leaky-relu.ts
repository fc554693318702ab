/**
 * @file The rectifier that leaks: below 0 a small slope is left.
 */
import { type Tensor, where } from '@windfall/core';
import { checkNumber, checkTensor } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { Module } from '../module/module.ts';

/**
 * x above 0, else slope·x, element by element: PyTorch's `leaky_relu`. The gradient at 0 is the slope.
 * @param x any shape
 * @throws if x is no tensor, or the slope no finite number
 * @example functional.leakyRelu(tensor([-1, 2]), 0.5).toArray(); // [-0.5, 2]
 */
export function leakyRelu(x: Tensor, negativeSlope = 0.01): Tensor {
  checkTensor(x, 'leakyRelu');
  checkNumber(negativeSlope, 'leakyRelu', 'negativeSlope');
  return where(x.greater(0), x, x.mul(negativeSlope));
}

/**
 * {@link leakyRelu} as a layer: PyTorch's `nn.LeakyReLU`.
 * @example new LeakyReLU(0.5).forward(tensor([-1, 2])).toArray(); // [-0.5, 2]
 */
export class LeakyReLU extends Module {
  readonly negativeSlope: number;

  /** @throws if the slope is no finite number */
  constructor(negativeSlope = 0.01) {
    super();
    checkNumber(negativeSlope, 'LeakyReLU', 'negativeSlope');
    this.negativeSlope = negativeSlope;
  }

  /** @param x any shape */
  forward(x: Tensor): Tensor {
    return inTheNameOf('LeakyReLU', 'leakyRelu', () => leakyRelu(x, this.negativeSlope));
  }

  protected override details(): string {
    return `negativeSlope=${this.negativeSlope}`;
  }
}
