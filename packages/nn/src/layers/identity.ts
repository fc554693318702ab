/**
 * @file The layer that does nothing.
 */
import type { Tensor } from '@windfall/core';
import { checkTensor } from '../arguments.ts';
import { Module } from '../module/module.ts';

/**
 * Gives its input, to stand where another layer might: PyTorch's `nn.Identity`. As there, it takes any arguments.
 * @example new Identity().forward(tensor([1, 2])).toArray(); // [1, 2]
 */
export class Identity extends Module {
  constructor(..._ignored: readonly unknown[]) {
    super();
  }

  /** @param x any shape and dtype */
  forward(x: Tensor): Tensor {
    checkTensor(x, 'Identity');
    return x;
  }
}
