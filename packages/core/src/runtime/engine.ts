/**
 * @file The global state of execution, and the one function that computes values: `evaluate`.
 */
import type { Backend, Program } from '../backends/backend.ts';
import { javascriptBackend } from '../backends/javascript/javascript-backend.ts';
import { wasmBackend } from '../backends/wasm/wasm-backend.ts';
import { isWasmSupported } from '../backends/wasm/web-assembly.ts';
import { compilePlan } from '../compile/compile-plan.ts';
import { sameSignature, type Signature, signatureOf } from '../compile/signature.ts';
import { context } from '../graph/context.ts';
import { allocate, type TypedArray } from '../dtype.ts';
import { check, describe, fail, isList } from '../errors.ts';
import { hasNoHistory, identity, isOverdue, isSource, settle } from '../graph/history.ts';
import { type Handle, isOp, type Node } from '../graph/node.ts';
import { topologicalOrder } from '../graph/traversal.ts';
import { interpret } from '../interpret/interpret.ts';
import { nodeOf, type Tensor, watch, watcherOf } from '../ops/tensor.ts';
import { type Computed, nothingRetained, Retained } from './retained.ts';

/** A plan that has been compiled, and where its results stand. */
interface CachedPlan {
  readonly signature: Signature;
  readonly program: Program;
  /** The buffer of each root. */
  readonly roots: readonly number[];
  readonly kept: Computed['kept'];
}

/** A tensor that can be made to stand for another value. */
interface Variable extends Handle {
  rebind: (node: Node) => void;
}

/** What undoing an assignment takes: the node before, and the variables that were assigned together. */
interface Assignment {
  readonly before: Node;
  readonly together: readonly Variable[];
}

/** What is to happen with computed values before they are given on. */
type Inspection = (roots: readonly Node[], arrays: readonly TypedArray[]) => void;

/** How many compiled plans are kept; the longest unused goes first. */
const mostPlans = 256;

type BackendName = 'wasm' | 'javascript' | 'interpreter';

const state = {
  backend: (isWasmSupported ? 'wasm' : 'javascript') as BackendName,
  /** By the hash of their signature. */
  plans: new Map<number, CachedPlan>(),
  retained: nothingRetained,
  /** Variables whose values have not been computed yet, with what stood for them before. */
  pending: new Map<Variable, Assignment>(),
  /**
   * Tensors that are computed along with whatever is computed next, because they cost next to nothing then, each with what
   * is to be done if it cannot be.
   */
  awaited: new Map<Handle, () => void>(),
  /** Looks at what was computed before anybody else, and may throw. */
  inspect: null as Inspection | null,
};

const backends: Readonly<Record<BackendName, Backend | null>> = {
  wasm: wasmBackend,
  javascript: javascriptBackend,
  interpreter: null,
};

/**
 * Chooses what computes:
 * - `wasm` (the default where there is WebAssembly with SIMD): vectorized kernels, on several threads
 * - `javascript` (the default elsewhere): the same kernels over typed arrays
 * - `interpreter`: the slow reference, which rounds nothing to f32 until a value is read
 * @throws if there is no such backend, or wasm is asked for where there is none
 * @example setBackend('interpreter');
 */
export function setBackend(name: BackendName): void {
  check(
    typeof name === 'string' && Object.hasOwn(backends, name),
    'setBackend',
    () => `a backend is one of ${Object.keys(backends).join(', ')}, not ${describe(name)}`,
  );
  check(
    name !== 'wasm' || isWasmSupported,
    'setBackend',
    () => "this platform has no WebAssembly with SIMD; the default, 'javascript', computes the same",
  );
  state.backend = name;
  state.plans.clear();
  forgetRetained();
}

/**
 * The name of the backend in use.
 * @example
 * setBackend('javascript');
 * getBackend(); // javascript
 */
export function getBackend(): BackendName {
  return state.backend;
}

