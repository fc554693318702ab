/**
 * @file The base of all layers and networks: it finds parameters, buffers and child modules among its own properties.
 * It knows no particular layer, and no derivative: those follow from what `forward` computes.
 */
import { evaluate, type Shape, type Tensor, Variable } from '@windfall/core';
import { check, checkFlag, describe, sizeOf } from '@windfall/core/extension';
import { optionsOf } from '../arguments.ts';
import {
  type BackwardHook,
  type BackwardPreHook,
  type ForwardHook,
  type ForwardPreHook,
  type HookAt,
  Hooks,
  type Moment,
} from './hooks.ts';
import { Parameter } from './parameter.ts';
import { checkStateDict, compareState, type LoadReport, snakeCase, type StateDict } from './state-dict.ts';

/** Throws unless a value is a module. */
export function checkModel(value: unknown, operation: string): asserts value is Module {
  check(value instanceof Module, operation, () => `the model is a module, not ${describe(value)}`);
}

/** A module's own properties. A module or variable in an array among them would be overlooked, which is an error. */
function propertiesOf(module: Module): [name: string, value: unknown][] {
  const properties: [string, unknown][] = Object.entries(module);
  for (const [name, value] of properties)
    check(
      !Array.isArray(value) || !value.some((entry) => entry instanceof Module || entry instanceof Variable),
      module.constructor.name,
      () =>
        `the array ${name} holds modules or variables, which are not found there: use Sequential (or assign them as properties)`,
    );
  return properties;
}

/** The variables among a module's own properties: its parameters, then its buffers, each in the order of definition. */
function ownVariables(module: Module): [name: string, variable: Variable][] {
  const variables = propertiesOf(module).filter(
    (entry): entry is [string, Variable] => entry[1] instanceof Variable,
  );
  const parameters = variables.filter(([, variable]) => variable instanceof Parameter);
  const buffers = variables.filter(([, variable]) => !(variable instanceof Parameter));
  const properties = new Map<string, string>();
  return [...parameters, ...buffers].map(([property, variable]) => {
    const name = snakeCase(property);
    check(
      !properties.has(name),
      module.constructor.name,
      () => `the properties ${properties.get(name)} and ${property} are both named ${name} in a state dict`,
    );
    properties.set(name, property);
    return [name, variable];
  });
}

/** Every module under every path that leads to it, parents first; paths end in a dot, but for the root's. */
function* modulesByPath(
  module: Module,
  prefix = '',
  above: readonly Module[] = [],
): Generator<[prefix: string, module: Module]> {
  check(!above.includes(module), 'Module', () => `${prefix.slice(0, -1)} contains itself`);
  yield [prefix, module];
  for (const [name, child] of module.namedChildren())
    yield* modulesByPath(child, `${prefix}${name}.`, [...above, module]);
}

/** Every variable under every name that leads to it. */
function variablesByPath(root: Module): [name: string, variable: Variable][] {
  return [...modulesByPath(root)].flatMap(([prefix, module]) =>
    ownVariables(module).map(([name, variable]): [string, Variable] => [prefix + name, variable]),
  );
}

/** The entries without those whose value came before. */
function withoutRepeats<T>(entries: readonly (readonly [string, T])[]): [string, T][] {
  const seen = new Set<T>();
  const isNew = (value: T): boolean => seen.size < seen.add(value).size;
  return entries.filter(([, value]) => isNew(value)).map(([name, value]) => [name, value]);
}

/**
 * A function of a tensor with state: PyTorch's `nn.Module`.
 *
 * What a subclass holds in its properties is found in the order of their definition: a {@link Parameter} is learned, any
 * other Variable is a buffer (state that is not learned), a Module is a child. An array of them is an error: for a list of
 * modules use {@link Sequential}. Names are PyTorch's: the properties' names from the root, joined by dots, the last in
 * snake case: `hidden.0.running_mean`. One that starts with a capital stays as it is: `W1`.
 *
 * `forward` is what a subclass writes and what everybody calls. Hooks on a module hide its class's method by a property of the
 * module's own, so that they are called by every `forward` of that module, and by nothing else.
 *
 * @example
 * class Scale extends Module {
 *   readonly factor = new Parameter(ones([1]));
 *   forward(x: Tensor): Tensor {
 *     return x.mul(this.factor);
 *   }
 * }
 * new Scale().namedParameters(); // [['factor', tensor([1], …)]]
 */
