/**
 * @file What all schedules share: they read the rates of an optimizer's groups, compute the next ones as tensors, and assign
 * them, so that a schedule can step inside a compiled function as well as outside. This file knows no formula.
 */
import { assignAll, evaluate, noGrad, stack, type Tensor, tensor, Variable } from '@windfall/core';
import { check, describe } from '@windfall/core/extension';
import { checkStateDict, compareState, type StateDict } from '../module/state-dict.ts';
import { Optimizer } from '../optimizers/optimizer.ts';

/** What a schedule remembers, by the names of PyTorch, and what the schedules in it remember. */
export interface ScheduleState {
  readonly values: Readonly<Record<string, Tensor>>;
  readonly children: readonly ScheduleState[];
}

/** Where training is: each tensor of rates has one f64 number for each group. */
export interface Moment {
  readonly state: ScheduleState;
  readonly learningRates: Tensor;
  /** The momentum, or the first of Adam's betas; null where the optimizer has neither. */
  readonly momenta: Tensor | null;
}

export const double = { dtype: 'f64' } as const;

/** A whole number that is remembered. */
export const count = (value: number): Tensor => tensor(value, { dtype: 'i32' });

/** The value of a tensor without axes; null while a function is traced, when there is none. */
export function numberIfKnown(x: Tensor): number | null {
  try {
    return x.item();
  } catch {
    return null;
  }
}

/** Throws unless the value is an optimizer. */
export function checkOptimizer(value: unknown, operation: string): asserts value is Optimizer {
  check(
    value instanceof Optimizer,
    operation,
    () => `the first argument is an optimizer, not ${describe(value)}`,
  );
}

/** One number for each group, from one for all or a list. */
export function perGroup(
  value: number | readonly number[],
  optimizer: Optimizer,
  operation: string,
  name: string,
): number[] {
  const groups = optimizer.groups.length;
  const values: readonly unknown[] = Array.isArray(value) ? value : optimizer.groups.map(() => value);
  check(
    values.length === groups && values.every((entry) => typeof entry === 'number' && Number.isFinite(entry)),
    operation,
    () => `${name} is a finite number, or one for each of the optimizer's ${groups} groups`,
  );
  return values as number[];
}

/**
 * The base of everything that changes an optimizer's learning rates from step to step. Groups that are added to the
 * optimizer later are left alone.
 * @example
 * const schedule: Schedule = new StepLR(optimizer, 30);
 * schedule.getLastLr(); // [0.1]
 */
export abstract class Schedule {
  readonly optimizer: Optimizer;
  readonly #groups: Optimizer['scheduledGroups'];
  readonly #variables: Readonly<Record<string, Variable>>;

  /** @param initial what the schedule remembers at first, besides the learning rates that it set last */
  constructor(optimizer: Optimizer, initial: Readonly<Record<string, Tensor>>) {
    checkOptimizer(optimizer, new.target.name);
    this.optimizer = optimizer;
    this.#groups = [...optimizer.scheduledGroups];
    const state = { ...initial, last_lr: this.#stacked('learningRate')! };
    this.#variables = Object.fromEntries(
      Object.entries<Tensor>(state).map(([name, value]) => [name, new Variable(value)]),
    );
  }

  /** The schedules in this one. */
  protected get children(): readonly Schedule[] {
    return [];
  }

  /** An option of every group; null if the optimizer has none of the name. */
  #stacked(name: string): Tensor | null {
    const variables = this.#groups.map((group) => group.variablesOf(name)[0]);
    return variables.includes(undefined) ? null : stack(variables as Variable[]);
  }

  get #momentumName(): string {
    return this.#groups[0]!.variablesOf('betas').length > 0 ? 'betas' : 'momentum';
  }

  /** @internal What is remembered now. */
  get state(): ScheduleState {
    return { values: this.#variables, children: this.children.map(({ state }) => state) };
  }

  /** @internal Where training is now. */
  now(): Moment {
    return {
      state: this.state,
      learningRates: this.#stacked('learningRate')!,
      momenta: this.#stacked(this.#momentumName),
    };
  }

  /** @internal What takes this schedule's memory to another state. */
  assignments(state: ScheduleState): (readonly [Variable, Tensor])[] {
    const own = Object.entries(this.#variables).map(
      ([name, variable]) => [variable, state.values[name]!] as const,
    );
    return [...own, ...this.children.flatMap((child, k) => child.assignments(state.children[k]!))];
  }

  /** Sets the optimizer's rates and the memory to what the next moment has. */
  protected advance(next: (now: Moment) => Moment): void {
    const now = this.now();
    const then = noGrad(() => next(now));
    const { learningRates, momenta } = then;
    const numberOf = (values: Tensor, group: number): Tensor =>
      values.slice([[group, group + 1]]).reshape([]);
    const rates = this.#groups.flatMap((group, k) => [
      [group.variablesOf('learningRate')[0]!, numberOf(learningRates, k)] as const,
      ...(momenta === null || momenta === now.momenta
        ? []
        : [[group.variablesOf(this.#momentumName)[0]!, numberOf(momenta, k)] as const]),
    ]);
    const values = { ...then.state.values, last_lr: learningRates };
    assignAll([...rates, ...this.assignments({ ...then.state, values })]);
    evaluate([]);
  }

  /** The learning rate that this schedule set last, for each group: PyTorch's `get_last_lr`. */
  getLastLr(): number[] {
    return Array.from(this.#variables['last_lr']!.data());
  }

  /**
   * All that the schedule remembers, by PyTorch's names: `last_epoch`. Its options are not among it, nor are the
   * optimizer's rates, which stand in the optimizer's own state dict.
   */
  stateDict(): StateDict {
    const values = this.#named('').map(([name, variable]) => [name, variable.detach()] as const);
    evaluate(values.map(([, value]) => value));
    return Object.fromEntries(values);
  }

  #named(prefix: string): [name: string, variable: Variable][] {
    const own = Object.entries(this.#variables).map(([name, variable]): [string, Variable] => [
      prefix + name,
      variable,
    ]);
    return [...own, ...this.children.flatMap((child, k) => child.#named(`${prefix}schedulers.${k}.`))];
  }

  /**
   * Continues from a state dict of a schedule that was made alike. Make the schedule first, which sets the learning rates,
   * then load the optimizer's state dict and this one.
   * @throws one error that lists all missing, unexpected and misshapen names and wrong dtypes; then nothing has changed
   */
  loadStateDict(state: Readonly<StateDict>): void {
    const operation = `${this.constructor.name}.loadStateDict`;
    checkStateDict(state, operation);
    const named = this.#named('');
    compareState(operation, state, new Map(named), true);
    evaluate(Object.values(state));
    assignAll(named.map(([name, variable]) => [variable, state[name]!] as const));
    evaluate([]);
  }
}
