/**
 * @file Several schedules at once.
 */
import { checkSchedulers, LRScheduler } from './lr-scheduler.ts';
import { type Moment, Schedule } from './schedule.ts';

/**
 * Steps several schedules of one optimizer, each going on from the learning rates that the one before has set: PyTorch's
 * `lr_scheduler.ChainedScheduler`.
 *
 * @example
 * const schedule = new ChainedScheduler([
 *   new ConstantLR(optimizer, { factor: 0.5, totalIters: 5 }),
 *   new ExponentialLR(optimizer, 0.5),
 * ]);
 * schedule.step();
 * schedule.getLastLr(); // [0.025]
 */
export class ChainedScheduler extends Schedule {
  readonly #schedulers: readonly LRScheduler[];

  /**
   * @param schedulers schedules of one optimizer, which are stepped by this one only
   * @throws if there are none, one is no schedule that steps by itself, or they are for different optimizers
   */
  constructor(schedulers: readonly LRScheduler[]) {
    const given: unknown = schedulers;
    const first: unknown = Array.isArray(given) ? given[0] : undefined;
    checkSchedulers(given, first instanceof LRScheduler ? first.optimizer : undefined, 'ChainedScheduler');
    super(schedulers[0]!.optimizer, {});
    this.#schedulers = [...schedulers];
  }

  protected override get children(): readonly LRScheduler[] {
    return this.#schedulers;
  }

  /** Has every schedule go on to its next learning rates, in order. */
  step(): void {
    this.advance((moment) => {
      const { values, children } = moment.state;
      let now: Moment = moment;
      const states = this.#schedulers.map((scheduler, k) => {
        now = scheduler.next({ ...now, state: children[k]! });
        return now.state;
      });
      return { ...now, state: { values, children: states } };
    });
  }
}
