/**
 * @file Cutting off at two bounds.
 */
import { type Tensor, where } from '@windfall/core';
import { check } from '@windfall/core/extension';
import { checkNumber, checkTensor, optionsOf } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { Module } from '../module/module.ts';

/** For {@link Hardtanh}. */
export interface HardtanhOptions {
  /** The lower bound; by default −1. */
  minVal?: number;
  /** The upper bound, larger than the lower; by default 1. */
  maxVal?: number;
}

function boundsOf(options: HardtanhOptions, operation: string): Required<HardtanhOptions> {
  const { minVal = -1, maxVal = 1 } = optionsOf(options, operation, ['minVal', 'maxVal']);
  checkNumber(minVal, operation, 'minVal');
  checkNumber(maxVal, operation, 'maxVal');
  check(minVal < maxVal, operation, () => `minVal is less than maxVal, but they are ${minVal} and ${maxVal}`);
  return { minVal, maxVal };
}

/**
 * x limited to [minVal, maxVal], element by element: PyTorch's `hardtanh`. Its gradient is 0 at the bounds, where that
 * of core's `clamp` is 1, and at NaN.
 * @param x any shape
 * @throws if x is no tensor, an option is unknown or no finite number, or the bounds are out of order
 * @example functional.hardtanh(tensor([-2, 0.5, 3])).toArray(); // [-1, 0.5, 1]
 */
export function hardtanh(x: Tensor, options: HardtanhOptions = {}): Tensor {
  checkTensor(x, 'hardtanh');
  const { minVal, maxVal } = boundsOf(options, 'hardtanh');
  const isInside = x.greater(minVal).logicalAnd(x.less(maxVal));
  return where(isInside, x, x.detach().clamp(minVal, maxVal));
}

/**
 * {@link hardtanh} as a layer: PyTorch's `nn.Hardtanh`.
 * @example new Hardtanh({ minVal: 0 }).forward(tensor([-2, 0.5, 3])).toArray(); // [0, 0.5, 1]
 */
export class Hardtanh extends Module {
  readonly minVal: number;
  readonly maxVal: number;

  /** @throws if an option is unknown or no finite number, or the bounds are out of order */
  constructor(options: HardtanhOptions = {}) {
    super();
    const { minVal, maxVal } = boundsOf(options, 'Hardtanh');
    this.minVal = minVal;
    this.maxVal = maxVal;
  }

  /** @param x any shape */
  forward(x: Tensor): Tensor {
    const { minVal, maxVal } = this;
    return inTheNameOf('Hardtanh', 'hardtanh', () => hardtanh(x, { minVal, maxVal }));
  }

  protected override details(): string {
    return `minVal=${this.minVal}, maxVal=${this.maxVal}`;
  }
}