export abstract class Module {
  /** Whether layers that behave differently in training do so; true at first. `train()` and `eval()` set it throughout. */
  training = true;

  #hooks: Hooks<Module> | null = null;

  /** The module's result for an input; layers say which shapes they take. */
  abstract forward(x: Tensor): Tensor;

  /** The child modules by property name, in order. One that is held twice is listed twice. */
  namedChildren(): [name: string, child: Module][] {
    return propertiesOf(this).filter((entry): entry is [string, Module] => entry[1] instanceof Module);
  }

  /** The child modules, in order. */
  children(): Module[] {
    return this.namedChildren().map(([, child]) => child);
  }

  /** This module, named '', and all below it, parents first, each once. */
  namedModules(): [name: string, module: Module][] {
    const found = new Map<Module, string>();
    const visit = (module: Module, name: string): void => {
      if (found.has(module)) return;
      found.set(module, name);
      for (const [key, child] of module.namedChildren()) visit(child, name === '' ? key : `${name}.${key}`);
    };
    visit(this, '');
    return Array.from(found, ([module, name]) => [name, module]);
  }

  #namedVariables(): [string, Variable][] {
    const all = this.namedModules().flatMap(([path, module]) =>
      ownVariables(module).map(
        ([name, variable]) => [path === '' ? name : `${path}.${name}`, variable] as const,
      ),
    );
    return withoutRepeats(all);
  }

  /** All parameters here and below with their names, in PyTorch's order. A shared one is listed once, under its first name. */
  namedParameters(): [name: string, parameter: Parameter][] {
    return this.#namedVariables().filter(
      (entry): entry is [string, Parameter] => entry[1] instanceof Parameter,
    );
  }

  /** All parameters here and below, each once: what an optimizer takes. */
  parameters(): Parameter[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /** All buffers here and below with their names, each once. */
  namedBuffers(): [name: string, buffer: Variable][] {
    return this.#namedVariables().filter(([, variable]) => !(variable instanceof Parameter));
  }

  /** Sets `training` here and in all modules below. */
  train(mode = true): this {
    for (const [, module] of this.namedModules()) module.training = mode;
    return this;
  }

  /** Sets `training` to false here and in all modules below: for evaluation. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Calls a function with every module below, children first, and with this one, each once: PyTorch's `apply`.
   * @example
   * model.apply((module) => {
   *   if (module instanceof Linear) module.bias?.assign(zerosLike(module.bias));
   * });
   */
  apply(fn: (module: Module) => void): this {
    check(
      typeof fn === 'function',
      this.constructor.name,
      () => `apply takes a function of a module, not ${describe(fn)}`,
    );
    const seen = new Set<Module>();
    const visit = (module: Module): void => {
      if (seen.has(module)) return;
      seen.add(module);
      for (const child of module.children()) visit(child);
      fn(module);
    };
    visit(this);
    return this;
  }

  /**
   * Says whether `backward` is to collect the gradients of all parameters here and below: PyTorch's `requires_grad_`.
   * Optimizers leave parameters without gradient alone, so false, which also forgets those collected before, freezes them. It
   * holds for what is computed from now on.
   * @example
   * // Only what follows the first layer is trained.
   * model[0]!.requireGradients(false);
   * model.parameters().map((parameter) => parameter.requiresGrad); // [false, false, true, true, true, true]
   */
  requireGradients(required = true): this {
    checkFlag(required, this.constructor.name, 'required');
    for (const parameter of this.parameters()) {
      parameter.requiresGrad = required;
      if (!required) parameter.grad = null;
    }
    return this;
  }

  /** Forgets the gradients of all parameters here and below. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.grad = null;
  }

  /**
   * The values of all parameters and buffers by name, with PyTorch's names in PyTorch's order. The values stay as they are when
   * training goes on.
   * @example new Linear(2, 1).stateDict(); // { weight: tensor(…, shape [1, 2], f32), bias: tensor(…, shape [1], f32) }
   */
  stateDict(): StateDict {
    const variables = variablesByPath(this);
    const values = variables.map(([name, variable]) => [name, variable.detach()] as const);
    evaluate(values.map(([, value]) => value));
    return Object.fromEntries(values);
  }

  /**
   * Values for names of this module that dicts of its kind have not always had, children not counted. What a dict has of
   * the module is given, by the module's own names.
   */
  protected supplement(_state: Readonly<StateDict>): StateDict {
    return {};
  }

  /** What modules here and below say of names that the dict does not have. */
  #supplements(state: Readonly<StateDict>): StateDict {
    const supplements = [...modulesByPath(this)].flatMap(([prefix, module]) => {
      const own = Object.entries(state)
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, value]) => [name.slice(prefix.length), value] as const);
      return Object.entries(module.supplement(Object.fromEntries(own))).map(
        ([name, value]) => [prefix + name, value] as const,
      );
    });
    return Object.fromEntries(supplements);
  }

  /**
   * Gives all parameters and buffers the values of a state dict: all of them, or on an error none.
   * @param options.strict whether every name must have its counterpart, on both sides; by default true
   * @returns the names without counterpart, which can only be some when not strict
   * @throws one error that lists all missing, unexpected and misshapen names and wrong dtypes
   * @example
   * const other = new Linear(2, 1);
   * other.loadStateDict({ weight: tensor([[1, 2]]), bias: tensor([3]) });
   * other.weight.toArray(); // [[1, 2]]
   */
  loadStateDict(state: Readonly<StateDict>, options: { strict?: boolean } = {}): LoadReport {
    const { strict = true } = optionsOf(options, 'loadStateDict', ['strict']);
    checkFlag(strict, 'loadStateDict', 'strict');
    checkStateDict(state, 'loadStateDict');
    const variables = new Map(variablesByPath(this));
    const given = { ...this.#supplements(state), ...state };
    const report = compareState('loadStateDict', given, variables, strict);
    const loaded = [...variables].flatMap(([name, variable]) =>
      Object.hasOwn(given, name) ? [{ variable, value: given[name]! }] : [],
    );
    // Values that cannot be computed fail here, before the first is assigned.
    evaluate(loaded.map(({ value }) => value));
    for (const { variable, value } of loaded) variable.assign(value);
    return report;
  }

  /**
   * While a module has hooks, a property `forward` of its own that calls them hides the class's method. So they are called
   * wherever `forward` is, within Sequential, too, and nothing is paid without.
   */
  #addHook<At extends Moment>(at: At, hook: HookAt<this, At>): () => void {
    const hooks = this.#hooks ?? this.#listen();
    // The only module that they are told about is this one.
    const remove = hooks.add(at, hook as HookAt<Module, At>);
    return () => {
      remove();
      if (hooks !== this.#hooks || !hooks.isEmpty) return;
      this.#hooks = null;
      Reflect.deleteProperty(this, 'forward');
    };
  }

  #listen(): Hooks<Module> {
    check(
      !Object.hasOwn(this, 'forward'),
      this.constructor.name,
      () => 'hooks need forward to be a method of the class, not a property',
    );
    const hooks = new Hooks<Module>(this);
    // What the class computes; some take options behind the input.
    const method = Reflect.get(Object.getPrototypeOf(this) as object, 'forward') as (
      x: Tensor,
      ...rest: unknown[]
    ) => Tensor;
    const forward = (x: Tensor, ...rest: unknown[]): Tensor =>
      hooks.run((input) => method.call(this, input, ...rest), x);
    Object.defineProperty(this, 'forward', { value: forward, configurable: true });
    this.#hooks = hooks;
    return hooks;
  }

  /**
   * Has a function called with the module and its input before every `forward`; a tensor that it returns is used in
   * the input's stead. Inside `compile` hooks are called when the function is traced.
   * @returns a function that removes the hook
   * @example
   * const remove = model[0]!.registerForwardPreHook((_module, input) => input.mul(2));
   * model.forward(x);
   * remove();
   */
  registerForwardPreHook(hook: ForwardPreHook<this>): () => void {
    return this.#addHook('forwardPre', hook);
  }

  /**
   * Has a function called with the module, its input and its result after every `forward`, wherever that is called,
   * within Sequential, too; a tensor that it returns is used in the result's stead. Inside `compile` hooks are called
   * when the function is traced, where they may compute and assign variables, but not read values.
   * @returns a function that removes the hook
   * @example
   * const activations: Tensor[] = [];
   * model[2]!.registerForwardHook((_module, _input, output) => { activations.push(output); });
   * model.forward(x);
   * activations[0].shape; // [5, 8]
   */
  registerForwardHook(hook: ForwardHook<this>): () => void {
    return this.#addHook('forward', hook);
  }

  /**
   * Has a function called with the module and the gradient of its result (the cotangent) whenever a gradient passes through
   * what `forward` has computed since; a tensor that it returns goes on in the gradient's stead. Gradients of gradients pass
   * here, too, and stay right, as the hook's tensors are differentiable: core's `onGradient`.
   * @returns a function that removes the hook
   * @example
   * const gradients: Tensor[] = [];
   * model[2]!.registerFullBackwardPreHook((_module, gradOutput) => { gradients.push(gradOutput); });
   * crossEntropy(model.forward(x), y).backward();
   * gradients[0].shape; // [5, 8]
   */
  registerFullBackwardPreHook(hook: BackwardPreHook<this>): () => void {
    return this.#addHook('fullBackwardPre', hook);
  }

  /**
   * The same with the gradients of input and result, at the moment when the input's is known; a tensor that it returns goes
   * on as the input's. It is not called where nobody asked for the gradient of the input, or of what that was computed from.
   * @returns a function that removes the hook
   * @example
   * model[1]!.registerFullBackwardHook((_module, gradInput) => gradInput.clamp(-1, 1));
   * crossEntropy(model.forward(x), y).backward();
   */
  registerFullBackwardHook(hook: BackwardHook<this>): () => void {
    return this.#addHook('fullBackward', hook);
  }

  /**
   * How many products are added up in one `forward`, children not counted: a column of `summary`. By default every element of
   * each own parameter of shape [m, …] is used once in every m-th element of the result, as in Linear, convolutions and
   * normalizations; layers that use theirs otherwise say so.
   */
  multiplyAdds(_input: Shape, output: Shape): number {
    return ownVariables(this)
      .filter(([, variable]) => variable instanceof Parameter)
      .reduce((sum, [, { shape }]) => sum + sizeOf(output) * sizeOf(shape.slice(1)), 0);
  }

  /** What `toString` shows between the parentheses. */
  protected details(): string {
    return '';
  }

  /**
   * The module and its children as a tree, as PyTorch prints it.
   * @example
   * String(new Sequential(new Linear(2, 3), new ReLU()));
   * // Sequential(
   * //   (0): Linear(inFeatures=2, outFeatures=3, bias=true)
   * //   (1): ReLU()
   * // )
   */
  toString(): string {
    const children = this.namedChildren().map(
      ([name, child]) => `\n  (${name}): ${child.toString().replaceAll('\n', '\n  ')}`,
    );
    const end = children.length === 0 ? ')' : '\n)';
    return `${this.constructor.name}(${this.details()}${children.join('')}${end}`;
  }

  /** What Node prints for console.log(module). */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
