/**
 * @file A traced function as a program: its variables stay where it computes from call to call, and are read back only
 * when somebody asks for one.
 */
import type { Backend, Program } from '../backends/backend.ts';
import { compilePlan } from '../compile/compile-plan.ts';
import { type Signature, signatureOf } from '../compile/signature.ts';
import type { TypedArray } from '../dtype.ts';
import { check, fail } from '../errors.ts';
import { data, materialize } from '../graph/build.ts';
import { identity, isSource, markForgotten } from '../graph/history.ts';
import { isOp, type Node, type Storage } from '../graph/node.ts';
import { topologicalOrder } from '../graph/traversal.ts';
import { add } from '../ops/elementwise.ts';
import { Tensor, watch } from '../ops/tensor.ts';
import { sizeOf } from '../shape.ts';
import { elementsOf, evaluate, forgetRetained } from './engine.ts';
import { mapLeaves } from './nesting.ts';
import { type GradientOutcome, outcomeOf, type Trace } from './trace.ts';
import type { Holder, Variable } from './variable.ts';

/** What a function saw instead of a tensor among its arguments. */
export interface StandIn {
  readonly inside: Tensor;
  /** What it stood for at first. */
  readonly placeholder: Node<'data'>;
}

/** A function that was traced. */
export interface Traced {
  readonly trace: Trace;
  /** In order. */
  readonly parameters: readonly StandIn[];
  readonly result: unknown;
}

const overwritten = (): never =>
  fail(
    'compile',
    'a result is read after another call has overwritten it; read it before that call, or compile without reuseResults',
  );

const lost = (): never =>
  fail(
    'compile',
    'the value of a variable was lost when a call that updates it broke off in the middle; assign it one, for example from a checkpoint, like all variables that the function updates',
  );

/** Elements that stand in a program's memory until they are asked for. */
class HeldStorage implements Storage {
  #array: TypedArray | null = null;
  #read: (() => TypedArray) | null;

  readonly size: number;

  constructor(size: number, read: () => TypedArray) {
    this.size = size;
    this.#read = read;
  }

  get array(): TypedArray {
    this.fetch();
    return this.#array!;
  }

