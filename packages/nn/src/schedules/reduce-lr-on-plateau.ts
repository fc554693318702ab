/**
 * @file The schedule that waits until a metric has stopped improving.
 */
import { greater, less, logicalAnd, maximum, Tensor, tensor, where } from '@windfall/core';
import { check, describe, formatShape } from '@windfall/core/extension';
import { checkNumber, checkWhole, optionsOf } from '../arguments.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { checkOptimizer, count, double, type Moment, perGroup, Schedule } from './schedule.ts';

/** For {@link ReduceLROnPlateau}. */
export interface ReduceLROnPlateauOptions {
  /** Whether a smaller metric is better (the default) or a larger one. */
  mode?: 'min' | 'max';
  /** The factor of the learning rates, < 1; by default 0.1. */
  factor?: number;
  /** How many steps without improvement are let pass; by default 10. */
  patience?: number;
  /** What counts as an improvement, ≥ 0; by default 1e-4. */
  threshold?: number;
  /** Whether the threshold is a part of the best metric (the default) or a difference from it. */
  thresholdMode?: 'rel' | 'abs';
  /** How many steps to wait after a reduction before counting again; by default 0. */
  cooldown?: number;
  /** The lowest learning rate, one for all groups or one for each; by default 0. */
  minLr?: number | readonly number[];
  /** Reductions by no more than this are not made; by default 1e-8. */
  eps?: number;
}

const known = [
  'mode',
  'factor',
  'patience',
  'threshold',
  'thresholdMode',
  'cooldown',
  'minLr',
  'eps',
] as const;

/**
 * Multiplies the learning rates by a factor when a metric has not improved for some steps: PyTorch's
 * `lr_scheduler.ReduceLROnPlateau`.
 * @example
 * const schedule = new ReduceLROnPlateau(optimizer, { factor: 0.5, patience: 1 });
 * for (const loss of [3, 2, 2, 2]) schedule.step(loss);
 * schedule.getLastLr(); // [0.05]
 */
export class ReduceLROnPlateau extends Schedule {
  readonly #options: Required<Omit<ReduceLROnPlateauOptions, 'minLr'>>;
  readonly #lowest: Tensor;

  /** @throws if the first argument is no optimizer, or an option is unknown or out of range */
  constructor(optimizer: Optimizer, options: ReduceLROnPlateauOptions = {}) {
    const operation = 'ReduceLROnPlateau';
    checkOptimizer(optimizer, operation);
    const {
      mode = 'min',
      factor = 0.1,
      patience = 10,
      threshold = 1e-4,
      thresholdMode = 'rel',
      cooldown = 0,
      minLr = 0,
      eps = 1e-8,
    } = optionsOf(options, operation, known);
    check(['min', 'max'].includes(mode), operation, () => `mode is 'min' or 'max', not ${describe(mode)}`);
    check(
      ['rel', 'abs'].includes(thresholdMode),
      operation,
      () => `thresholdMode is 'rel' or 'abs', not ${describe(thresholdMode)}`,
    );
    checkNumber(factor, operation, 'factor');
    check(factor < 1, operation, () => `factor is less than 1, not ${factor}`);
    checkWhole(patience, operation, 'patience', 0);
    checkNumber(threshold, operation, 'threshold', { low: 0 });
    checkWhole(cooldown, operation, 'cooldown', 0);
    checkNumber(eps, operation, 'eps', { low: 0 });
    const lowest = perGroup(minLr, optimizer, operation, 'minLr');
    super(optimizer, {
      last_epoch: count(0),
      best: tensor(mode === 'min' ? Infinity : -Infinity, double),
      num_bad_epochs: count(0),
      cooldown_counter: count(0),
    });
    this.#options = { mode, factor, patience, threshold, thresholdMode, cooldown, eps };
    this.#lowest = tensor(lowest, double);
  }

  /**
   * Takes note of the metric, and reduces the learning rates if it is time.
   * @param metric a number, or a tensor of one element, which may be computed
   * @throws if it is neither
   */
  step(metric: number | Tensor): void {
    check(
      typeof metric === 'number' || metric instanceof Tensor,
      'ReduceLROnPlateau',
      () => `the metric is a number or a tensor of one element, not ${describe(metric)}`,
    );
    check(
      typeof metric === 'number' || metric.size === 1,
      'ReduceLROnPlateau',
      () => `the metric has one element, not shape ${formatShape((metric as Tensor).shape)}`,
    );
    this.advance((moment) => {
      const value = typeof metric === 'number' ? tensor(metric, double) : metric.reshape([]).cast('f64');
      return this.#next(moment, value);
    });
  }

  #isBetter(metric: Tensor, best: Tensor): Tensor {
    const { mode, threshold, thresholdMode } = this.#options;
    const change = mode === 'min' ? -threshold : threshold;
    const limit = thresholdMode === 'rel' ? best.mul(1 + change) : best.add(change);
    return mode === 'min' ? less(metric, limit) : greater(metric, limit);
  }

  #next({ learningRates, momenta, state }: Moment, metric: Tensor): Moment {
    const { factor, patience, cooldown, eps } = this.#options;
    const { values, children } = state;
    const isBetter = this.#isBetter(metric, values['best']!);
    const waiting = values['cooldown_counter']!;
    const isWaiting = greater(waiting, 0);
    const bad = where(isWaiting, 0, where(isBetter, 0, values['num_bad_epochs']!.add(1)));
    const isTime = greater(bad, patience);
    const reduced = maximum(learningRates.mul(factor), this.#lowest);
    const isWorthwhile = greater(learningRates.sub(reduced), eps);
    return {
      learningRates: where(logicalAnd(isTime, isWorthwhile), reduced, learningRates),
      momenta,
      state: {
        values: {
          ...values,
          last_epoch: values['last_epoch']!.add(1),
          best: where(isBetter, metric, values['best']!),
          num_bad_epochs: where(isTime, 0, bad),
          cooldown_counter: where(isTime, cooldown, where(isWaiting, waiting.sub(1), waiting)),
        },
        children,
      },
    };
  }
}
