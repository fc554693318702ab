/**
 * @file The rectifier as a layer.
 */
import { relu, type Tensor } from '@windfall/core';
import { checkTensor } from '../arguments.ts';
import { Module } from '../module/module.ts';

/**
 * max(x, 0), element by element: PyTorch's `nn.ReLU`. Its gradient at 0 is 0.
 * @example new ReLU().forward(tensor([-1, 2])).toArray(); // [0, 2]
 */
export class ReLU extends Module {
  /** @param x any shape */
  forward(x: Tensor): Tensor {
    checkTensor(x, 'ReLU');
    return relu(x);
  }
}
