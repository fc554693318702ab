/**
 * @file Dropout of channels.
 */
import type { Tensor } from '@windfall/core';
import { dropout1d } from '../functional/dropout.ts';
import { DropoutLayer } from './dropout-layer.ts';

/**
 * Sets whole channels to 0 with probability p in training, and divides the others by 1 − p: PyTorch's `nn.Dropout1d`. In
 * evaluation it gives its input.
 * @example new Dropout1d(0.2).forward(ones([8, 16, 10])).shape; // [8, 16, 10]
 */
export class Dropout1d extends DropoutLayer {
  /**
   * @param x [N, C, L] or [C, L], f32 or f64
   * @returns x's shape
   * @throws if x does not fit
   */
  forward(x: Tensor): Tensor {
    return this.compute(x, 'dropout1d', dropout1d);
  }
}
