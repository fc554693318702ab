/**
 * @file The exponential linear unit.
 */
import { expm1, type Tensor, where } from '@windfall/core';
import { checkNumber, checkTensor } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { Module } from '../module/module.ts';

/**
 * x above 0, else α·(eˣ − 1), element by element (Clevert et al. 2015, arXiv 1511.07289): PyTorch's `elu`. The
 * gradient at 0 is α.
 * @param x any shape
 * @throws if x is no tensor, or alpha no finite number
 * @example functional.elu(tensor([-1, 2])).toArray(); // [-0.6321…, 2]
 */
export function elu(x: Tensor, alpha = 1): Tensor {
  checkTensor(x, 'elu');
  checkNumber(alpha, 'elu', 'alpha');
  const isPositive = x.greater(0);
  // Above 0 the exponential could overflow, and its derivative with it.
  return where(isPositive, x, expm1(where(isPositive, 0, x)).mul(alpha));
}

/**
 * {@link elu} as a layer: PyTorch's `nn.ELU`.
 * @example new ELU().forward(tensor([-1, 2])).toArray(); // [-0.6321…, 2]
 */
export class ELU extends Module {
  readonly alpha: number;

  /** @throws if alpha is no finite number */
  constructor(alpha = 1) {
    super();
    checkNumber(alpha, 'ELU', 'alpha');
    this.alpha = alpha;
  }

  /** @param x any shape */
  forward(x: Tensor): Tensor {
    return inTheNameOf('ELU', 'elu', () => elu(x, this.alpha));
  }

  protected override details(): string {
    return `alpha=${this.alpha}`;
  }
}
