/**
 * @file The schedule that falls to 0 as a power of the steps that are left.
 */
import { div, equal, greater, logicalOr, pow, sub, type Tensor, where } from '@windfall/core';
import { checkNumber, checkWhole } from '../arguments.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import {
  type FormulaInput,
  FormulaScheduler,
  scheduleOptions,
  type ScheduleOptions,
} from './lr-scheduler.ts';

/** For {@link PolynomialLR}. */
export interface PolynomialLROptions extends ScheduleOptions {
  /** After how many steps the learning rates are 0; by default 5. */
  totalIters?: number;
  /** The power; by default 1, a straight line. */
  power?: number;
}

/**
 * Multiplies the learning rates by (1 − step/totalIters)^power, until they are 0: PyTorch's `lr_scheduler.PolynomialLR`.
 * @example
 * const schedule = new PolynomialLR(optimizer, { totalIters: 90, power: 2 });
 * for (let epoch = 0; epoch < 45; epoch++) schedule.step();
 * schedule.getLastLr(); // ≈ [0.025]
 */
export class PolynomialLR extends FormulaScheduler {
  readonly #totalIters: number;
  readonly #power: number;

  /** @throws if an option is unknown or out of range */
  constructor(optimizer: Optimizer, options: PolynomialLROptions = {}) {
    const { totalIters = 5, power = 1 } = scheduleOptions(options, 'PolynomialLR', ['totalIters', 'power']);
    super(optimizer, options);
    checkWhole(totalIters, 'PolynomialLR', 'totalIters');
    checkNumber(power, 'PolynomialLR', 'power');
    this.#totalIters = totalIters;
    this.#power = power;
    this.start();
  }

  protected formula({ epoch, current }: FormulaInput): Tensor {
    const isConstant = logicalOr(equal(epoch, 0), greater(epoch, this.#totalIters));
    const left = (step: Tensor): Tensor => sub(1, step.div(this.#totalIters));
    const factor = pow(div(left(epoch), left(epoch.sub(1))), this.#power);
    return where(isConstant, current, current.mul(factor));
  }

  protected restarted({ base }: FormulaInput): Tensor {
    return base;
  }
}
