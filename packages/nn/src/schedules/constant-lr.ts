/**
 * @file The schedule that starts lower.
 */
import { equal, type Tensor, where } from '@windfall/core';
import { checkNumber, checkWhole } from '../arguments.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import {
  type FormulaInput,
  FormulaScheduler,
  scheduleOptions,
  type ScheduleOptions,
} from './lr-scheduler.ts';

/** For {@link ConstantLR}. */
export interface ConstantLROptions extends ScheduleOptions {
  /** The factor at the beginning, in [0, 1]; by default 1/3. */
  factor?: number;
  /** After how many steps the factor is taken back; by default 5. */
  totalIters?: number;
}

/**
 * Multiplies the learning rates by a factor, and divides by it again after `totalIters` steps: PyTorch's
 * `lr_scheduler.ConstantLR`. A factor of 0 returns to the rates before any schedule, where PyTorch divides by 0.
 * @example
 * const schedule = new ConstantLR(optimizer, { factor: 0.5, totalIters: 4 });
 * schedule.getLastLr(); // [0.05]
 * for (let epoch = 0; epoch < 4; epoch++) schedule.step();
 * schedule.getLastLr(); // [0.1]
 */
export class ConstantLR extends FormulaScheduler {
  readonly #factor: number;
  readonly #totalIters: number;

  /** @throws if an option is unknown or out of range */
  constructor(optimizer: Optimizer, options: ConstantLROptions = {}) {
    const { factor = 1 / 3, totalIters = 5 } = scheduleOptions(options, 'ConstantLR', [
      'factor',
      'totalIters',
    ]);
    super(optimizer, options);
    checkNumber(factor, 'ConstantLR', 'factor', { low: 0, high: 1 });
    checkWhole(totalIters, 'ConstantLR', 'totalIters', 0);
    this.#factor = factor;
    this.#totalIters = totalIters;
    this.start();
  }

  protected formula({ epoch, current, base }: FormulaInput): Tensor {
    const restored = this.#factor === 0 ? base : current.mul(1 / this.#factor);
    const later = where(equal(epoch, this.#totalIters), restored, current);
    return where(equal(epoch, 0), current.mul(this.#factor), later);
  }

  protected restarted({ base }: FormulaInput): Tensor {
    return this.#totalIters === 0 ? base : base.mul(this.#factor);
  }
}
