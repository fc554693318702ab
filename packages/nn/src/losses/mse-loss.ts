/**
 * @file The loss of regression.
 */
import type { Tensor } from '@windfall/core';
import { inTheNameOf } from '../errors.ts';
import { Loss } from './loss.ts';
import { checkPair } from './pair.ts';
import { type LossOptions, reduceLosses, type Reduction, reductionOf } from './reduction.ts';

/** For {@link mseLoss}. */
export type MseLossOptions = LossOptions;

/**
 * The mean squared error (input − target)²: PyTorch's `mse_loss`, but shapes and dtypes that differ are errors: nothing
 * is broadcast or promoted.
 *
 * @param input any shape, f32 or f64
 * @param target the same shape and dtype
 * @returns a single number, or with reduction 'none' the input's shape
 * @throws if shapes or dtypes differ, or an option is unknown
 * @example mseLoss(tensor([1, 2]), tensor([1, 4])).item(); // 2
 */
export function mseLoss(input: Tensor, target: Tensor, options: MseLossOptions = {}): Tensor {
  const reduction = reductionOf(options, 'mseLoss');
  checkPair(input, target, 'mseLoss');
  return reduceLosses(input.sub(target).square(), reduction);
}

/**
 * {@link mseLoss} as a module: PyTorch's `nn.MSELoss`.
 * @example new MSELoss().forward(tensor([1, 2]), tensor([1, 4])).item(); // 2
 */
export class MSELoss extends Loss {
  readonly reduction: Reduction;

  /** @throws if an option is unknown or out of range */
  constructor(options: MseLossOptions = {}) {
    super();
    this.reduction = reductionOf(options, 'MSELoss');
  }

  /** @returns what `mseLoss` gives */
  forward(input: Tensor, target?: Tensor): Tensor {
    return inTheNameOf('MSELoss', 'mseLoss', () => mseLoss(input, target!, { reduction: this.reduction }));
  }
}
