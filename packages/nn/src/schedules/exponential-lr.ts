/**
 * @file The schedule that falls by the same factor at every step.
 */
import { equal, type Tensor, where } from '@windfall/core';
import { checkNumber } from '../arguments.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import {
  type FormulaInput,
  FormulaScheduler,
  scheduleOptions,
  type ScheduleOptions,
} from './lr-scheduler.ts';

/**
 * Multiplies the learning rates by gamma at every step: PyTorch's `lr_scheduler.ExponentialLR`.
 * @example
 * const schedule = new ExponentialLR(optimizer, 0.5);
 * for (let epoch = 0; epoch < 2; epoch++) schedule.step();
 * schedule.getLastLr(); // [0.025]
 */
export class ExponentialLR extends FormulaScheduler {
  readonly #gamma: number;

  /** @throws if an argument is out of range or an option unknown */
  constructor(optimizer: Optimizer, gamma: number, options: ScheduleOptions = {}) {
    scheduleOptions(options, 'ExponentialLR');
    super(optimizer, options);
    checkNumber(gamma, 'ExponentialLR', 'gamma');
    this.#gamma = gamma;
    this.start();
  }

  protected formula({ epoch, current }: FormulaInput): Tensor {
    return where(equal(epoch, 0), current, current.mul(this.#gamma));
  }

  protected restarted({ base }: FormulaInput): Tensor {
    return base;
  }
}
