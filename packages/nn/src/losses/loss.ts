/**
 * @file The base of the losses as modules.
 */
import type { Tensor } from '@windfall/core';
import { Module } from '../module/module.ts';

/**
 * A loss as a module: PyTorch's `nn.CrossEntropyLoss` and its siblings, whose `forward` compares an input with a target.
 * Each only holds the options of the function that does the work.
 *
 * @example
 * const criterion: Loss = new MSELoss({ reduction: 'sum' });
 * criterion.forward(tensor([1, 2]), tensor([1, 4])).item(); // 4
 */
export abstract class Loss extends Module {
  /**
   * @param target always needed; only modules in general have one input
   * @throws if it is left out, or does not fit
   */
  abstract override forward(input: Tensor, target?: Tensor): Tensor;
}
