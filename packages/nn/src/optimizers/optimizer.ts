/**
 * @file What all optimizers share: the parameters, the learning rate, and the step that takes every parameter to its new
 * value. The rule for one parameter is a pure function that each optimizer supplies; this file knows none.
 */
import { assignAll, evaluate, noGrad, Tensor, tensor, Variable } from '@windfall/core';
import { checkNumber, equalShapes } from '../arguments.ts';
import { check, describe, formatShape } from '../errors.ts';
import { checkStateDict, compareState, snakeCase, type StateDict } from '../module/state-dict.ts';

/** What an optimizer remembers of one parameter from step to step. */
export type ParameterState = Readonly<Record<string, Tensor>>;

/** What an update rule sees. */
export interface UpdateInput<State extends ParameterState> {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** A single f64 number. */
  readonly learningRate: Tensor;
  /** What the last update of this parameter left; null at the first. */
  readonly state: State | null;
}

/** What an update rule gives. */
export interface Update<State extends ParameterState> {
  readonly parameter: Tensor;
  readonly state: State;
}

/**
 * The base of all optimizers. A subclass gives `update`, the new values of one parameter, and `initialState`.
 * @typeParam State what is remembered of each parameter
 */
export abstract class Optimizer<State extends ParameterState = ParameterState> {
  /** What `step` changes, in order. */
  readonly parameters: readonly Variable[];
  // A variable, so that another learning rate is another input of the same graph, not another graph.
  readonly #learningRate: Variable;
  readonly #states = new Map<Variable, Record<string, Variable>>();

  /** @throws if there are no parameters, one is listed twice or is not a float variable, or the learning rate is negative */
  constructor(parameters: readonly Variable[], learningRate: number) {
    const { name } = this.constructor;
    const given: unknown = parameters;
    check(
      Array.isArray(given) && given.length > 0,
      name,
      () => `expected an array of at least one parameter, such as model.parameters(), not ${describe(given)}`,
    );
    parameters.forEach((parameter: unknown, position) => {
      check(
        parameter instanceof Variable && ['f32', 'f64'].includes(parameter.dtype),
        name,
        () => `parameter ${position} is not a Parameter or Variable of dtype f32 or f64`,
      );
      check(parameters.indexOf(parameter) === position, name, () => `parameter ${position} is listed twice`);
    });
    this.parameters = [...parameters];
    this.#learningRate = new Variable(tensor(0, { dtype: 'f64' }));
    this.learningRate = learningRate;
  }

  /** The factor of every step. It may be changed between steps, which costs nothing. */
  get learningRate(): number {
    return this.#learningRate.item() as number;
  }

  set learningRate(value: number) {
    checkNumber(value, this.constructor.name, 'learningRate', { low: 0 });
    this.#learningRate.assign(tensor(value, { dtype: 'f64' }));
    evaluate([]);
  }

  /** The state before the first update: zeros, which also tell shapes and dtypes. */
  protected abstract initialState(parameter: Tensor): State;

  /** The new values of a parameter and its state. */
  protected abstract update(input: UpdateInput<State>): Update<State>;

  /**
   * Moves every parameter that has a gradient; the others stay. All new values are computed together, with all other
   * assigned variables (running statistics, for example).
   * @throws if a gradient is no tensor, does not have its parameter's shape and dtype, or cannot be computed; then
   *   nothing has changed
   */
  step(): void {
    const updates = noGrad(() =>
      this.parameters.flatMap((parameter, position) =>
        parameter.grad === null
          ? []
          : [{ parameter, result: this.#updateOf(parameter, parameter.grad, position) }],
      ),
    );
    const states = updates.map(
      ({ parameter, result }) => [parameter, this.#stateFor(parameter, result.state)] as const,
    );
    assignAll([
      ...updates.map(({ parameter, result }) => [parameter, result.parameter] as const),
      ...updates.flatMap(({ parameter, result }) => this.#stateAssignments(parameter, result.state)),
    ]);
    evaluate([]);
    for (const [parameter, state] of states) this.#states.set(parameter, state);
  }

  #updateOf(parameter: Variable, gradient: unknown, position: number): Update<State> {
    check(
      gradient instanceof Tensor,
      this.constructor.name,
      () => `the gradient of parameter ${position} is a tensor or null, not ${describe(gradient)}`,
    );
    check(
      equalShapes(gradient.shape, parameter.shape) && gradient.dtype === parameter.dtype,
      this.constructor.name,
      () =>
        `parameter ${position} is ${parameter.dtype} ${formatShape(parameter.shape)}, its gradient ${gradient.dtype} ${formatShape(gradient.shape)}`,
    );
    // Assigned from values that `update` gave.
    const state = (this.#states.get(parameter) ?? null) as State | null;
    return this.update({ parameter, gradient, learningRate: this.#learningRate, state });
  }

  /** The variables of a parameter's state; at its first update new ones, which have their values already. */
  #stateFor(parameter: Variable, values: ParameterState): Record<string, Variable> {
    const known = this.#states.get(parameter);
    if (known !== undefined) return known;
    return Object.fromEntries(
      Object.entries<Tensor>(values).map(([slot, value]) => [slot, new Variable(value)]),
    );
  }

  /** What the variables of a parameter's state are to become. */
  #stateAssignments(parameter: Variable, values: ParameterState): [Variable, Tensor][] {
    const known = this.#states.get(parameter) ?? {};
    return Object.entries(known).map(([slot, variable]) => [variable, values[slot]!]);
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.parameters) parameter.grad = null;
  }

  /**
   * The learning rate and all that is remembered from step to step, by PyTorch's names after the parameter's number:
   * `0.momentum_buffer`. The values stay as they are when training goes on.
   */
  stateDict(): StateDict {
    const values: [string, Tensor][] = [['learning_rate', this.#learningRate.detach()]];
    this.parameters.forEach((parameter, position) => {
      for (const [slot, value] of Object.entries(this.#states.get(parameter) ?? {}))
        values.push([`${position}.${snakeCase(slot)}`, value.detach()]);
    });
    evaluate(values.map(([, value]) => value));
    return Object.fromEntries(values);
  }

  /**
   * Continues from a state dict of an optimizer of the same kind with the same parameters.
   * @throws one error that lists all missing, unexpected and misshapen names and wrong dtypes, or one for a learning
   *   rate out of range; then nothing has changed
   */
  loadStateDict(state: Readonly<StateDict>): void {
    const operation = `${this.constructor.name}.loadStateDict`;
    checkStateDict(state, operation);
    const expected = new Map<string, Tensor>([['learning_rate', this.#learningRate]]);
    const restored = this.parameters.map((parameter, position) => {
      // A parameter that had no gradient so far has no entries at all.
      const isKnown = Object.keys(state).some((name) => name.startsWith(`${position}.`));
      const slots = isKnown ? Object.entries<Tensor>(this.initialState(parameter)) : [];
      const named = slots.map(([slot, zero]) => ({ slot, zero, name: `${position}.${snakeCase(slot)}` }));
      for (const { name, zero } of named) expected.set(name, zero);
      return { parameter, named };
    });
    compareState(operation, state, expected, true);
    evaluate(Object.values(state));
    const learningRate = state['learning_rate']!.item() as number;
    checkNumber(learningRate, operation, 'learning_rate', { low: 0 });
    this.#states.clear();
    for (const { parameter, named } of restored) {
      if (named.length === 0) continue;
      const values = Object.fromEntries(named.map(({ slot, name }) => [slot, state[name]!]));
      this.#states.set(parameter, this.#stateFor(parameter, values));
    }
    this.learningRate = learningRate;
  }
}
