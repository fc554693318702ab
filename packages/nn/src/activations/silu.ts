/**
 * @file The sigmoid linear unit, also called swish.
 */
import { sigmoid, type Tensor } from '@windfall/core';
import { checkTensor } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { Module } from '../module/module.ts';

/**
 * x·σ(x), element by element, σ being the logistic function: PyTorch's `silu`.
 * @param x any shape
 * @throws if x is no tensor
 * @example functional.silu(tensor([0, 1])).toArray(); // [0, 0.7310…]
 */
export function silu(x: Tensor): Tensor {
  checkTensor(x, 'silu');
  return x.mul(sigmoid(x));
}

/**
 * {@link silu} as a layer: PyTorch's `nn.SiLU`.
 * @example new SiLU().forward(tensor([0, 1])).toArray(); // [0, 0.7310…]
 */
export class SiLU extends Module {
  /** @param x any shape */
  forward(x: Tensor): Tensor {
    return inTheNameOf('SiLU', 'silu', () => silu(x));
  }
}
