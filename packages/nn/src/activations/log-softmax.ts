/**
 * @file The logarithm of the softmax as a layer.
 */
import { logSoftmax, type Tensor } from '@windfall/core';
import { checkAxis, checkTensor } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { Module } from '../module/module.ts';

/**
 * The logarithm of the softmax along an axis, accurate where that is near 0: PyTorch's `nn.LogSoftmax`. There the axis can be left out and is guessed, with a
 * warning; here it is always named.
 * @example new LogSoftmax(-1).forward(tensor([0, 0])).toArray(); // [-0.6931…, -0.6931…]
 */
export class LogSoftmax extends Module {
  readonly axis: number;

  /**
   * @param axis along which the results add up; a negative one counts from the end
   * @throws if it is not a whole number
   */
  constructor(axis: number) {
    super();
    checkAxis(axis, 'LogSoftmax');
    this.axis = axis;
  }

  /**
   * @param x any shape that has this axis
   * @throws if it has not
   */
  forward(x: Tensor): Tensor {
    checkTensor(x, 'LogSoftmax');
    return inTheNameOf('LogSoftmax', 'logSoftmax', () => logSoftmax(x, this.axis));
  }

  protected override details(): string {
    return `axis=${this.axis}`;
  }
}
