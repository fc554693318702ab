/**
 * @file The schedule of stairs at given steps.
 */
import { equal, type Tensor, where } from '@windfall/core';
import { check, describe } from '@windfall/core/extension';
import { checkNumber, checkWhole } from '../arguments.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import {
  type FormulaInput,
  FormulaScheduler,
  scheduleOptions,
  type ScheduleOptions,
} from './lr-scheduler.ts';

/** For {@link MultiStepLR}. */
export interface MultiStepLROptions extends ScheduleOptions {
  /** The factor of every stair; by default 0.1. */
  gamma?: number;
}

/**
 * Multiplies the learning rates by gamma at each milestone, twice at one that is listed twice: PyTorch's
 * `lr_scheduler.MultiStepLR`.
 * @example
 * const schedule = new MultiStepLR(optimizer, [30, 80], { gamma: 0.5 });
 * for (let epoch = 0; epoch < 80; epoch++) schedule.step();
 * schedule.getLastLr(); // [0.025]
 */
export class MultiStepLR extends FormulaScheduler {
  /** How often each milestone is listed. */
  readonly #counts: ReadonlyMap<number, number>;
  readonly #gamma: number;

  /** @throws if an argument is out of range or an option unknown */
  constructor(optimizer: Optimizer, milestones: readonly number[], options: MultiStepLROptions = {}) {
    const { gamma = 0.1 } = scheduleOptions(options, 'MultiStepLR', ['gamma']);
    super(optimizer, options);
    const list: unknown = milestones;
    check(
      Array.isArray(list),
      'MultiStepLR',
      () => `milestones are an array of whole numbers, not ${describe(list)}`,
    );
    for (const milestone of list) checkWhole(milestone, 'MultiStepLR', 'each milestone', 0);
    checkNumber(gamma, 'MultiStepLR', 'gamma');
    const counts = new Map<number, number>();
    for (const milestone of milestones) counts.set(milestone, (counts.get(milestone) ?? 0) + 1);
    this.#counts = counts;
    this.#gamma = gamma;
    this.start();
  }

  protected formula({ epoch, current }: FormulaInput): Tensor {
    return [...this.#counts].reduce(
      (rates, [milestone, times]) => where(equal(epoch, milestone), current.mul(this.#gamma ** times), rates),
      current,
    );
  }

  protected restarted({ base }: FormulaInput): Tensor {
    return base.mul(this.#gamma ** (this.#counts.get(0) ?? 0));
  }
}
