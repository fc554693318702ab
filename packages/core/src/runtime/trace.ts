/**
 * @file One run of a function on stand-ins for its arguments and for the variables it uses: what it would do to variables
 * and gradients is written down here instead, and its results become the roots of a graph that can be computed again.
 */
import type { DType, TypedArray } from '../dtype.ts';
import { check, fail, invariant } from '../errors.ts';
import { data } from '../graph/build.ts';
import { context, type Tracing } from '../graph/context.ts';
import type { Handle, Node, Storage } from '../graph/node.ts';
import { Tensor, watch } from '../ops/tensor.ts';
import { type Shape, sizeOf } from '../shape.ts';
import { Variable } from './variable.ts';

/** The elements of a stand-in: there are none. */
const abstractStorage = (size: number): Storage => ({
  isAbstract: true,
  size,
  get array(): TypedArray {
    return fail(
      'compile',
      'a tensor that was made while a function was traced has no value of its own; return it from the function',
    );
  },
});

/** A node for a value that is given when the compiled function runs. */
export function placeholder(shape: Shape, dtype: DType, tracked = false): Node<'data'> {
  return data(abstractStorage(sizeOf(shape)), [...shape], dtype, { tracked });
}

/** A variable that the function uses. */
interface TracedVariable {
  readonly placeholder: Node<'data'>;
  /** What the variable stands for now. */
  current: Node;
  /** Whether that is another value. */
  isAssigned: boolean;
}

/** The gradient of a tensor, as the function leaves it. */
interface TracedGradient {
  /** Whether the function looked before it wrote. */
  readonly wasReadFirst: boolean;
  /** Whether there was one from outside that it did not overwrite first. */
  readonly wasThere: boolean;
  current: Tensor | null;
  /** Whether it looked at what is there now. */
  wasRead: boolean;
}

/** How the function draws random numbers: the stand-in, and how to draw again. */
interface Draw {
  readonly node: Node;
  readonly renew: () => TypedArray;
}

/** Operations know variables and tensors as handles only. */
function asVariable(handle: Handle): Variable {
  invariant(handle instanceof Variable, 'a variable is a Variable');
  return handle;
}

function asTensor(handle: Handle): Tensor {
  invariant(handle instanceof Tensor, 'what has a gradient is a Tensor');
  return handle;
}

export class Trace implements Tracing {
  readonly variables = new Map<Variable, TracedVariable>();
  /** Variables that the function makes, with what they stand for. */
  readonly created = new Map<Variable, Node>();
  readonly gradients = new Map<Tensor, TracedGradient>();
  readonly draws: Draw[] = [];
  readonly #undos: (() => void)[] = [];
  /** Tensors that the function makes: at each call others, of which nobody outside knows. */
  readonly #made = new WeakSet<Handle>();

  /** Runs the function. Whatever it throws, nothing has changed. */
  run<T>(fn: () => T): T {
    context.tracing = this;
    try {
      return fn();
    } finally {
      context.tracing = null;
    }
  }

  /** The trace of a function that only makes the variables that this one makes. */
  get beginning(): Trace {
    const trace = new Trace();
    for (const [variable, { placeholder: node }] of this.variables)
      trace.variables.set(variable, { placeholder: node, current: node, isAssigned: false });
    // Outside of the trace they still stand for what they were made with.
    for (const variable of this.created.keys()) trace.created.set(variable, variable.node);
    trace.draws.push(...this.draws);
    return trace;
  }

  valueOf(handle: Handle): Node {
    const variable = asVariable(handle);
    return this.created.get(variable) ?? this.#traced(variable).current;
  }

  assign(handle: Handle, node: Node): void {
    const variable = asVariable(handle);
    if (this.created.has(variable)) this.created.set(variable, node);
    else Object.assign(this.#traced(variable), { current: node, isAssigned: true });
  }

  track(handle: Handle, node: Node): void {
    const variable = asVariable(handle);
    if (this.created.has(variable)) this.created.set(variable, node);
    else this.#traced(variable).current = node;
  }

  create(handle: Handle, node: Node): void {
    this.created.set(asVariable(handle), node);
  }

  #traced(variable: Variable): TracedVariable {
    let traced = this.variables.get(variable);
    if (traced === undefined) {
      const node = placeholder(variable.shape, variable.dtype, variable.requiresGradOutside);
      if (node.tracked) watch(node, variable);
      traced = { placeholder: node, current: node, isAssigned: false };
      this.variables.set(variable, traced);
    }
    return traced;
  }

  gradientOf(handle: Handle, before: Handle | null): Handle | null {
    const tensor = asTensor(handle);
    let gradient = this.gradients.get(tensor);
    if (gradient === undefined) {
      const wasReadFirst = !this.#made.has(tensor);
      gradient = { wasReadFirst, wasThere: before !== null, current: null, wasRead: false };
      this.gradients.set(tensor, gradient);
    }
    gradient.wasRead = true;
    return gradient.current;
  }

  collect(handle: Handle, value: Handle | null): void {
    const tensor = asTensor(handle);
    const known = this.gradients.get(tensor);
    const current = value === null ? null : asTensor(value);
    if (known === undefined)
      this.gradients.set(tensor, { wasReadFirst: false, wasThere: false, current, wasRead: false });
    else Object.assign(known, { current, wasRead: false });
  }

  onNewTensor(tensor: Handle): void {
    this.#made.add(tensor);
  }

  /** What the function does with the gradients of tensors that are known outside. */
  get gradientsOutside(): [tensor: Tensor, gradient: TracedGradient][] {
    return [...this.gradients].filter(([tensor]) => !this.#made.has(tensor));
  }

  onDraw(node: Node, renew: () => TypedArray): void {
    this.draws.push({ node, renew });
  }

  onFailure(undo: () => void): void {
    this.#undos.push(undo);
  }

  /** Takes back what the function did besides computing, the last first. */
  undo(): void {
    for (const undo of this.#undos.splice(0).reverse()) undo();
  }
}

/** What a compiled function does with a gradient when it has run. */
export type GradientOutcome = 'cleared' | 'given' | 'added' | 'kept inside';

/**
 * What becomes of a gradient that the function leaves: one that it used up itself stays inside, so that it need never
 * stand in memory; one that it did not look at is for those outside.
 * @param options.isGivenAnew whether the tensor is an argument: only a call with the same one again can add to its gradient
 */
export function outcomeOf(
  { current, wasRead, wasReadFirst, wasThere }: TracedGradient,
  { isGivenAnew }: { isGivenAnew: boolean },
): GradientOutcome {
  const isLeft = current !== null && !wasRead;
  check(
    !wasThere || isLeft,
    'compile',
    () =>
      'the function uses a gradient that was collected outside; have it call zeroGrad() first, or pass the gradient as an argument',
  );
  if (current === null) return 'cleared';
  if (!wasRead) return wasReadFirst ? 'added' : 'given';
  if (wasReadFirst && isGivenAnew) return 'given';
  check(
    !wasReadFirst,
    'compile',
    () =>
      'the function would add to its gradients from call to call; have it call zeroGrad() before backward()',
  );
  return 'kept inside';
}
