/**
 * @file Schedules that a function of the step gives.
 */
import { type Tensor, tensor } from '@windfall/core';
import { check, describe, fail } from '@windfall/core/extension';
import type { Optimizer } from '../optimizers/optimizer.ts';
import {
  type FormulaInput,
  FormulaScheduler,
  scheduleOptions,
  type ScheduleOptions,
} from './lr-scheduler.ts';
import { double, numberIfKnown } from './schedule.ts';

/** A factor for every step, 0 being the first. */
export type LRLambda = (epoch: number) => number;

/** One function for each group. */
function lambdasOf(
  given: LRLambda | readonly LRLambda[],
  optimizer: Optimizer,
  operation: string,
): LRLambda[] {
  const groups = optimizer.groups.length;
  const list: readonly unknown[] = Array.isArray(given) ? given : optimizer.groups.map(() => given);
  check(
    list.length === groups && list.every((entry) => typeof entry === 'function'),
    operation,
    () => `needs a function of the step, or one for each of the optimizer's ${groups} groups`,
  );
  return list as LRLambda[];
}

/** What the functions give at a step. */
function factorsAt(epoch: Tensor, lambdas: readonly LRLambda[], operation: string): Tensor {
  const number = numberIfKnown(epoch);
  if (number === null)
    fail(
      operation,
      'its function takes the number of the step, which is not known while a function is traced; call step() outside',
    );
  const factors = lambdas.map((lambda): unknown => lambda(number));
  for (const factor of factors)
    check(
      typeof factor === 'number',
      operation,
      () => `the function gives a number, not ${describe(factor)}`,
    );
  return tensor(factors as number[], double);
}

/**
 * The learning rates before any schedule times a function of the step: PyTorch's `lr_scheduler.LambdaLR`. It cannot step
 * inside a compiled function.
 * @example
 * const schedule = new LambdaLR(optimizer, (epoch) => 1 / (1 + epoch));
 * for (let epoch = 0; epoch < 3; epoch++) schedule.step();
 * schedule.getLastLr(); // [0.025]
 */
export class LambdaLR extends FormulaScheduler {
  readonly #lambdas: readonly LRLambda[];

  /**
   * @param lambda one function, or one for each group
   * @throws if there are not as many functions as groups, or an option is unknown
   */
  constructor(optimizer: Optimizer, lambda: LRLambda | readonly LRLambda[], options: ScheduleOptions = {}) {
    scheduleOptions(options, 'LambdaLR');
    super(optimizer, options);
    this.#lambdas = lambdasOf(lambda, optimizer, 'LambdaLR');
    this.start();
  }

  protected formula({ epoch, base }: FormulaInput): Tensor {
    return base.mul(factorsAt(epoch, this.#lambdas, 'LambdaLR'));
  }

  protected restarted(input: FormulaInput): Tensor {
    return this.formula(input);
  }
}

/**
 * Multiplies the learning rates by a function of the step at every step but the first: PyTorch's
 * `lr_scheduler.MultiplicativeLR`. It cannot step inside a compiled function.
 * @example
 * const schedule = new MultiplicativeLR(optimizer, (epoch) => 1 / epoch);
 * for (let epoch = 0; epoch < 2; epoch++) schedule.step();
 * schedule.getLastLr(); // [0.05]
 */
export class MultiplicativeLR extends FormulaScheduler {
  readonly #lambdas: readonly LRLambda[];

  /**
   * @param lambda one function, or one for each group
   * @throws if there are not as many functions as groups, or an option is unknown
   */
  constructor(optimizer: Optimizer, lambda: LRLambda | readonly LRLambda[], options: ScheduleOptions = {}) {
    scheduleOptions(options, 'MultiplicativeLR');
    super(optimizer, options);
    this.#lambdas = lambdasOf(lambda, optimizer, 'MultiplicativeLR');
    this.start();
  }

  protected formula({ epoch, current }: FormulaInput): Tensor {
    if (numberIfKnown(epoch) === 0) return current;
    return current.mul(factorsAt(epoch, this.#lambdas, 'MultiplicativeLR'));
  }

  protected restarted({ current }: FormulaInput): Tensor {
    return current;
  }
}
