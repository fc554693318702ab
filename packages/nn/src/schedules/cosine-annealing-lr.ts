/**
 * @file The schedule that follows half a wave of the cosine (Loshchilov & Hutter 2017, arXiv 1608.03983), without restarts.
 */
import { cos, equal, remainder, type Tensor, where } from '@windfall/core';
import { checkNumber, checkWhole } from '../arguments.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import {
  type FormulaInput,
  FormulaScheduler,
  scheduleOptions,
  type ScheduleOptions,
} from './lr-scheduler.ts';

/** For {@link CosineAnnealingLR}. */
export interface CosineAnnealingLROptions extends ScheduleOptions {
  /** The lowest learning rate; by default 0. */
  etaMin?: number;
}

/**
 * etaMin + (base − etaMin)·(1 + cos(π·step/tMax))/2, falling for `tMax` steps and rising again after them: PyTorch's
 * `lr_scheduler.CosineAnnealingLR`, in its recursive form.
 * @example
 * const schedule = new CosineAnnealingLR(optimizer, 100);
 * for (let epoch = 0; epoch < 50; epoch++) schedule.step();
 * schedule.getLastLr(); // ≈ [0.05]
 */
export class CosineAnnealingLR extends FormulaScheduler {
  readonly #tMax: number;
  readonly #etaMin: number;

  /** @throws if an argument is out of range or an option unknown */
  constructor(optimizer: Optimizer, tMax: number, options: CosineAnnealingLROptions = {}) {
    const { etaMin = 0 } = scheduleOptions(options, 'CosineAnnealingLR', ['etaMin']);
    super(optimizer, options);
    checkWhole(tMax, 'CosineAnnealingLR', 'tMax');
    checkNumber(etaMin, 'CosineAnnealingLR', 'etaMin');
    this.#tMax = tMax;
    this.#etaMin = etaMin;
    this.start();
  }

  protected formula({ epoch, current, base, isFirst }: FormulaInput): Tensor {
    const [tMax, etaMin] = [this.#tMax, this.#etaMin];
    const height = (step: Tensor): Tensor => cos(step.mul(Math.PI).div(tMax)).add(1);
    // PyTorch continues from a step by hand with the closed form.
    const later = isFirst
      ? base.sub(etaMin).mul(height(epoch)).div(2).add(etaMin)
      : current
          .sub(etaMin)
          .mul(height(epoch).div(height(epoch.sub(1))))
          .add(etaMin);
    // At the bottom, from which no factor leads up again.
    const isAfterBottom = equal(remainder(epoch.sub(1 + tMax), 2 * tMax), 0);
    const risen = current.add(base.sub(etaMin).mul((1 - Math.cos(Math.PI / tMax)) / 2));
    const next = isFirst ? later : where(isAfterBottom, risen, later);
    return where(equal(epoch, 0), current, next);
  }

  protected restarted({ base }: FormulaInput): Tensor {
    return base;
  }
}
