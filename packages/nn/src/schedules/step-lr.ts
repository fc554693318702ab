/**
 * @file The schedule of equal stairs.
 */
import { equal, logicalOr, notEqual, remainder, type Tensor, where } from '@windfall/core';
import { checkNumber, checkWhole } from '../arguments.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import {
  type FormulaInput,
  FormulaScheduler,
  scheduleOptions,
  type ScheduleOptions,
} from './lr-scheduler.ts';

/** For {@link StepLR}. */
export interface StepLROptions extends ScheduleOptions {
  /** The factor of every stair; by default 0.1. */
  gamma?: number;
}

/**
 * Multiplies the learning rates by gamma every `stepSize` steps: PyTorch's `lr_scheduler.StepLR`.
 * @example
 * const schedule = new StepLR(optimizer, 2, { gamma: 0.5 });
 * for (let epoch = 0; epoch < 5; epoch++) schedule.step();
 * schedule.getLastLr(); // [0.025]
 */
export class StepLR extends FormulaScheduler {
  readonly #stepSize: number;
  readonly #gamma: number;

  /** @throws if an argument is out of range or an option unknown */
  constructor(optimizer: Optimizer, stepSize: number, options: StepLROptions = {}) {
    const { gamma = 0.1 } = scheduleOptions(options, 'StepLR', ['gamma']);
    super(optimizer, options);
    checkWhole(stepSize, 'StepLR', 'stepSize');
    checkNumber(gamma, 'StepLR', 'gamma');
    this.#stepSize = stepSize;
    this.#gamma = gamma;
    this.start();
  }

  protected formula({ epoch, current }: FormulaInput): Tensor {
    const isOnStair = logicalOr(equal(epoch, 0), notEqual(remainder(epoch, this.#stepSize), 0));
    return where(isOnStair, current, current.mul(this.#gamma));
  }

  protected restarted({ base }: FormulaInput): Tensor {
    return base;
  }
}
