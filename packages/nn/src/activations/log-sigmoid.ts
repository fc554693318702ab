/**
 * @file The logarithm of the logistic function.
 */
import { softplus, type Tensor } from '@windfall/core';
import { checkTensor } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { Module } from '../module/module.ts';

/**
 * ln(1/(1 + e⁻ˣ)), element by element, without overflow: PyTorch's `logsigmoid`.
 * @param x any shape
 * @throws if x is no tensor
 * @example functional.logsigmoid(tensor([-1000, 0])).toArray(); // [-1000, -0.6931…]
 */
export function logsigmoid(x: Tensor): Tensor {
  checkTensor(x, 'logsigmoid');
  return softplus(x.neg()).neg();
}

/**
 * {@link logsigmoid} as a layer: PyTorch's `nn.LogSigmoid`.
 * @example new LogSigmoid().forward(tensor([-1000, 0])).toArray(); // [-1000, -0.6931…]
 */
export class LogSigmoid extends Module {
  /** @param x any shape */
  forward(x: Tensor): Tensor {
    return inTheNameOf('LogSigmoid', 'logsigmoid', () => logsigmoid(x));
  }
}
