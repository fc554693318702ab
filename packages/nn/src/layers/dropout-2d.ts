/**
 * @file Dropout of channels of images.
 */
import type { Tensor } from '@windfall/core';
import { dropout2d } from '../functional/dropout.ts';
import { DropoutLayer } from './dropout-layer.ts';

/**
 * Sets whole channels to 0 with probability p in training, and divides the others by 1 − p: PyTorch's `nn.Dropout2d`. In
 * evaluation it gives its input.
 * @example new Dropout2d(0.2).forward(ones([8, 16, 7, 7])).shape; // [8, 16, 7, 7]
 */
export class Dropout2d extends DropoutLayer {
  /**
   * @param x [N, C, H, W] or, as in PyTorch 1.13, [N, C, L]; f32 or f64
   * @returns x's shape
   * @throws if x does not fit
   */
  forward(x: Tensor): Tensor {
    return this.compute(x, 'dropout2d', dropout2d);
  }
}
