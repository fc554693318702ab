/**
 * @file One schedule after another.
 */
import { equal, greaterEqual, logicalAnd, type Tensor, where } from '@windfall/core';
import { check } from '@windfall/core/extension';
import { checkWhole } from '../arguments.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { checkSchedulers, type LRScheduler } from './lr-scheduler.ts';
import {
  checkOptimizer,
  count,
  type Moment,
  numberIfKnown,
  Schedule,
  type ScheduleState,
} from './schedule.ts';

/**
 * Steps one schedule at a time, the next from each milestone on, where it begins from its own first step: PyTorch's
 * `lr_scheduler.SequentialLR`. The learning rates are set back to those before any schedule first.
 *
 * @example
 * const warmUp = new LinearLR(optimizer, { startFactor: 0.1, totalIters: 5 });
 * const fall = new CosineAnnealingLR(optimizer, 95);
 * const schedule = new SequentialLR(optimizer, [warmUp, fall], [5]);
 * for (let epoch = 0; epoch < 5; epoch++) schedule.step();
 * schedule.getLastLr(); // ≈ [0.1]
 */
export class SequentialLR extends Schedule {
  readonly #schedulers: readonly LRScheduler[];
  readonly #milestones: readonly number[];

  /**
   * @param schedulers schedules of this optimizer, which are stepped by this one only
   * @param milestones at which steps the second and those after it begin, one less than schedules, in rising order
   * @throws if they do not fit together
   */
  constructor(optimizer: Optimizer, schedulers: readonly LRScheduler[], milestones: readonly number[]) {
    const operation = 'SequentialLR';
    checkOptimizer(optimizer, operation);
    checkSchedulers(schedulers, optimizer, operation);
    const given: unknown = milestones;
    check(
      Array.isArray(given) && given.length === schedulers.length - 1,
      operation,
      () => `${schedulers.length} schedules need ${schedulers.length - 1} milestones`,
    );
    milestones.forEach((milestone, position) => {
      checkWhole(milestone, operation, 'each milestone', 0);
      check(
        position === 0 || milestone >= milestones[position - 1]!,
        operation,
        () => 'milestones stand in rising order',
      );
    });
    super(optimizer, { last_epoch: count(0) });
    this.#schedulers = [...schedulers];
    this.#milestones = [...milestones];
    for (const group of optimizer.scheduledGroups) group.set({ learningRate: group.initialLearningRate! });
    this.advance((moment) => this.#begin(moment));
  }

  protected override get children(): readonly LRScheduler[] {
    return this.#schedulers;
  }

  /** Takes back the step that every schedule took when it was made, and has the first take it again. */
  #begin(moment: Moment): Moment {
    const states = moment.state.children.map(({ values, children }) => ({
      values: { ...values, last_epoch: values['last_epoch']!.sub(1) },
      children,
    }));
    const first = this.#schedulers[0]!.next({ ...moment, state: states[0]! });
    return this.#momentWith(moment, first, [first.state, ...states.slice(1)], {});
  }

  #momentWith(
    moment: Moment,
    { learningRates, momenta }: Omit<Moment, 'state'>,
    children: readonly ScheduleState[],
    own: Readonly<Record<string, Tensor>>,
  ): Moment {
    const values = { ...moment.state.values, ...own, last_lr: learningRates };
    return { learningRates, momenta, state: { values, children } };
  }

  /** Goes on to the next learning rates. */
  step(): void {
    this.advance((moment) => this.#next(moment));
  }

  #next(moment: Moment): Moment {
    const epoch = moment.state.values['last_epoch']!.add(1);
    const { children } = moment.state;
    const number = numberIfKnown(epoch);
    const own = { last_epoch: epoch };
    if (number !== null) {
      const active = this.#milestones.filter((milestone) => milestone <= number).length;
      const isRestart = active > 0 && this.#milestones[active - 1] === number;
      const there = { ...moment, state: children[active]! };
      const scheduler = this.#schedulers[active]!;
      const then = isRestart ? scheduler.restart(there) : scheduler.next(there);
      return this.#momentWith(moment, then, children.with(active, then.state), own);
    }
    // While a function is traced, all schedules are computed and one of them is chosen.
    const chosen = this.#schedulers.map((scheduler, k) => {
      const there = { ...moment, state: children[k]! };
      const stepped = scheduler.next(there);
      const then =
        k === 0 ? stepped : choose(equal(epoch, this.#milestones[k - 1]!), scheduler.restart(there), stepped);
      return { there, then, isActive: this.#isActive(k, epoch) };
    });
    const last = chosen.reduce<Moment>(
      (result, { then, isActive }) => choose(isActive, { ...then, state: result.state }, result),
      moment,
    );
    const states = chosen.map(({ there, then, isActive }) => choose(isActive, then, there).state);
    return this.#momentWith(moment, last, states, own);
  }

  /** Whether a schedule is the one for a step. */
  #isActive(position: number, epoch: Tensor): Tensor {
    const [begin = 0, end] = [this.#milestones[position - 1], this.#milestones[position]];
    const hasBegun = greaterEqual(epoch, begin);
    return end === undefined ? hasBegun : logicalAnd(hasBegun, epoch.less(end));
  }
}

/** The one moment or the other. */
function choose(condition: Tensor, yes: Moment, no: Moment): Moment {
  const either = (a: Tensor, b: Tensor): Tensor => (a === b ? a : where(condition, a, b));
  const stateOf = (a: ScheduleState, b: ScheduleState): ScheduleState => ({
    values: Object.fromEntries(
      Object.entries<Tensor>(a.values).map(([name, value]) => [name, either(value, b.values[name]!)]),
    ),
    children: a.children.map((child, k) => stateOf(child, b.children[k]!)),
  });
  return {
    learningRates: either(yes.learningRates, no.learningRates),
    momenta: yes.momenta === null || no.momenta === null ? null : either(yes.momenta, no.momenta),
    state: stateOf(yes.state, no.state),
  };
}
