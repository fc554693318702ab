/**
 * @file The softmax as a layer.
 */
import { softmax, type Tensor } from '@windfall/core';
import { checkAxis, checkTensor } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { Module } from '../module/module.ts';

/**
 * eˣ/Σ eˣ along an axis, without overflow: PyTorch's `nn.Softmax`. There the axis can be left out and is guessed, with a
 * warning; here it is always named.
 * @example new Softmax(-1).forward(tensor([0, 0])).toArray(); // [0.5, 0.5]
 */
export class Softmax extends Module {
  readonly axis: number;

  /**
   * @param axis along which the results add up; a negative one counts from the end
   * @throws if it is not a whole number
   */
  constructor(axis: number) {
    super();
    checkAxis(axis, 'Softmax');
    this.axis = axis;
  }

  /**
   * @param x any shape that has this axis
   * @throws if it has not
   */
  forward(x: Tensor): Tensor {
    checkTensor(x, 'Softmax');
    return inTheNameOf('Softmax', 'softmax', () => softmax(x, this.axis));
  }

  protected override details(): string {
    return `axis=${this.axis}`;
  }
}
