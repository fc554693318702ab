/**
 * @file The schedule that follows half waves of the cosine again and again (Loshchilov & Hutter 2017, arXiv 1608.03983).
 */
import { cos, greaterEqual, less, type Tensor, tensor, where } from '@windfall/core';
import { check } from '@windfall/core/extension';
import { checkNumber, checkWhole } from '../arguments.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { LRScheduler, momentAt, scheduleOptions, type ScheduleOptions } from './lr-scheduler.ts';
import { count, double, type Moment } from './schedule.ts';

/** For {@link CosineAnnealingWarmRestarts}. */
export interface CosineAnnealingWarmRestartsOptions extends ScheduleOptions {
  /** By how much each wave is longer than the one before, a whole number; by default 1. */
  tMult?: number;
  /** The lowest learning rate; by default 0. */
  etaMin?: number;
}

/**
 * etaMin + (base − etaMin)·(1 + cos(π·t/T))/2 at the t-th step of a wave of T steps, `t0` at first, after which it begins
 * again: PyTorch's `lr_scheduler.CosineAnnealingWarmRestarts`.
 * @example
 * const schedule = new CosineAnnealingWarmRestarts(optimizer, 10, { tMult: 2 });
 * schedule.step();
 *
 * // Or to any place between epochs, here to the middle of the first wave:
 * schedule.step(5);
 * schedule.getLastLr(); // ≈ [0.05]
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  readonly #t0: number;
  readonly #tMult: number;
  readonly #etaMin: number;

  /** @throws if an argument is out of range or an option unknown */
  constructor(optimizer: Optimizer, t0: number, options: CosineAnnealingWarmRestartsOptions = {}) {
    const operation = 'CosineAnnealingWarmRestarts';
    const {
      tMult = 1,
      etaMin = 0,
      lastEpoch = -1,
    } = scheduleOptions(options, operation, ['tMult', 'etaMin']);
    checkWhole(t0, operation, 't0');
    checkWhole(tMult, operation, 'tMult');
    checkNumber(etaMin, operation, 'etaMin');
    super(optimizer, options, { T_cur: tensor(lastEpoch, double), T_i: tensor(t0, double) });
    this.#t0 = t0;
    this.#tMult = tMult;
    this.#etaMin = etaMin;
    this.start();
  }

  /**
   * Goes on to the next epoch, or to a given place, which need not be whole.
   * @param epoch ≥ 0 and < 2³¹; inside a compiled function it is fixed when that is traced
   * @throws if the epoch is negative or too large
   */
  override step(epoch?: number): void {
    if (epoch === undefined) {
      super.step();
      return;
    }
    checkNumber(epoch, 'CosineAnnealingWarmRestarts', 'epoch', { low: 0 });
    check(epoch < 2 ** 31, 'CosineAnnealingWarmRestarts', () => `epoch is a number < 2³¹, not ${epoch}`);
    this.advance((moment) => this.#jump(moment, epoch));
  }

  override next(moment: Moment): Moment {
    const { values } = moment.state;
    const isFresh = less(values['last_epoch']!, 0);
    const current = values['T_cur']!.add(1);
    const length = values['T_i']!;
    const isOver = greaterEqual(current, length);
    return this.#place(
      moment,
      values['last_epoch']!.add(1),
      where(isFresh, 0, where(isOver, current.sub(length), current)),
      where(isFresh, this.#t0, where(isOver, length.mul(this.#tMult), length)),
    );
  }

  override restart(moment: Moment): Moment {
    return this.#jump(moment, 0);
  }

  #jump(moment: Moment, epoch: number): Moment {
    const [t0, tMult] = [this.#t0, this.#tMult];
    const whole = count(Math.floor(epoch));
    if (epoch >= t0 && tMult === 1)
      return this.#place(moment, whole, tensor(epoch % t0, double), moment.state.values['T_i']!);
    // The waves before this one took t0·(1 + tMult + … + tMult^(n−1)) steps.
    const n = epoch < t0 ? 0 : Math.trunc(Math.log((epoch / t0) * (tMult - 1) + 1) / Math.log(tMult));
    const passed = n === 0 ? 0 : (t0 * (tMult ** n - 1)) / (tMult - 1);
    return this.#place(moment, whole, tensor(epoch - passed, double), tensor(t0 * tMult ** n, double));
  }

  /** The moment `current` steps into a wave. */
  #place(moment: Moment, epoch: Tensor, current: Tensor, length: Tensor): Moment {
    const height = cos(current.mul(Math.PI).div(length)).add(1);
    const base = moment.state.values['base_lrs']!;
    const learningRates = base.sub(this.#etaMin).mul(height).div(2).add(this.#etaMin);
    return momentAt(moment, { last_epoch: epoch, T_cur: current, T_i: length }, learningRates);
  }
}
