/**
 * @file The handle users hold: a node of the graph, and the gradient collected for it. Its fluent methods are the
 * functions of the other files, attached in fluent.ts; this file knows none of them.
 */
import { context } from '../graph/context.ts';
import { type DType, isFloat } from '../dtype.ts';
import { check, describe, fail, formatShape, isPlainObject } from '../errors.ts';
import type { FluentMethods } from '../fluent.ts';
import { leaf, stopGradient } from '../graph/build.ts';
import { identity } from '../graph/history.ts';
import type { Node } from '../graph/node.ts';
import { equalShapes, type Shape, sizeOf } from '../shape.ts';

// An interface of the same name gives the class its fluent methods.
export interface Tensor extends FluentMethods {}

/**
 * An n-dimensional array of numbers: a value, never changed by any operation and never disposed of by hand.
 *
 * Operations on tensors build a graph; numbers are computed when they are read (`item`, `toArray`, `data`).
 * Make one with `tensor`, `zeros`, `uniform` and so on.
 *
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * x.mul(x).sum().item(); // 30
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the merged members are attached by fluent.ts
export class Tensor {
  #node: Node;
  #grad: Tensor | null = null;
  /** For users, made when they ask: the graph's own is not frozen, because engines are slow with arrays that are. */
  #shape: Shape | null = null;

  /** Nodes that this tensor stood for before and does not watch: for the value it still has, or for an earlier one. */
  #formerNodes: WeakMap<Node, 'same' | 'earlier'> | null = null;

  /** @internal Use `tensor` and its siblings. */
  constructor(node: Node) {
    this.#node = node;
  }

  /** @internal What this tensor stands for in the graph. */
  get node(): Node {
    return this.#node;
  }

  set node(node: Node) {
    this.#node = node;
  }

  /** The gradient that `backward` has accumulated here; `null` before, and again after `x.grad = null`. */
  get grad(): Tensor | null {
    const { tracing } = context;
    // Gradients are tensors; the graph's layer knows them as handles only.
    return tracing === null ? this.#grad : (tracing.gradientOf(this, this.#grad) as Tensor | null);
  }

  set grad(gradient: Tensor | null) {
    if (gradient !== null) checkGradient(this, gradient);
    const { tracing } = context;
    if (tracing === null) this.#grad = gradient;
    else tracing.collect(this, gradient);
  }

  /** The extent of each axis. */
  get shape(): Shape {
    this.#shape ??= Object.freeze([...this.#node.shape]);
    return this.#shape;
  }

  /** The element type. */
  get dtype(): DType {
    return this.#node.dtype;
  }

  /** The number of axes. */
  get rank(): number {
    return this.#node.shape.length;
  }

  /** The number of elements. */
  get size(): number {
    return sizeOf(this.#node.shape);
  }

  /** Whether `backward` may need to pass through here: true for leaves that asked for it and all computed from them. */
  get requiresGrad(): boolean {
    return this.#node.tracked;
  }

  /**
   * Asks `backward` to collect this tensor's gradient in `.grad`, or no longer to. What was computed before keeps the
   * old answer. Only floats, and only leaves: for a computed tensor, `detach()` it first.
   */
  set requiresGrad(value: boolean) {
    check(typeof value === 'boolean', 'requiresGrad', () => `is true or false, not ${describe(value)}`);
    if (value === this.requiresGrad) return;
    check(
      !value || isFloat(this.dtype),
      'requiresGrad',
      () => `only f32 and f64 tensors have gradients, not ${this.dtype}`,
    );
    const before = this.node;
    if (value) this.node = watch(leaf(this.node), this);
    else if (this.isLeaf) this.node = stopGradient(this.node);
    else
      fail(
        'requiresGrad',
        'a tensor computed from tensors that require gradients requires one too; detach() gives one that does not',
      );
    this.#remember(before, 'same');
  }

  #remember(node: Node, relation: 'same' | 'earlier'): void {
    this.#formerNodes ??= new WeakMap();
    this.#formerNodes.set(node, relation);
    if (node.settled !== undefined) this.#formerNodes.set(node.settled, relation);
  }

  /** @internal Has the tensor stand for another value; graphs built before keep the old one. */
  rebind(node: Node): void {
    // A node that it watches tells whose it was, and one without gradient is never asked about.
    if (this.#node.watcher !== this && isFloat(this.dtype)) this.#remember(this.#node, 'earlier');
    this.#node = node;
  }

  /** @internal Whether a node stood for this tensor's value before, or for an earlier value; null if for neither. */
  formerRelation(node: Node): 'same' | 'earlier' | null {
    const former = this.#formerNodes;
    const noted = former?.get(node) ?? (node.settled === undefined ? undefined : former?.get(node.settled));
    if (noted !== undefined) return noted;
    return node.watcher === this && identity(node) !== identity(this.node) ? 'earlier' : null;
  }

  /** Whether this tensor is where a gradient ends: made directly or detached rather than computed from tracked ones. */
  get isLeaf(): boolean {
    return !this.#node.tracked || this.#node.watcher === this;
  }
}

/** Throws unless a value can be the gradient of a tensor. */
function checkGradient({ shape, dtype }: Tensor, gradient: unknown): void {
  check(
    gradient instanceof Tensor,
    'grad',
    () => `a gradient is a tensor or null, not ${describe(gradient)}`,
  );
  check(
    equalShapes(gradient.shape, shape) && gradient.dtype === dtype,
    'grad',
    () =>
      `the gradient of a tensor ${dtype} ${formatShape(shape)} is one, too, not ${gradient.dtype} ${formatShape(gradient.shape)}`,
  );
}

/** What operations accept: a tensor, or a JavaScript number or boolean, which takes the dtype of its companions. */
export type TensorLike = Tensor | number | boolean;

/** Registers a tracked source node as standing for `tensor`, and returns it. */
export function watch<N extends Node>(node: N, tensor: Tensor): N {
  node.watcher = tensor;
  return node;
}

/** The tensor whose gradient is collected at this node, if any. */
export function watcherOf(node: Node): Tensor | undefined {
  // The graph's layer knows tensors as handles only.
  return node.watcher as Tensor | undefined;
}

/** Wraps what an operation computed; inside `noGrad` the result counts as constant. */
export function wrap(node: Node): Tensor {
  const tensor = new Tensor(context.recording || node.depth === 0 ? node : stopGradient(node));
  context.onNewTensor(tensor);
  return tensor;
}

/** The nodes of tensors given by name. */
export function namedNodesOf(tensors: unknown, operation: string): [node: Node, name: string][] {
  check(isPlainObject(tensors), operation, () => `expected tensors by name, { y }, not ${describe(tensors)}`);
  return Object.entries(tensors).map(([name, tensor]) => [nodeOf(tensor, operation), name]);
}

/** The node of an argument that must be a tensor. */
export function nodeOf(value: unknown, operation: string): Node {
  if (value instanceof Tensor) return value.node;
  return fail(operation, `expected a tensor, not ${describe(value)}`);
}
