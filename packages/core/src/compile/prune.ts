/**
 * @file Drops from a plan what nobody reads: stores, reductions, phases and kernels. Values that only their own kernel
 * used, in registers, so never reach memory.
 */
import {
  buffersRead,
  type Expression,
  type Kernel,
  type LoopKernel,
  type Phase,
  type Plan,
  rewriter,
  type Store,
  storeExpressions,
  subexpressions,
} from './kernel.ts';

/** The same plan with only those stores that a later kernel or phase reads, or that are wanted. */
export function prune(plan: Plan, wanted: ReadonlySet<number>): Plan {
  const needed = new Set(wanted);
  const kept: Kernel[] = [];
  for (const kernel of plan.kernels.toReversed()) {
    const pruned =
      kernel.kind === 'loop'
        ? pruneLoop(kernel, needed)
        : { ...kernel, stores: kernel.stores.filter(({ buffer }) => needed.has(buffer)) };
    const isEmpty = pruned.kind === 'loop' ? pruned.phases.length === 0 : pruned.stores.length === 0;
    if (isEmpty) continue;
    for (const buffer of buffersRead(pruned)) needed.add(buffer);
    kept.push(pruned);
  }
  return { ...plan, kernels: kept.reverse() };
}

function pruneLoop(kernel: LoopKernel, needed: ReadonlySet<number>): LoopKernel {
  const wantedHere = new Set(needed);
  const phases: Phase[] = [];
  for (const phase of kernel.phases.toReversed()) {
    const isNeeded = ({ buffer }: Store): boolean => wantedHere.has(buffer);
    const stores = phase.stores.filter(isNeeded);
    const results = phase.results.filter(isNeeded);
    if (stores.length + results.length === 0) continue;
    const pruned = pruneReductions({ reductions: phase.reductions, stores, results });
    phases.push(pruned);
    for (const buffer of buffersRead({ ...kernel, phases: [pruned] })) wantedHere.add(buffer);
  }
  return { ...kernel, phases: phases.reverse() };
}

/** Without the reductions that no result uses. */
function pruneReductions({ reductions, stores, results }: Phase): Phase {
  const used = new Set(
    subexpressions(storeExpressions(results)).flatMap((expression) =>
      expression.kind === 'reduced' ? [expression.reduction] : [],
    ),
  );
  const kept = reductions.flatMap((_, number) => (used.has(number) ? [number] : []));
  const renumber = rewriter((expression: Expression) =>
    expression.kind === 'reduced'
      ? { ...expression, reduction: kept.indexOf(expression.reduction) }
      : expression,
  );
  return {
    reductions: kept.map((number) => reductions[number]!),
    stores,
    results: results.map((store) => ({ ...store, value: renumber(store.value) })),
  };
}