  /** Takes the elements out, unless that is done. */
  fetch(): void {
    if (this.#read === null) return;
    this.#array = this.#read();
    this.#read = null;
  }

  /** Notes that the elements will be overwritten: who has not asked for them gets an error. */
  expire(): void {
    if (this.#read !== null) this.#read = overwritten;
  }
}

/** Has a variable stand for no value: reading it is an error that says why. */
function lose(variable: Variable): void {
  const { shape, dtype, requiresGrad } = variable;
  const node = data(new HeldStorage(sizeOf(shape), lost), shape, dtype, { tracked: requiresGrad });
  if (node.tracked) watch(node, variable);
  variable.rebind(node);
}

/** The place of a variable in the program's memory. */
interface Slot {
  readonly variable: Variable;
  readonly placeholder: Node<'data'>;
  readonly input: number;
  readonly isUpdated: boolean;
  /** The node whose value stands there; null if it is that of no node. */
  node: Node | null;
}

/** The place of a tensor that is given at each call. */
interface Parameter {
  /** Which of the tensors among the arguments. */
  readonly position: number;
  readonly input: number;
  /** The node of the value that stands there; null if it is that of no node. */
  node: Node | null;
}

/** The node that stands for a computed value, and for no other ever. */
const valueNode = ({ node }: Tensor): Node => identity(node);

/** The value of an input. */
type Input = readonly [input: number, array: TypedArray];

/** A value that leaves the program. */
interface Output {
  readonly node: Node;
  readonly buffer: number;
}

/** The graph of a traced function: all it needs, and all that comes of it. */
export interface TracedGraph {
  readonly roots: readonly Node[];
  readonly order: readonly Node[];
  readonly inputs: ReadonlyMap<Node, number>;
  readonly signature: Signature;
}

/** A root of its own, also where the function gives on what it was given. */
const asRoot = (node: Node): Node => (isSource(node) ? materialize(node) : node);

interface Roots {
  readonly results: ReadonlyMap<Tensor, Node>;
  readonly gradients: readonly {
    readonly tensor: Tensor;
    readonly outcome: GradientOutcome;
    readonly root: Node | null;
  }[];
  readonly values: readonly { readonly variable: Variable; readonly root: Node }[];
}

/** What a traced function is to give, as nodes. */
function rootsOf({ trace, parameters, result }: Traced): Roots {
  const results = new Map<Tensor, Node>();
  mapLeaves(result, (leaf) => {
    // A variable is given as the value it has at the end.
    if (leaf instanceof Tensor) results.set(leaf, asRoot(trace.run(() => leaf.node)));
    return leaf;
  });
  const gradients = trace.gradientsOutside.map(([tensor, gradient]) => {
    const outcome = outcomeOf(gradient, { isGivenAnew: parameters.some(({ inside }) => inside === tensor) });
    const leaves = outcome === 'given' || outcome === 'added';
    return { tensor, outcome, root: leaves ? asRoot(gradient.current!.node) : null };
  });
  const assigned = Array.from(trace.variables, ([variable, { current, isAssigned }]) => ({
    variable,
    root: current,
    isAssigned,
  }));
  const created = Array.from(trace.created, ([variable, root]) => ({ variable, root }));
  return { results, gradients, values: [...assigned.filter(({ isAssigned }) => isAssigned), ...created] };
}

/** The graph of a traced function, with a signature that tells whether another trace is the same. */
export function graphOf(traced: Traced): TracedGraph {
  return graphOfRoots(rootsOf(traced));
}

function graphOfRoots({ results, gradients, values }: Roots): TracedGraph {
  const roots = [
    ...results.values(),
    ...gradients.flatMap(({ root }) => (root === null ? [] : [root])),
    ...values.map(({ root }) => root),
  ];
  const order = topologicalOrder(roots, (node) => (isSource(node) ? [] : node.inputs));
  const inputs = new Map<Node, number>();
  for (const node of order) if (isSource(node)) inputs.set(node, inputs.size);
  return { roots, order, inputs, signature: signatureOf(order, inputs, roots) };
}

export class Replay implements Holder {
  readonly backend: Backend;
  readonly graph: TracedGraph;
  readonly trace: Trace;
  readonly #traced: Traced;
  readonly #roots: Roots;
  readonly #program: Program;
  readonly #slots: readonly Slot[];
  readonly #slotOf: ReadonlyMap<Variable, Slot>;
  readonly #parameters: readonly Parameter[];
  readonly #draws: readonly {
    readonly input: number;
    readonly renew: () => TypedArray;
    first: TypedArray | null;
  }[];
  readonly #constants: readonly { readonly input: number; readonly node: Node }[];
  readonly #results: ReadonlyMap<Tensor, Output>;
  readonly #gradients: readonly {
    readonly tensor: Tensor;
    readonly outcome: GradientOutcome;
    readonly output: Output | null;
  }[];
  /** Variables whose old value the program does not need, with their new one. */
  readonly #assigned: readonly { readonly variable: Variable; readonly output: Output }[];
  /** Variables that come to require their gradient, or no longer do. */
  readonly #retracked: readonly { readonly variable: Variable; readonly required: boolean }[];
  /** The results that stay in the program's memory, and the values of the last call that are there. */
  readonly #staying: ReadonlySet<number>;
  #standing: HeldStorage[] = [];
  #hasConstants = false;
  #evictions = 0;

