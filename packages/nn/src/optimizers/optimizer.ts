/**
 * @file What all optimizers share: groups of parameters with their options, the state of each parameter, and the step that
 * takes every parameter to its new value. The rule for one parameter is a pure function that each optimizer supplies;
 * this file knows none.
 */
import { assignAll, evaluate, noGrad, onFailure, Tensor, tensor, Variable } from '@windfall/core';
import { check, describe, equalShapes, formatShape } from '@windfall/core/extension';
import { checkNumber, isRecord, optionsOf } from '../arguments.ts';
import { checkStateDict, compareState, snakeCase, type StateDict } from '../module/state-dict.ts';
import type { CommonOptions, OptionRules, Settings } from './option-rules.ts';
import { Group, type ParameterGroup, type ParameterGroupOptions } from './parameter-group.ts';

/** What an optimizer remembers of one parameter from step to step. */
export type ParameterState = Readonly<Record<string, Tensor>>;

/** What an update rule knows of the group that a parameter belongs to. */
export interface GroupSettings<Options> {
  readonly options: Settings<Options>;
  /** Whether an option that is off at 0 is on. */
  readonly uses: (name: keyof Options & string) => boolean;
}

/** What an update rule sees. */
export interface UpdateInput<Options, State extends ParameterState> extends GroupSettings<Options> {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** What the last update of this parameter left; at the first what `initialState` gives. */
  readonly state: State;
}

/** What an update rule gives. */
export interface Update<State extends ParameterState> {
  readonly parameter: Tensor;
  readonly state: State;
}

/** A parameter on its way to its new value. */
interface Moved<State extends ParameterState> {
  readonly parameter: Variable;
  readonly state: Readonly<Record<string, Variable>>;
  readonly result: Update<State>;
}

const initialName = 'initial_learning_rate';

/** What an optimizer is made for: parameters, or groups of them with options of their own. */
export type OptimizerParameters<Options = CommonOptions> =
  | readonly Variable[]
  | readonly ParameterGroupOptions<Options>[];

const namesOf = <Options>(rules: OptionRules<Options>): (keyof Options & string)[] =>
  Object.keys(rules) as (keyof Options & string)[];

/**
 * The base of all optimizers. A subclass gives `update`, the new values of one parameter, and `initialState`.
 * @typeParam Options the subclass's options
 * @typeParam State what is remembered of each parameter
 *
 * @example
 * class SignDescent extends Optimizer {
 *   constructor(parameters: OptimizerParameters, options: CommonOptions = {}) {
 *     super(parameters, options, { learningRate: { kind: 'number', low: 0, initial: 0.01 } });
 *   }
 *   protected initialState() {
 *     return {};
 *   }
 *   protected update({ parameter, gradient, options }: UpdateInput<CommonOptions, ParameterState>) {
 *     const rate = options.learningRate.cast(parameter.dtype);
 *     return { parameter: parameter.sub(gradient.sign().mul(rate)), state: {} };
 *   }
 * }
 * const w = new Variable(tensor([1, 2]), { requiresGrad: true });
 * w.sum().backward();
 * new SignDescent([w], { learningRate: 0.5 }).step();
 * w.toArray(); // [0.5, 1.5]
 */
export abstract class Optimizer<
  Options extends CommonOptions = CommonOptions,
  State extends ParameterState = ParameterState,
