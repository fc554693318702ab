/**
 * @file Losses that are quadratic near 0 and linear beyond, so that outliers do not dominate.
 */
import { clamp, type Tensor } from '@windfall/core';
import { check, describe } from '@windfall/core/extension';
import { checkNumber, optionsOf } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { Loss } from './loss.ts';
import { checkPair } from './pair.ts';
import { checkReduction, type LossOptions, reduceLosses, type Reduction } from './reduction.ts';

/** For {@link huberLoss}. */
export interface HuberLossOptions extends LossOptions {
  /** Where the loss becomes linear, > 0; by default 1. */
  delta?: number;
}

/** For {@link smoothL1Loss}. */
export interface SmoothL1LossOptions extends LossOptions {
  /** Where the loss becomes linear, ≥ 0; by default 1. With 0 it is the absolute error. */
  beta?: number;
}

function huberSettingsOf(options: HuberLossOptions, operation: string): Required<HuberLossOptions> {
  const { reduction = 'mean', delta = 1 } = optionsOf(options, operation, ['reduction', 'delta']);
  checkReduction(reduction, operation);
  check(
    typeof delta === 'number' && delta > 0 && delta < Infinity,
    operation,
    () => `delta is a finite number > 0, not ${describe(delta)}`,
  );
  return { reduction, delta };
}

function smoothSettingsOf(options: SmoothL1LossOptions, operation: string): Required<SmoothL1LossOptions> {
  const { reduction = 'mean', beta = 1 } = optionsOf(options, operation, ['reduction', 'beta']);
  checkReduction(reduction, operation);
  checkNumber(beta, operation, 'beta', { low: 0 });
  return { reduction, beta };
}

/** d²/2 for |d| ≤ delta, else delta·(|d| − delta/2). */
function huber(difference: Tensor, delta: number): Tensor {
  // c·(d − c/2), c being d limited to ±delta: one formula for both pieces, whose gradient is right for infinite d too.
  const limited = clamp(difference, -delta, delta);
  return limited.mul(difference.sub(limited.mul(0.5)));
}

/**
 * The Huber loss: with d = input − target, d²/2 for |d| ≤ delta and delta·(|d| − delta/2) beyond: PyTorch's `huber_loss`.
 * Nothing is broadcast or promoted.
 *
 * @param input any shape, f32 or f64
 * @param target the same shape and dtype
 * @returns a single number, or with reduction 'none' the input's shape
 * @throws if shapes or dtypes differ, or an option is unknown or out of range
 * @example huberLoss(tensor([0, 3]), tensor([0, 0]), { reduction: 'none' }).toArray(); // [0, 2.5]
 */
export function huberLoss(input: Tensor, target: Tensor, options: HuberLossOptions = {}): Tensor {
  const { reduction, delta } = huberSettingsOf(options, 'huberLoss');
  checkPair(input, target, 'huberLoss');
  return reduceLosses(huber(input.sub(target), delta), reduction);
}

/**
 * With d = input − target, d²/(2·beta) for |d| ≤ beta and |d| − beta/2 beyond: PyTorch's `smooth_l1_loss` (Girshick 2015,
 * arXiv 1504.08083). It is the Huber loss divided by beta. Nothing is broadcast or promoted.
 *
 * @param input any shape, f32 or f64
 * @param target the same shape and dtype
 * @returns a single number, or with reduction 'none' the input's shape
 * @throws if shapes or dtypes differ, or an option is unknown or out of range
 * @example smoothL1Loss(tensor([0, 3]), tensor([0, 0]), { beta: 2, reduction: 'none' }).toArray(); // [0, 2]
 */
export function smoothL1Loss(input: Tensor, target: Tensor, options: SmoothL1LossOptions = {}): Tensor {
  const { reduction, beta } = smoothSettingsOf(options, 'smoothL1Loss');
  checkPair(input, target, 'smoothL1Loss');
  const difference = input.sub(target);
  return reduceLosses(beta === 0 ? difference.abs() : huber(difference, beta).div(beta), reduction);
}

/**
 * {@link huberLoss} as a module: PyTorch's `nn.HuberLoss`.
 * @example new HuberLoss({ delta: 2 }).forward(tensor([3]), tensor([0])).item(); // 4
 */
export class HuberLoss extends Loss {
  readonly reduction: Reduction;
  readonly delta: number;

  /** @throws if an option is unknown or out of range */
  constructor(options: HuberLossOptions = {}) {
    super();
    const { reduction, delta } = huberSettingsOf(options, 'HuberLoss');
    this.reduction = reduction;
    this.delta = delta;
  }

  /** @returns what `huberLoss` gives */
  forward(input: Tensor, target?: Tensor): Tensor {
    const { reduction, delta } = this;
    return inTheNameOf('HuberLoss', 'huberLoss', () => huberLoss(input, target!, { reduction, delta }));
  }
}

/**
 * {@link smoothL1Loss} as a module: PyTorch's `nn.SmoothL1Loss`.
 * @example new SmoothL1Loss().forward(tensor([3]), tensor([0])).item(); // 2.5
 */
export class SmoothL1Loss extends Loss {
  readonly reduction: Reduction;
  readonly beta: number;

  /** @throws if an option is unknown or out of range */
  constructor(options: SmoothL1LossOptions = {}) {
    super();
    const { reduction, beta } = smoothSettingsOf(options, 'SmoothL1Loss');
    this.reduction = reduction;
    this.beta = beta;
  }

  /** @returns what `smoothL1Loss` gives */
  forward(input: Tensor, target?: Tensor): Tensor {
    const { reduction, beta } = this;
    return inTheNameOf('SmoothL1Loss', 'smoothL1Loss', () =>
      smoothL1Loss(input, target!, { reduction, beta }),
    );
  }
}
