/**
 * @file What computing tensors would take: the plan, kernel by kernel, with its memory traffic and its operations.
 */
import { compilePlan } from '../compile/compile-plan.ts';
import { planText, trafficOf } from '../compile/plan-text.ts';
import { operationsOf } from '../compile/work.ts';
import { topologicalOrder } from '../graph/traversal.ts';
import { nodeOf, type Tensor } from '../ops/tensor.ts';
import { isKnown } from './engine.ts';

/** What something takes. */
export interface Cost {
  /** How many arrays of the largest size are read, one that is read in two sweeps counted twice. */
  readonly reads: number;
  /** How many arrays of the largest size are written. */
  readonly writes: number;
  /** All bytes read and written. */
  readonly bytes: number;
  /** Additions, multiplications and other function calls. */
  readonly operations: number;
}

/** One kernel of a plan, and what it costs. */
export interface KernelExplanation extends Cost {
  readonly kind: 'loop' | 'contraction';
  /** Its loops and what it stores. */
  readonly text: string;
}

/** A plan for people to read; as a string it is the whole text. */
export interface Explanation extends Cost {
  readonly kernels: readonly KernelExplanation[];
  readonly toString: () => string;
}

/**
 * How the values of tensors would be computed, if they were read now: nothing is computed here, and what has been computed
 * already costs nothing. Buffers are named b0, b1, …, the loops' counters i0, i1, …, what a sweep folds r0, r1, ….
 * @throws if something is no tensor
 * @example
 * const x = tensor([1, 2, 3]);
 * String(explain(x.mul(2).sum()));
 * // b0: f32 × 3, input
 * // b1: f32 × 1
 * // kernel
 * //   sweep i0 < 3
 * //     r0 = sum mul(b0[i0], 2)
 * //   b1[0] = r0
 * //   reads 1, writes 0, 16 bytes
 */
export function explain(tensors: Tensor | readonly Tensor[]): Explanation {
  const list = Array.isArray(tensors) ? (tensors as readonly Tensor[]) : [tensors as Tensor];
  const roots = [...new Set(list.map((tensor) => nodeOf(tensor, 'explain')))].filter(
    (node) => !isKnown(node),
  );
  const order = topologicalOrder(roots, (node) => (isKnown(node) ? [] : node.inputs));
  const { plan } = compilePlan(roots, order, order.filter(isKnown));
  const { buffers, inputs } = plan;
  const kernels = plan.kernels.map((kernel): KernelExplanation => {
    const alone = { inputs, buffers, kernels: [kernel] };
    const cost = { ...trafficOf([kernel], buffers), operations: operationsOf(kernel) };
    return { kind: kernel.kind === 'loop' ? 'loop' : 'contraction', text: planText(alone), ...cost };
  });
  const operations = kernels.reduce((sum, kernel) => sum + kernel.operations, 0);
  return { kernels, ...trafficOf(plan.kernels, buffers), operations, toString: () => planText(plan) };
}