> {
  readonly #groups: Group<Options>[] = [];
  readonly #defaults: Options;
  readonly #rules: OptionRules<Options>;
  #states: ReadonlyMap<Variable, Readonly<Record<string, Variable>>> = new Map();

  /**
   * @param parameters parameters, or groups of them: `{ parameters, ...options }`
   * @param options the options of the groups that have no others
   * @param rules what options there are
   * @throws if there are no parameters, one is listed twice or is not a float variable, or an option is unknown or out of
   *   range
   */
  constructor(parameters: OptimizerParameters<Options>, options: Options, rules: OptionRules<Options>) {
    const { name } = this.constructor;
    this.#rules = rules;
    this.#defaults = optionsOf(options, name, namesOf(rules));
    const given: unknown = parameters;
    check(
      Array.isArray(given) && given.length > 0,
      name,
      () => `expected an array of at least one parameter, such as model.parameters(), not ${describe(given)}`,
    );
    const isGroups = given.every((entry) => isRecord(entry) && 'parameters' in entry);
    const groups = isGroups ? given : [{ parameters: given }];
    for (const group of groups) this.#addGroup(group as ParameterGroupOptions<Options>);
  }

  #addGroup(given: ParameterGroupOptions<Options>): void {
    const { name } = this.constructor;
    const names = ['parameters', ...namesOf(this.#rules)] as (keyof ParameterGroupOptions<Options> &
      string)[];
    const { parameters, ...own } = optionsOf(given, name, names);
    const list: unknown = parameters;
    check(
      Array.isArray(list) && list.length > 0,
      name,
      () => `the parameters of a group are an array of at least one, not ${describe(list)}`,
    );
    const known = this.parameters;
    const all = [...known, ...parameters];
    parameters.forEach((parameter: unknown, k) => {
      const position = known.length + k;
      check(
        parameter instanceof Variable && ['f32', 'f64'].includes(parameter.dtype),
        name,
        () => `parameter ${position} is not a Parameter or Variable of dtype f32 or f64`,
      );
      check(all.indexOf(parameter) === position, name, () => `parameter ${position} is listed twice`);
    });
    const options = { ...this.#defaults, ...own } as unknown as Options;
    const checkOptions = (values: Required<Options>): void => {
      this.checkOptions(values);
    };
    this.#groups.push(new Group(name, [...parameters], options, this.#rules, checkOptions));
  }

  /**
   * Adds parameters with options of their own to what `step` changes: PyTorch's `add_param_group`. A compiled step is
   * traced anew.
   * @throws as the constructor, and while a function is traced; then nothing is added
   * @example
   * optimizer.addParameterGroup({ parameters: new Linear(8, 3).parameters(), learningRate: 0.01 });
   * optimizer.groups.map((group) => group.learningRate); // [0.1, 0.01]
   */
  addParameterGroup(group: ParameterGroupOptions<Options>): void {
    this.#groups[0]!.retire();
    this.#addGroup(group);
  }

  /** The groups: PyTorch's `param_groups`. Their options may be changed between steps, which costs nothing. */
  get groups(): readonly ParameterGroup<Options>[] {
    return this.#groups.map(({ view }) => view);
  }

  /** What `step` changes, in order. */
  get parameters(): readonly Variable[] {
    return this.#groups.flatMap(({ parameters }) => parameters);
  }

  /** The learning rate of the first group; setting it sets it for all. */
  get learningRate(): number {
    return this.groups[0]!.learningRate as number;
  }

  set learningRate(value: number) {
    checkNumber(value, this.constructor.name, 'learningRate', { low: 0 });
    for (const group of this.#groups) group.set({ learningRate: value });
  }

  /** @internal For schedules: the groups as the optimizer holds them. */
  get scheduledGroups(): readonly Pick<
    Group<Options>,
    'initialLearningRate' | 'set' | 'uses' | 'variablesOf'
  >[] {
    return this.#groups;
  }

  /** Throws if options that are right by themselves do not go together. */
  protected checkOptions(_values: Required<Options>): void {
    // Most optimizers have no such options.
  }

  /** The state before the first update, which depends on no value of any tensor. */
  protected abstract initialState(parameter: Tensor, group: GroupSettings<Options>): State;

  /** The new values of a parameter and its state. */
  protected abstract update(input: UpdateInput<Options, State>): Update<State>;

  #settingsOf(group: Group<Options>): GroupSettings<Options> {
    return { options: group.settings, uses: (name) => group.uses(name) };
  }

  /**
   * Moves every parameter that has a gradient; the others stay. All new values are computed together, with all other
   * assigned variables (running statistics, for example).
   * @throws if a gradient is no tensor, does not have its parameter's shape and dtype, or cannot be computed; then
   *   nothing has changed
   */
  step(): void {
    const moved = noGrad(() => this.#moved());
    const assignments: [Variable, Tensor][] = [];
    for (const { parameter, state, result } of moved) {
      assignments.push([parameter, result.parameter]);
      for (const slot in result.state) assignments.push([state[slot]!, result.state[slot]!]);
    }
    assignAll(assignments);
    evaluate([]);
    const before = this.#states;
    this.#states = new Map([...before, ...moved.map(({ parameter, state }) => [parameter, state] as const)]);
    onFailure(() => {
      this.#states = before;
    });
  }

  /** The parameters that have a gradient, with their new values and those of their states. */
  #moved(): Moved<State>[] {
    const moved: Moved<State>[] = [];
    let position = 0;
    for (const group of this.#groups) {
      const settings = this.#settingsOf(group);
      const { options, uses } = settings;
      for (const parameter of group.parameters) {
        const gradient: unknown = parameter.grad;
        this.#checkGradient(gradient, parameter, position++);
        if (gradient === null) continue;
        const state = this.#stateOf(parameter, settings);
        // Only this class assigns the state, from values that `update` gave.
        const before = state as unknown as State;
        moved.push({
          parameter,
          state,
          result: this.update({ options, uses, parameter, gradient, state: before }),
        });
      }
    }
    return moved;
  }

  #checkGradient(
    gradient: unknown,
    parameter: Variable,
    position: number,
  ): asserts gradient is Tensor | null {
    const { name } = this.constructor;
    if (gradient === null) return;
    check(
      gradient instanceof Tensor,
      name,
      () => `the gradient of parameter ${position} is a tensor or null, not ${describe(gradient)}`,
    );
    check(
      equalShapes(gradient.shape, parameter.shape) && gradient.dtype === parameter.dtype,
      name,
      () =>
        `parameter ${position} is ${parameter.dtype} ${formatShape(parameter.shape)}, its gradient ${gradient.dtype} ${formatShape(gradient.shape)}`,
    );
  }

  /** The variables of a parameter's state. New ones have their initial values. */
  #stateOf(parameter: Variable, settings: GroupSettings<Options>): Record<string, Variable> {
    const state: Record<string, Variable> = { ...this.#states.get(parameter) };
    const initial: ParameterState = this.initialState(parameter, settings);
    for (const slot in initial) state[slot] ??= new Variable(initial[slot]!);
    return state;
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.parameters) parameter.grad = null;
  }

  /**
   * The options of all groups, and all that is remembered from step to step, by PyTorch's names: `groups.0.weight_decay`,
   * and after the parameter's number `0.momentum_buffer`. The values stay as they are when training goes on.
   */
  stateDict(): StateDict {
    const values: [string, Tensor][] = this.#groups.flatMap((group, number) => [
      ...this.#groupEntries(group, number, null),
    ]);
    let position = 0;
    for (const group of this.#groups)
      for (const parameter of group.parameters) {
        const prefix = `${position++}.`;
        const state = this.#states.get(parameter);
        if (state === undefined) continue;
        for (const slot of Object.keys(this.initialState(parameter, this.#settingsOf(group))))
          if (slot in state) values.push([prefix + snakeCase(slot), state[slot]!.detach()]);
      }
    evaluate(values.map(([, value]) => value));
    return Object.fromEntries(values);
  }

  /**
   * Continues from a state dict of an optimizer of the same kind with the same parameters in the same groups; options and
   * state become those of the dict.
   * @throws one error that lists all missing, unexpected and misshapen names and wrong dtypes, or one for an option out of
   *   range; then nothing has changed
   */
  loadStateDict(state: Readonly<StateDict>): void {
    const operation = `${this.constructor.name}.loadStateDict`;
    checkStateDict(state, operation);
    const restored = this.#groups.map((group, number) => this.#groupIn(state, group, number, operation));
    const expected = new Map<string, Tensor>(
      this.#groups.flatMap((group, number) => [...this.#groupEntries(group, number, state)]),
    );
    let position = 0;
    const parameters = restored.flatMap((group) =>
      group.parameters.map((parameter) => {
        const prefix = `${position++}.`;
        const initial = Object.entries<Tensor>(this.initialState(parameter, this.#settingsOf(group)));
        const slots = initial.map(([slot, zero]) => ({ slot, zero, name: prefix + snakeCase(slot) }));
        // A parameter that had no gradient so far has no entries at all.
        const isKnown = Object.keys(state).some((name) => name.startsWith(prefix));
        if (isKnown) for (const { name, zero } of slots) expected.set(name, zero);
        return { parameter, slots, isKnown };
      }),
    );
    compareState(operation, state, expected, true);
    evaluate(Object.values(state));
    for (const [number, group] of this.#groups.entries()) group.takeOver(restored[number]!);
    const states = new Map(this.#states);
    for (const { parameter, slots, isKnown } of parameters) {
      if (!isKnown && !states.has(parameter)) continue;
      const known = states.get(parameter) ?? {};
      const values = slots.map(({ slot, zero, name }) => [slot, isKnown ? state[name]! : zero] as const);
      // Variables stay the same: compiled steps use them.
      assignAll(values.flatMap(([slot, value]) => (slot in known ? [[known[slot]!, value]] : [])));
      const added = values.filter(([slot]) => !(slot in known));
      states.set(parameter, {
        ...known,
        ...Object.fromEntries(added.map(([slot, value]) => [slot, new Variable(value)])),
      });
    }
    this.#states = states;
    evaluate([]);
  }

  /** What a group contributes to a state dict; what only some groups have, when the given state has it. */
  #groupEntries(
    group: Group<Options>,
    number: number,
    given: Readonly<StateDict> | null,
  ): Map<string, Tensor> {
    const prefix = `groups.${number}.`;
    const first = this.#groups
      .slice(0, number)
      .reduce((count, { parameters }) => count + parameters.length, 0);
    const members = group.parameters.map((_, k) => first + k);
    const entries = [...group.stateEntries(), ['parameters', tensor(members, { dtype: 'i32' })] as const];
    const isScheduled =
      given === null ? group.initialLearningRate !== null : `${prefix}${initialName}` in given;
    const scheduled = isScheduled
      ? [[initialName, tensor(group.initialLearningRate ?? 0, { dtype: 'f64' })] as const]
      : [];
    return new Map([...entries, ...scheduled].map(([name, value]) => [prefix + name, value]));
  }

  /** A group with the options of a state dict; if those do not fit, the group as it is. */
  #groupIn(
    state: Readonly<StateDict>,
    group: Group<Options>,
    number: number,
    operation: string,
  ): Group<Options> {
    const prefix = `groups.${number}.`;
    const entries = [...this.#groupEntries(group, number, state)];
    // Which parameters the group has decides nothing here.
    const options = entries.filter(([name]) => name !== `${prefix}parameters`);
    const fits = options.every(([name, { shape, dtype }]) => {
      const value: unknown = Object.hasOwn(state, name) ? state[name] : null;
      return value instanceof Tensor && equalShapes(value.shape, shape) && value.dtype === dtype;
    });
    if (!fits) return group;
    const given = group.optionsIn((name) => state[prefix + name]!);
    const restored = new Group(operation, group.parameters, given, this.#rules, (values) => {
      this.checkOptions(values);
    });
    const initial = state[prefix + initialName];
    restored.initialLearningRate = initial === undefined ? null : initial.item();
    return restored;
  }
}
