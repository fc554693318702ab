/**
 * @file The schedules that know how often they have stepped. Each gives a formula for the next learning rates; this file
 * knows none.
 */
import { type Tensor, tensor } from '@windfall/core';
import { check, describe } from '@windfall/core/extension';
import { checkWhole, optionsOf } from '../arguments.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { checkOptimizer, count, double, type Moment, Schedule } from './schedule.ts';

/** What every schedule accepts. */
export interface ScheduleOptions {
  /**
   * The number of the last step that was taken, to continue by hand; by default −1, a fresh start. Otherwise the optimizer
   * must know the learning rates before any schedule, from a state dict.
   */
  lastEpoch?: number;
}

/**
 * A schedule whose `step` needs nothing: PyTorch's `lr_scheduler.LRScheduler`. Each goes from the learning rates
 * now to the next by PyTorch's recursive form, where there is one, so that schedules combine, and changes from outside are
 * kept.
 * @example
 * const schedule: LRScheduler = new ExponentialLR(optimizer, 0.5);
 * schedule.step();
 * optimizer.groups[0].learningRate; // 0.05
 */
export abstract class LRScheduler extends Schedule {
  /**
   * @param initial what the schedule remembers at first besides the number of the step
   * @throws if the first argument is no optimizer, or `lastEpoch` does not fit
   */
  constructor(
    optimizer: Optimizer,
    options: ScheduleOptions,
    initial: Readonly<Record<string, Tensor>> = {},
  ) {
    const { name } = new.target;
    checkOptimizer(optimizer, name);
    const { lastEpoch = -1 } = options;
    checkWhole(lastEpoch, name, 'lastEpoch', -1);
    const base = optimizer.scheduledGroups.map((group, k) => {
      check(
        lastEpoch === -1 || group.initialLearningRate !== null,
        name,
        () =>
          `lastEpoch is ${lastEpoch}, but the learning rate of group ${k} before any schedule is not known; load the optimizer's state dict first`,
      );
      group.initialLearningRate ??= optimizer.groups[k]!.learningRate;
      return group.initialLearningRate;
    });
    super(optimizer, { last_epoch: count(lastEpoch), base_lrs: tensor(base, double), ...initial });
  }

  /** The first step, which sets the learning rates to begin with; each constructor ends with it. */
  protected start(): void {
    this.advance((moment) => this.next(moment, true));
  }

  /** Goes on to the next learning rates. */
  step(): void {
    this.advance((moment) => this.next(moment));
  }

  /**
   * @internal The next moment.
   * @param isFirst whether the schedule is just being made
   */
  abstract next(moment: Moment, isFirst?: boolean): Moment;

  /** @internal The moment in which the schedule begins again: PyTorch's `step(0)`. */
  abstract restart(moment: Moment): Moment;
}

/** What a formula may use; rates have one f64 number for each group. */
export interface FormulaInput {
  /** The number of this step: 0 when the schedule is made, then 1, 2, …; a single f64 number. */
  readonly epoch: Tensor;
  /** The learning rates now. */
  readonly current: Tensor;
  /** The learning rates before any schedule. */
  readonly base: Tensor;
  /** Whether the schedule is just being made. */
  readonly isFirst: boolean;
}

/** A schedule that is one formula. */
export abstract class FormulaScheduler extends LRScheduler {
  /** The learning rates after a step. */
  protected abstract formula(input: FormulaInput): Tensor;

  /** The learning rates of step 0, from those before any schedule. */
  protected abstract restarted(input: FormulaInput): Tensor;

  override next(moment: Moment, isFirst = false): Moment {
    const epoch = moment.state.values['last_epoch']!.add(1);
    return momentAt(moment, { last_epoch: epoch }, this.formula(inputOf(moment, epoch, isFirst)));
  }

  override restart(moment: Moment): Moment {
    const epoch = count(0);
    return momentAt(moment, { last_epoch: epoch }, this.restarted(inputOf(moment, epoch, false)));
  }
}

function inputOf({ state, learningRates }: Moment, epoch: Tensor, isFirst: boolean): FormulaInput {
  return { epoch: epoch.cast('f64'), current: learningRates, base: state.values['base_lrs']!, isFirst };
}

/** A moment with other learning rates, and something else to remember. */
export function momentAt(
  moment: Moment,
  remembered: Readonly<Record<string, Tensor>>,
  learningRates: Tensor,
): Moment {
  const { values, children } = moment.state;
  const state = { values: { ...values, ...remembered, last_lr: learningRates }, children };
  return { ...moment, learningRates, state };
}

/** The options of a schedule without `lastEpoch`, which the base takes. */
export function scheduleOptions<Options extends ScheduleOptions>(
  options: Options,
  operation: string,
  known: readonly (keyof Options & string)[] = [],
): Options {
  return optionsOf(options, operation, [...known, 'lastEpoch'] as (keyof Options & string)[]);
}

/** Throws unless these are schedules, one at least, that step by themselves and are for one optimizer. */
export function checkSchedulers(
  schedulers: unknown,
  optimizer: Optimizer | undefined,
  operation: string,
): asserts schedulers is readonly LRScheduler[] {
  check(
    Array.isArray(schedulers) && schedulers.length > 0,
    operation,
    () => `expected an array of schedules, not ${describe(schedulers)}`,
  );
  schedulers.forEach((scheduler: unknown, position) => {
    check(
      scheduler instanceof LRScheduler,
      operation,
      () => `schedule ${position} is one that steps by itself, such as StepLR, not ${describe(scheduler)}`,
    );
    check(
      scheduler.optimizer === optimizer,
      operation,
      () => `schedule ${position} is for another optimizer`,
    );
  });
}