  /** @param options.reuseResults whether a call may overwrite the results of the one before */
  constructor(traced: Traced, backend: Backend, { reuseResults }: { reuseResults: boolean }) {
    this.backend = backend;
    this.trace = traced.trace;
    this.#traced = traced;
    this.#roots = rootsOf(traced);
    this.graph = graphOfRoots(this.#roots);
    const { roots, order, inputs } = this.graph;
    const { plan, bufferOf } = compilePlan(roots, order, [...inputs.keys()]);
    const outputOf = (node: Node): Output => ({ node, buffer: bufferOf(node)! });

    const updated = new Map(this.#roots.values.map(({ variable, root }) => [variable, root]));
    this.#slots = Array.from(this.trace.variables).flatMap(([variable, { placeholder }]): Slot[] => {
      const input = inputs.get(placeholder);
      return input === undefined
        ? []
        : [{ variable, placeholder, input, isUpdated: updated.has(variable), node: null }];
    });
    this.#slotOf = new Map(this.#slots.map((slot) => [slot.variable, slot]));
    this.#parameters = traced.parameters.flatMap(({ placeholder }, position): Parameter[] => {
      const input = inputs.get(placeholder);
      return input === undefined ? [] : [{ position, input, node: null }];
    });
    this.#draws = this.trace.draws.flatMap(({ node, renew }) => {
      const input = inputs.get(node);
      // Drawn also if nobody uses it, as it would be without compilation.
      return [
        { input: input ?? -1, renew, first: isOp(node, 'data') ? node.attributes.storage.array : null },
      ];
    });
    const isGiven = new Set([
      ...this.#slots.map(({ input }) => input),
      ...this.#parameters.map(({ input }) => input),
      ...this.#draws.map(({ input }) => input),
    ]);
    this.#constants = Array.from(inputs).flatMap(([node, input]) =>
      isGiven.has(input) ? [] : [{ input, node }],
    );
    this.#results = new Map(Array.from(this.#roots.results, ([tensor, node]) => [tensor, outputOf(node)]));
    this.#gradients = this.#roots.gradients.map(({ tensor, outcome, root }) => ({
      tensor,
      outcome,
      output: root === null ? null : outputOf(root),
    }));
    this.#assigned = this.#roots.values
      .filter(({ variable }) => !this.#slotOf.has(variable))
      .map(({ variable, root }) => ({ variable, output: outputOf(root) }));
    this.#retracked = Array.from(this.trace.variables)
      .filter(([, { placeholder, current }]) => placeholder.tracked !== current.tracked)
      .map(([variable, { current }]) => ({ variable, required: current.tracked }));
    const updates = this.#slots
      .filter(({ isUpdated }) => isUpdated)
      .map(({ variable, input }) => ({ input, buffer: outputOf(updated.get(variable)!).buffer }));
    const wanted = [
      ...this.#results.values(),
      ...this.#gradients.flatMap(({ output }) => (output === null ? [] : [output])),
      ...this.#assigned.map(({ output }) => output),
    ].map(({ buffer }) => buffer);
    // A result that is an input as it stands is read before that changes.
    const staying = Array.from(this.#results.values(), ({ buffer }) => buffer).filter(
      (buffer) => buffer >= plan.inputs,
    );
    this.#staying = new Set(reuseResults ? staying : []);
    this.#program = backend.load(plan, wanted, {
      inputs: [...this.#slots, ...this.#parameters, ...this.#constants].map(({ input }) => input),
      updates,
      results: [...this.#staying],
      beforeEviction: () => this.#beforeEviction(),
    });
  }

  /** Whether the function would still be traced in the same way, as far as variables tell. */
  get isCurrent(): boolean {
    for (const [variable, { placeholder }] of this.trace.variables)
      if (variable.requiresGrad !== placeholder.tracked) return false;
    return true;
  }

  /** @internal */
  nodeOf(variable: Variable): Node<'data'> {
    const slot = this.#slotOf.get(variable)!;
    const { placeholder, input } = slot;
    const { shape, dtype, tracked } = placeholder;
    const storage = new HeldStorage(sizeOf(shape), () => this.#program.read(input));
    const node = data(storage, shape, dtype, { tracked });
    if (tracked) watch(node, variable);
    slot.node = node;
    return node;
  }

  /** Gives up the program's memory, after what is still to be asked for has been read. */
  release(): void {
    this.#program.release();
  }

  /** Has values that are still to be asked for read before their memory is overwritten. */
  #readBack(slot: Slot): void {
    if (slot.node !== null) elementsOf({ node: slot.node });
  }

  #beforeEviction(): void {
    this.#evictions++;
    this.#hasConstants = false;
    for (const parameter of this.#parameters) parameter.node = null;
    for (const slot of this.#slots) {
      if (slot.variable.isHeldIn(this)) slot.node = slot.variable.node;
      this.#readBack(slot);
      slot.node = null;
    }
    for (const storage of this.#standing) storage.fetch();
    this.#standing = [];
  }

  /** All values that the program does not have yet. Computing them may run other programs. */
  #collect(given: readonly Tensor[]): Input[] {
    const values: Input[] = [];
    for (const { position, input, node } of this.#parameters) {
      const tensor = given[position]!;
      const elements = elementsOf(tensor);
      if (valueNode(tensor) !== node) values.push([input, elements]);
    }
    for (const slot of this.#slots) {
      if (slot.variable.isHeldIn(this) || slot.variable.node === slot.node) continue;
      values.push([slot.input, elementsOf(slot.variable)]);
    }
    if (!this.#hasConstants)
      for (const { input, node } of this.#constants) values.push([input, elementsOf({ node })]);
    return values;
  }

  /**
   * Calls the function again.
   * @param given the tensors among its arguments
   */
  run(given: readonly Tensor[]): unknown {
    for (const { tensor, outcome } of this.#gradients) {
      if (outcome === 'added' || !this.trace.gradients.get(tensor)!.wasReadFirst) continue;
      check(
        this.#outside(tensor, given).grad === null,
        'compile',
        () =>
          'a tensor has a gradient that the function would add to; call zeroGrad() before, or first in the function',
      );
    }
    evaluate([]);
    let values: readonly Input[];
    let evictions: number;
    do {
      evictions = this.#evictions;
      values = this.#collect(given);
      this.#program.prepare();
    } while (evictions !== this.#evictions);
    for (const [input, array] of values) this.#program.write(input, array);
    this.#hasConstants = true;
    for (const parameter of this.#parameters) parameter.node = valueNode(given[parameter.position]!);
    for (const slot of this.#slots) if (!slot.variable.isHeldIn(this)) slot.node = slot.variable.node;
    for (const draw of this.#draws) {
      const array = draw.first ?? draw.renew();
      draw.first = null;
      if (draw.input >= 0) this.#program.write(draw.input, array);
    }
    for (const slot of this.#slots) if (slot.isUpdated) this.#readBack(slot);
    forgetRetained();
    for (const storage of this.#standing) storage.expire();
    this.#standing = [];
    return this.#finish(this.#runProgram(), given);
  }

  #runProgram(): (buffer: number) => TypedArray {
    try {
      return this.#program.run();
    } catch (error) {
      // Some may have their new value, or a part of it.
      if (!this.#program.isIntact)
        for (const { variable, isUpdated } of this.#slots) if (isUpdated) lose(variable);
      throw error;
    }
  }

  /**
   * Has the variables stand for their new values, all of them.
   * @throws WindfallError if there is no room for one; then that one has no value
   */
  #updateVariables(valueOf: (output: Output, tracked: boolean) => Node<'data'>): void {
    let failure: unknown;
    for (const { variable, output } of this.#assigned) {
      try {
        const node = valueOf(output, output.node.tracked);
        if (node.tracked) watch(node, variable);
        variable.rebind(node);
      } catch (error) {
        failure ??= error;
        lose(variable);
      }
    }
    for (const slot of this.#slots) {
      if (!slot.isUpdated) continue;
      slot.node = null;
      slot.variable.holdIn(this, slot.placeholder);
    }
    for (const { variable, required } of this.#retracked) variable.requiresGrad = required;
    if (failure !== undefined) throw failure as Error;
  }

  #finish(read: (buffer: number) => TypedArray, given: readonly Tensor[]): unknown {
    const valueOf = ({ node, buffer }: Output, tracked = false): Node<'data'> =>
      data({ array: read(buffer) }, node.shape, node.dtype, { tracked, forgetful: !tracked });
    this.#updateVariables(valueOf);
    const resultOf = (output: Output): Node<'data'> => {
      const { node, buffer } = output;
      if (!this.#staying.has(buffer)) return valueOf(output);
      const storage = new HeldStorage(sizeOf(node.shape), () => this.#program.read(buffer));
      this.#standing.push(storage);
      return data(storage, node.shape, node.dtype, { tracked: false, forgetful: true });
    };
    const results = new Map(
      Array.from(this.#results, ([tensor, output]) => [tensor, new Tensor(resultOf(output))]),
    );
    const gradients = this.#gradients.map(({ tensor, outcome, output }) => ({
      tensor: this.#outside(tensor, given),
      outcome,
      value: output === null ? null : new Tensor(valueOf(output)),
    }));
    for (const [position, { inside, placeholder }] of this.#traced.parameters.entries()) {
      const outside = given[position]!;
      if (inside.requiresGrad !== placeholder.tracked && outside.isLeaf)
        outside.requiresGrad = inside.requiresGrad;
    }
    markForgotten(given.map(({ node }) => node));
    for (const { tensor, outcome, value } of gradients) {
      if (outcome === 'cleared') tensor.grad = null;
      else if (value === null) tensor.grad = this.trace.gradients.get(tensor)!.current;
      else tensor.grad = outcome === 'given' || tensor.grad === null ? value : add(tensor.grad, value);
    }
    return mapLeaves(this.#traced.result, (leaf) => (leaf instanceof Tensor ? results.get(leaf)! : leaf));
  }

  /** The tensor outside that one inside stands for. */
  #outside(tensor: Tensor, given: readonly Tensor[]): Tensor {
    const position = this.#traced.parameters.findIndex(({ inside }) => inside === tensor);
    return position < 0 ? tensor : given[position]!;
  }

  /** Has the next run use what the function drew when it was traced again. */
  redraw(draws: Trace['draws']): void {
    for (const [position, { node }] of draws.entries())
      if (isOp(node, 'data')) this.#draws[position]!.first = node.attributes.storage.array;
  }
}
