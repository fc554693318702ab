/**
 * @file Tensors that can be given a new value. Graphs built before keep the old value, graphs built after see the new.
 */
import { check, checkFlag, describe, fail, formatShape, isList, optionsOf } from '../errors.ts';
import { leaf, stopGradient } from '../graph/build.ts';
import { context } from '../graph/context.ts';
import type { Node } from '../graph/node.ts';
import { nodeOf, Tensor, watch } from '../ops/tensor.ts';
import { equalShapes } from '../shape.ts';
import { computeLater } from './engine.ts';

/** A compiled function that keeps the values of variables where it computes. */
export interface Holder {
  /** A data node for the value that a variable has now. */
  readonly nodeOf: (variable: Variable) => Node<'data'>;
}

/**
 * A tensor whose value can be replaced: a parameter, a running statistic, an optimizer's state. It is always a leaf.
 * @example
 * const count = new Variable(tensor(0));
 * count.assign(count.add(1));
 * count.item(); // 1
 */
export class Variable extends Tensor {
  #holder: Holder | null = null;

  /** @param initial the first value, whose history is not kept */
  constructor(initial: Tensor, options: { requiresGrad?: boolean } = {}) {
    const { requiresGrad = false } = optionsOf(options, 'Variable', ['requiresGrad']);
    checkFlag(requiresGrad, 'Variable', 'requiresGrad');
    const node = stopGradient(nodeOf(initial, 'Variable'));
    super(node);
    context.tracing?.create(this, node);
    if (requiresGrad) {
      this.requiresGrad = true;
      // While a function is traced this was only noted; outside, too, it does so from the start.
      super.node = this.node;
    }
    computeLater([[this, super.node]]);
  }

  /** @internal What the variable stands for in the graph; made now if a compiled function holds the value. */
  override get node(): Node {
    if (context.tracing !== null) return context.tracing.valueOf(this);
    if (this.#holder !== null) this.rebind(this.#holder.nodeOf(this));
    return super.node;
  }

  override set node(node: Node) {
    if (context.tracing === null) super.node = node;
    else context.tracing.track(this, node);
  }

  override get requiresGrad(): boolean {
    return context.tracing === null ? super.requiresGrad : this.node.tracked;
  }

  override set requiresGrad(value: boolean) {
    super.requiresGrad = value;
  }

  /** @internal Whether the variable requires its gradient, whatever a function that is being traced has said. */
  get requiresGradOutside(): boolean {
    return super.requiresGrad;
  }

  override rebind(node: Node): void {
    this.#holder = null;
    super.rebind(node);
  }

  /**
   * @internal Has the variable stand for whatever value the holder says, when somebody asks.
   * @param placeholder a node of the variable's shape, dtype and tracking, that nobody else uses
   */
  holdIn(holder: Holder, placeholder: Node): void {
    if (this.#holder === holder) return;
    this.rebind(placeholder);
    this.#holder = holder;
  }

  /** @internal Whether the holder has the value, and nobody has asked for it. */
  isHeldIn(holder: Holder): boolean {
    return this.#holder === holder;
  }

  /**
   * Replaces the value. It is computed, together with all other assigned variables, when something is next read.
   * @param value of this variable's shape and dtype; it counts as a constant
   * @throws if shape or dtype differ; then the variable keeps its value
   */
  assign(value: Tensor): this {
    assignAll([[this, value]]);
    return this;
  }
}

/** The node that a variable will stand for, after checking that the value fits it. */
function nodeFor(variable: Variable, value: unknown): Node {
  const node = nodeOf(value, 'assign');
  const { shape, dtype } = node;
  check(
    equalShapes(shape, variable.shape),
    'assign',
    () => `the value has shape ${formatShape(shape)}, the variable ${formatShape(variable.shape)}`,
  );
  check(
    dtype === variable.dtype,
    'assign',
    () => `the value is ${dtype}, the variable ${variable.dtype}; use cast`,
  );
  return variable.requiresGrad ? watch(leaf(node), variable) : stopGradient(node);
}

/**
 * Replaces the values of several variables, of all or of none: should one value turn out impossible to compute (an index
 * out of range), every variable here keeps its old value.
 * @param assignments variables with their new values; each fits its variable's shape and dtype
 * @throws if a shape or dtype differs; then no variable has changed
 * @example
 * const [a, b] = [new Variable(tensor(1)), new Variable(tensor(2))];
 * assignAll([[a, b], [b, a]]);
 * [a.item(), b.item()]; // [2, 1]
 */
export function assignAll(assignments: readonly (readonly [variable: Variable, value: Tensor])[]): void {
  if (!isList(assignments)) fail('assignAll', `expected an array of pairs, not ${describe(assignments)}`);
  computeLater(
    Array.from(assignments, (pair: unknown, position) => {
      check(
        isList(pair) && pair.length === 2,
        'assignAll',
        () => `entry ${position} is a pair of a variable and its value, not ${describe(pair)}`,
      );
      const [variable, value] = pair;
      check(
        variable instanceof Variable,
        'assignAll',
        () => `entry ${position} is to assign to a variable, not to ${describe(variable)}`,
      );
      return [variable, nodeFor(variable, value)] as const;
    }),
  );
}
