/**
 * @file The hyperbolic tangent as a layer.
 */
import { tanh, type Tensor } from '@windfall/core';
import { checkTensor } from '../arguments.ts';
import { Module } from '../module/module.ts';

/**
 * tanh x, element by element: PyTorch's `nn.Tanh`.
 * @example new Tanh().forward(tensor([-1, 2])).toArray(); // [-0.7615…, 0.9640…]
 */
export class Tanh extends Module {
  /** @param x any shape */
  forward(x: Tensor): Tensor {
    checkTensor(x, 'Tanh');
    return tanh(x);
  }
}
