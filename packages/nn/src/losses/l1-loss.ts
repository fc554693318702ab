/**
 * @file The absolute error.
 */
import type { Tensor } from '@windfall/core';
import { inTheNameOf } from '../errors.ts';
import { Loss } from './loss.ts';
import { checkPair } from './pair.ts';
import { type LossOptions, reduceLosses, type Reduction, reductionOf } from './reduction.ts';

/** For {@link l1Loss}. */
export type L1LossOptions = LossOptions;

/**
 * The mean absolute error |input − target|: PyTorch's `l1_loss`. Its gradient is 0 where they are equal. Nothing is
 * broadcast or promoted.
 *
 * @param input any shape, f32 or f64
 * @param target the same shape and dtype
 * @returns a single number, or with reduction 'none' the input's shape
 * @throws if shapes or dtypes differ, or an option is unknown
 * @example l1Loss(tensor([1, 2]), tensor([1, 4])).item(); // 1
 */
export function l1Loss(input: Tensor, target: Tensor, options: L1LossOptions = {}): Tensor {
  const reduction = reductionOf(options, 'l1Loss');
  checkPair(input, target, 'l1Loss');
  return reduceLosses(input.sub(target).abs(), reduction);
}

/**
 * {@link l1Loss} as a module: PyTorch's `nn.L1Loss`.
 * @example new L1Loss().forward(tensor([1, 2]), tensor([1, 4])).item(); // 1
 */
export class L1Loss extends Loss {
  readonly reduction: Reduction;

  /** @throws if an option is unknown or out of range */
  constructor(options: L1LossOptions = {}) {
    super();
    this.reduction = reductionOf(options, 'L1Loss');
  }

  /** @returns what `l1Loss` gives */
  forward(input: Tensor, target?: Tensor): Tensor {
    return inTheNameOf('L1Loss', 'l1Loss', () => l1Loss(input, target!, { reduction: this.reduction }));
  }
}
