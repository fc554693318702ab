/**
 * @file The parameters that share options, and those options. What may change from step to step stands in variables, so
 * that other numbers are other inputs of the same program; what decides which program it is retires the old one.
 */
import { assignAll, evaluate, stack, type Tensor, tensor, Variable } from '@windfall/core';
import { snakeCase } from '../module/state-dict.ts';
import {
  checkOption,
  type CommonOptions,
  type OptionRule,
  type OptionRules,
  type OptionValue,
  type Settings,
} from './option-rules.ts';

/**
 * What an optimizer shows of a group of parameters: they and their options, which may be changed between steps.
 * @typeParam Options the optimizer's options
 */
export type ParameterGroup<Options = CommonOptions> = { readonly parameters: readonly Variable[] } & {
  -readonly [Name in keyof Options]-?: Required<Options>[Name];
};

/** What makes a group: its parameters, and the options that differ from the optimizer's. */
export type ParameterGroupOptions<Options = CommonOptions> = {
  readonly parameters: readonly Variable[];
} & Partial<Options>;

const double = { dtype: 'f64' } as const;

/**
 * Has compiled steps that use a variable be traced anew: a variable whose `requiresGrad` has changed makes a program stale.
 * Nobody uses the variable any more.
 */
function retire(variable: Variable): void {
  // Reading fails while a function is traced, when no program may be retired.
  variable.item();
  variable.requiresGrad = true;
}

/** An option of a group. */
class Option {
  readonly rule: OptionRule;
  /** One for each number that may change. */
  variables: readonly Variable[];
  /** What cannot change without another program. */
  fixed: number | boolean;

  constructor(rule: OptionRule, value: OptionValue) {
    this.rule = rule;
    const isFixed = rule.kind === 'flag' || rule.kind === 'constant';
    this.variables = isFixed ? [] : numbersOf(value).map((number) => new Variable(tensor(number, double)));
    this.fixed = isFixed ? (value as number | boolean) : value !== 0;
  }

  get value(): OptionValue {
    if (this.variables.length === 0) return this.fixed;
    const numbers = this.variables.map((variable) => variable.item());
    return this.rule.kind === 'decays' ? (numbers as unknown as [number, number]) : numbers[0]!;
  }

  /** The option as an update rule sees it. */
  get setting(): boolean | Tensor | readonly Tensor[] {
    if (typeof this.fixed === 'number') return tensor(this.fixed, double);
    if (this.variables.length === 0) return this.fixed;
    return this.rule.kind === 'decays' ? this.variables : this.variables[0]!;
  }

  /** What a value turns on or off. */
  fixedBy(value: OptionValue): number | boolean {
    if (this.variables.length === 0) return value as number | boolean;
    return this.rule.kind === 'number' && this.rule.offAtZero === true ? value !== 0 : this.fixed;
  }
}

const numbersOf = (value: OptionValue): number[] =>
  Array.isArray(value) ? [...(value as readonly [number, number])] : [Number(value)];

/** A group as its optimizer holds it. */
export class Group<Options extends CommonOptions> {
  readonly parameters: readonly Variable[];
  /** What users see. */
  readonly view: ParameterGroup<Options>;
  /** The learning rate before any schedule; null as long as there is none. */
  initialLearningRate: number | null = null;
  readonly #optimizer: string;
  readonly #options: ReadonlyMap<string, Option>;
  // Of any values, so that an optimizer with options of its own is an Optimizer where its source is seen, too.
  readonly #check: (values: object) => void;

  /**
   * @param given the options of the group or of its optimizer, which are complete but for those with an initial value
   * @param check what a table of rules cannot say
   */
  constructor(
    optimizer: string,
    parameters: readonly Variable[],
    given: Options,
    rules: OptionRules<Options>,
    check: (values: Required<Options>) => void,
  ) {
    this.parameters = parameters;
    this.#optimizer = optimizer;
    this.#check = (values) => check(values as Required<Options>);
    const values = Object.entries<OptionRule>(rules).map(([name, rule]) => {
      const own = (given as Record<string, unknown>)[name];
      const value: unknown = own === undefined ? rule.initial : own;
      checkOption(rule, value, optimizer, name);
      return [name, rule, value as OptionValue] as const;
    });
    // Each value has just been checked against its rule.
    check(Object.fromEntries(values.map(([name, , value]) => [name, value])) as Required<Options>);
    this.#options = new Map(values.map(([name, rule, value]) => [name, new Option(rule, value)]));
    this.view = this.#makeView();
  }