/** The backend of compiled functions; null where they are to run as they stand. */
export function planBackend(): Backend | null {
  return state.inspect === null ? backends[state.backend] : null;
}

/** Has computed values inspected from now on, or no longer. */
export function inspectValues(inspect: Inspection | null): void {
  state.inspect = inspect;
  forgetRetained();
}

/** Forgets which intermediate values still stand in memory, because they no longer will. */
export function forgetRetained(): void {
  state.retained = nothingRetained;
}

/** Whether a node's value is known without computing. */
export function isKnown(node: Node): boolean {
  return isSource(node) || state.retained.has(node);
}

/** The elements of a node whose value is known. */
function knownElements(node: Node): TypedArray {
  const source = identity(node);
  return isOp(source, 'data') ? source.attributes.storage.array : state.retained.elementsOf(node);
}

/**
 * Computes the values of tensors, and of all variables assigned since the last time, in one plan. Afterwards reading
 * them costs nothing. Reading does this by itself; call it to choose what is computed together.
 * @throws what the computation throws, for example an index out of range; then the variables whose assigned values cannot
 *   be computed, and those assigned together with them, have their old values back
 * @example
 * const x = tensor([1, 2]);
 * evaluate([x.sum(), x.mean()]);
 */
export function evaluate(tensors: readonly Tensor[]): void {
  if (!isList(tensors)) fail('evaluate', `expected an array of tensors, not ${describe(tensors)}`);
  for (const tensor of tensors) nodeOf(tensor, 'evaluate');
  evaluateAll(tensors);
}

/** The same for whatever stands for a node. */
function evaluateAll(tensors: readonly Handle[]): void {
  // A compiled function computes everything together anyway.
  if (context.tracing !== null) return;
  const handles = [...new Set([...tensors, ...state.pending.keys(), ...state.awaited.keys()])].filter(
    ({ node }) => !isSource(node),
  );
  const values = new Map<Node, TypedArray>();
  const missing = new Set<Node>();
  for (const { node } of handles) {
    // What is retained is read before the next plan may overwrite it.
    if (state.retained.has(node)) values.set(node, state.retained.elementsOf(node));
    else missing.add(node);
  }
  const roots = [...missing];
  for (const [position, array] of computeOrRestore(roots).entries()) values.set(roots[position]!, array);
  for (const handle of handles) keepValue(handle, values.get(handle.node)!);
  forgetWaiting();
}

/**
 * What waited has been computed. Each plan has collections of its own: V8's `clear` chains what was in one from plan to
 * plan, and all graphs in it survive until the next full garbage collection.
 */
function forgetWaiting(): void {
  state.pending = new Map();
  state.awaited = new Map();
}

/**
 * The values of nodes. If they cannot be computed, neither can the values of some variables, which return to what they
 * were, with all that were assigned together with them; and what came of tensors that cannot be computed is undone.
 */
function computeOrRestore(roots: readonly Node[]): TypedArray[] {
  try {
    const computed = roots.length === 0 ? [] : compute(roots);
    state.inspect?.(roots, computed);
    return computed;
  } catch (error) {
    const { pending, awaited } = state;
    forgetWaiting();
    for (const together of new Set(Array.from(pending.values(), (assignment) => assignment.together))) {
      try {
        evaluateAll(together);
      } catch {
        for (const variable of together) variable.node = pending.get(variable)!.before;
      }
    }
    for (const [tensor, undo] of awaited) {
      try {
        evaluateAll([tensor]);
      } catch {
        undo();
      }
    }
    throw error;
  }
}

