/**
 * @file The schedule that changes by the same amount at every step: linear warm-up.
 */
import { equal, greater, type Tensor, where } from '@windfall/core';
import { checkNumber, checkWhole } from '../arguments.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import {
  type FormulaInput,
  FormulaScheduler,
  scheduleOptions,
  type ScheduleOptions,
} from './lr-scheduler.ts';

/** For {@link LinearLR}. */
export interface LinearLROptions extends ScheduleOptions {
  /** The factor at the beginning, in [0, 1]; by default 1/3. */
  startFactor?: number;
  /** The factor at the end, in [0, 1]; by default 1. */
  endFactor?: number;
  /** In how many steps the factor changes from the one to the other; by default 5. */
  totalIters?: number;
}

/**
 * Multiplies the learning rates by a factor that changes evenly from `startFactor` to `endFactor` in `totalIters` steps:
 * PyTorch's `lr_scheduler.LinearLR`. It may start from 0, where PyTorch divides by 0.
 * @example
 * const schedule = new LinearLR(optimizer, { startFactor: 0.01, totalIters: 100 });
 * schedule.getLastLr(); // [0.001]
 * for (let epoch = 0; epoch < 100; epoch++) schedule.step();
 * schedule.getLastLr(); // ≈ [0.1]
 */
export class LinearLR extends FormulaScheduler {
  readonly #start: number;
  readonly #end: number;
  readonly #totalIters: number;

  /** @throws if an option is unknown or out of range */
  constructor(optimizer: Optimizer, options: LinearLROptions = {}) {
    const known = ['startFactor', 'endFactor', 'totalIters'] as const;
    const {
      startFactor = 1 / 3,
      endFactor = 1,
      totalIters = 5,
    } = scheduleOptions(options, 'LinearLR', known);
    super(optimizer, options);
    checkNumber(startFactor, 'LinearLR', 'startFactor', { low: 0, high: 1 });
    checkNumber(endFactor, 'LinearLR', 'endFactor', { low: 0, high: 1 });
    checkWhole(totalIters, 'LinearLR', 'totalIters');
    this.#start = startFactor;
    this.#end = endFactor;
    this.#totalIters = totalIters;
    this.start();
  }

  protected formula({ epoch, current, base }: FormulaInput): Tensor {
    const rise = this.#end - this.#start;
    const first = where(equal(epoch, 0), current.mul(this.#start), current);
    if (rise === 0) return first;
    const before = epoch
      .sub(1)
      .mul(rise)
      .add(this.#totalIters * this.#start);
    let next = current.mul(before.reciprocal().mul(rise).add(1));
    // What is 0 cannot be multiplied up.
    if (this.#start === 0) next = where(equal(epoch, 1), base.mul(rise / this.#totalIters), next);
    return where(equal(epoch, 0), first, where(greater(epoch, this.#totalIters), current, next));
  }

  protected restarted({ base }: FormulaInput): Tensor {
    return base.mul(this.#start);
  }
}