  #makeView(): ParameterGroup<Options> {
    const view = { parameters: this.parameters };
    for (const name of this.#options.keys())
      Object.defineProperty(view, name, {
        enumerable: true,
        get: () => this.#options.get(name)!.value,
        set: (value: OptionValue) => {
          this.set({ [name]: value });
        },
      });
    // One property has been defined for each option.
    return Object.seal(view) as ParameterGroup<Options>;
  }

  /** The options as they are now. */
  get values(): Required<Options> {
    return Object.fromEntries(
      Array.from(this.#options, ([name, { value }]) => [name, value]),
    ) as Required<Options>;
  }

  /** Throws unless some options may be replaced by others. */
  checkValues(changes: Readonly<Record<string, unknown>>, operation: string): void {
    for (const [name, value] of Object.entries(changes)) {
      const { rule } = this.#options.get(name)!;
      checkOption(rule, value, operation, name);
    }
    const isDecisive = Object.keys(changes).some((name) => this.#decides(name));
    if (isDecisive) this.#check({ ...this.values, ...changes });
  }

  /** Whether an option is more than a number of the same program. */
  #decides(name: string): boolean {
    const { rule } = this.#options.get(name)!;
    return rule.kind === 'flag' || (rule.kind === 'number' && rule.offAtZero === true);
  }

  /**
   * Replaces some options.
   * @throws if one is out of range; then none has changed
   */
  set(changes: Readonly<Record<string, OptionValue>>): void {
    this.checkValues(changes, this.#optimizer);
    for (const [name, value] of Object.entries(changes)) {
      const option = this.#options.get(name)!;
      const fixed = option.fixedBy(value);
      if (fixed !== option.fixed) {
        this.retire();
        option.fixed = fixed;
      }
      if (option.variables.length === 0) continue;
      const numbers = numbersOf(value);
      assignAll(option.variables.map((variable, k) => [variable, tensor(numbers[k]!, double)] as const));
    }
    evaluate([]);
  }

  /**
   * Has compiled steps be traced anew.
   * @throws while a function is traced
   */
  retire(): void {
    const option = this.#options.get('learningRate')!;
    const [before] = option.variables;
    const after = new Variable(tensor(before!.item(), double));
    retire(before!);
    option.variables = [after];
  }

  /** The variables of an option, one for each of its numbers. */
  variablesOf(name: string): readonly Variable[] {
    return this.#options.get(name)?.variables ?? [];
  }

  /** Whether an option that is off at 0 is on. */
  uses(name: string): boolean {
    return this.#options.get(name)!.fixed !== false;
  }

  /** The options as an update rule sees them. */
  get settings(): Settings<Options> {
    const settings = Array.from(this.#options, ([name, option]) => [name, option.setting]);
    // The rules' kinds are those of the options' types.
    return Object.fromEntries(settings) as Settings<Options>;
  }

  /** The options by the names that they have in a state dict, as tensors. */
  stateEntries(): [name: string, value: Tensor][] {
    return Array.from(this.#options, ([name, option]): [string, Tensor] => {
      const { rule, variables, fixed } = option;
      if (rule.kind === 'flag') return [snakeCase(name), tensor(fixed)];
      if (rule.kind === 'constant') return [snakeCase(name), tensor(fixed, double)];
      const values = variables.map((variable) => variable.detach());
      return [snakeCase(name), rule.kind === 'decays' ? stack(values) : values[0]!];
    });
  }

  /** The options in a state dict, where they fit. */
  optionsIn(entry: (name: string) => Tensor): Options {
    const values = [...this.#options.keys()].map((name) => [name, entry(snakeCase(name)).toArray()]);
    // Entries that fit have the options' types.
    return Object.fromEntries(values) as Options;
  }

  /** Takes the options of another group over, which are right. */
  takeOver(other: Group<Options>): void {
    this.set(other.values as Readonly<Record<string, OptionValue>>);
    this.initialLearningRate = other.initialLearningRate;
  }
}