function compute(roots: readonly Node[]): TypedArray[] {
  if (state.backend === 'interpreter') {
    return interpret(roots).map((elements, position) => {
      const array = allocate(roots[position]!.dtype, elements.length);
      array.set(elements);
      return array;
    });
  }
  const order = topologicalOrder(roots, (node) => (isKnown(node) ? [] : node.inputs));
  const inputs = new Map<Node, number>();
  for (const node of order) if (isKnown(node)) inputs.set(node, inputs.size);
  const cached = planFor(roots, order, inputs);
  // What was retained and is still in use stays; a tensor that nobody reads is so not computed again at every other step.
  const reused = new Map<Node, TypedArray>();
  for (const node of inputs.keys()) if (!isSource(node)) reused.set(node, knownElements(node));
  forgetRetained();
  for (const [node, input] of inputs) cached.program.write(input, reused.get(node) ?? knownElements(node));
  const read = cached.program.run();
  // What an inspection is to see again must be computed again.
  if (state.inspect === null)
    state.retained = new Retained(reused, { roots, order, kept: cached.kept, read });
  return cached.roots.map((buffer) => read(buffer));
}

function planFor(
  roots: readonly Node[],
  order: readonly Node[],
  inputs: ReadonlyMap<Node, number>,
): CachedPlan {
  const signature = signatureOf(order, inputs, roots);
  let cached = state.plans.get(signature.hash);
  if (cached === undefined || !sameSignature(cached.signature, signature)) {
    const { plan, bufferOf } = compilePlan(roots, order, [...inputs.keys()]);
    const wanted = roots.map((root) => bufferOf(root)!);
    const program = backends[state.backend]!.load(plan, wanted);
    const kept = order.flatMap((node, number) =>
      !program.keepsAll || inputs.has(node) || bufferOf(node) === undefined
        ? []
        : [[number, bufferOf(node)!] as const],
    );
    cached = { signature, program, roots: wanted, kept };
    if (state.plans.size >= mostPlans) state.plans.delete(state.plans.keys().next().value!);
  }
  // Putting it last marks it as the most recently used.
  state.plans.delete(signature.hash);
  state.plans.set(signature.hash, cached);
  return cached;
}

/** Has tensors stand for their computed value: the one computed here, and the leaf whose node it was. */
function keepValue(handle: Handle, array: TypedArray): void {
  const { node } = handle;
  const value = settle(node, { array });
  const leaf = watcherOf(node);
  if (leaf !== undefined) watch(value, leaf);
  for (const tensor of [handle, leaf]) if (tensor?.node === node && hasNoHistory(node)) tensor.node = value;
}

/** The elements of a tensor, computed if need be. Only for reading: the array belongs to the graph. */
export function elementsOf(tensor: Handle): TypedArray {
  const { node } = tensor;
  check(
    context.tracing === null,
    'compile',
    () => 'the function reads a value while it is traced; return the tensor and read it outside',
  );
  if (!isKnown(node)) evaluateAll([tensor]);
  return knownElements(node);
}

/** Whether a variable waits for a value that it was assigned, rather than for none or for the one with which it was made. */
function isAssigned(variable: Variable): boolean {
  const assignment = state.pending.get(variable);
  return assignment !== undefined && assignment.before !== variable.node;
}

/**
 * Notes that variables stand for new nodes, all of them or, if one cannot be computed, none. Variables that still wait
 * for an assigned value get that first.
 */
export function computeLater(assignments: readonly (readonly [Variable, Node])[]): void {
  if (context.tracing !== null) {
    for (const [variable, node] of assignments) context.tracing.assign(variable, node);
    return;
  }
  if (assignments.some(([variable]) => isAssigned(variable))) evaluateAll([]);
  const together = assignments.map(([variable]) => variable);
  for (const [variable, node] of assignments) {
    // Of a variable that is assigned twice at once the last value counts, and the first node is the one before.
    const before = state.pending.get(variable)?.before ?? variable.node;
    state.pending.set(variable, { before, together });
    if (node !== variable.node) variable.rebind(node);
  }
}

context.evaluate = evaluateAll;
context.evaluateAlong = (tensor, undo): void => {
  if (context.tracing === null) state.awaited.set(tensor, undo);
};
context.onNewTensor = (tensor): void => {
  if (context.tracing !== null) context.tracing.onNewTensor(tensor);
  else if (isOverdue(tensor.node)) evaluateAll([tensor]);
};
