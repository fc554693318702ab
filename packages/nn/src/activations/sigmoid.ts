/**
 * @file The logistic function as a layer.
 */
import { sigmoid, type Tensor } from '@windfall/core';
import { checkTensor } from '../arguments.ts';
import { Module } from '../module/module.ts';

/**
 * 1/(1 + e⁻ˣ), element by element: PyTorch's `nn.Sigmoid`.
 * @example new Sigmoid().forward(tensor([-1, 2])).toArray(); // [0.2689…, 0.8807…]
 */
export class Sigmoid extends Module {
  /** @param x any shape */
  forward(x: Tensor): Tensor {
    checkTensor(x, 'Sigmoid');
    return sigmoid(x);
  }
}
