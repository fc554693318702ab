/**
 * @file The rectifier that is cut off at 6.
 */
import type { Tensor } from '@windfall/core';
import { inTheNameOf } from '../errors.ts';
import { Module } from '../module/module.ts';
import { hardtanh } from './hardtanh.ts';

/**
 * x limited to [0, 6], element by element: PyTorch's `relu6`. Its gradient at 0 and at 6 is 0.
 * @param x any shape
 * @throws if x is no tensor
 * @example functional.relu6(tensor([-1, 2, 8])).toArray(); // [0, 2, 6]
 */
export function relu6(x: Tensor): Tensor {
  return inTheNameOf('relu6', 'hardtanh', () => hardtanh(x, { minVal: 0, maxVal: 6 }));
}

/**
 * {@link relu6} as a layer: PyTorch's `nn.ReLU6`.
 * @example new ReLU6().forward(tensor([-1, 2, 8])).toArray(); // [0, 2, 6]
 */
export class ReLU6 extends Module {
  /** @param x any shape */
  forward(x: Tensor): Tensor {
    return inTheNameOf('ReLU6', 'relu6', () => relu6(x));
  }
}
