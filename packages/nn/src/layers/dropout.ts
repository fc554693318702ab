/**
 * @file Dropout of single values.
 */
import type { Tensor } from '@windfall/core';
import { dropout } from '../functional/dropout.ts';
import { DropoutLayer } from './dropout-layer.ts';

/**
 * Sets each value to 0 with probability p in training, and divides the others by 1 − p: PyTorch's `nn.Dropout`. In
 * evaluation it gives its input.
 * @example new Dropout(0.2).forward(ones([4, 5])).shape; // [4, 5]
 */
export class Dropout extends DropoutLayer {
  /**
   * @param x any shape, f32 or f64
   * @returns x's shape
   * @throws if x does not fit
   */
  forward(x: Tensor): Tensor {
    return this.compute(x, 'dropout', dropout);
  }
}
