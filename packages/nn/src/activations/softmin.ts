/**
 * @file The softmax of the negated input.
 */
import { softmax, type Tensor } from '@windfall/core';
import { checkAxis, checkTensor } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { Module } from '../module/module.ts';

/**
 * e⁻ˣ/Σ e⁻ˣ along an axis: PyTorch's `softmin`.
 * @param x any shape that has this axis
 * @throws if x is no tensor or has no such axis
 * @example functional.softmin(tensor([0, 1000]), 0).toArray(); // [1, 0]
 */
export function softmin(x: Tensor, axis = -1): Tensor {
  checkTensor(x, 'softmin');
  return inTheNameOf('softmin', 'softmax', () => softmax(x.neg(), axis));
}

/**
 * {@link softmin} as a layer: PyTorch's `nn.Softmin`, where the axis is always named.
 * @example new Softmin(0).forward(tensor([0, 1000])).toArray(); // [1, 0]
 */
export class Softmin extends Module {
  readonly axis: number;

  /**
   * @param axis along which the results add up; a negative one counts from the end
   * @throws if it is not a whole number
   */
  constructor(axis: number) {
    super();
    checkAxis(axis, 'Softmin');
    this.axis = axis;
  }

  /**
   * @param x any shape that has this axis
   * @throws if it has not
   */
  forward(x: Tensor): Tensor {
    return inTheNameOf('Softmin', 'softmin', () => softmin(x, this.axis));
  }

  protected override details(): string {
    return `axis=${this.axis}`;
  }
}
