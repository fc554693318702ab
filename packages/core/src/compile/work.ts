/**
 * @file How much work a kernel is: in additions, a rough measure for deciding whether to share it among threads, and as
 * the number of its operations, for people to read.
 */
import { scalarFunction } from '../graph/scalar-functions.ts';
import { costOfWord } from '../graph/threefry.ts';
import { sizeOf } from '../shape.ts';
import {
  type Expression,
  type Kernel,
  phaseExpressions,
  storeExpressions,
  subexpressions,
} from './kernel.ts';

function costOf(expression: Expression): number {
  if (expression.kind === 'apply') return scalarFunction(expression.function).cost;
  return expression.kind === 'random' ? costOfWord : 1;
}

const costOfAll = (roots: readonly Expression[]): number =>
  subexpressions(roots).reduce((sum, expression) => sum + costOf(expression), roots.length);

/** The additions that a kernel's work takes as long as. */
export function workOf(kernel: Kernel): number {
  if (kernel.kind === 'loop') {
    const points = sizeOf(kernel.outer) * sizeOf(kernel.inner);
    return points * kernel.phases.reduce((sum, phase) => sum + costOfAll(phaseExpressions(phase)), 0);
  }
  const results = sizeOf(kernel.batch) * sizeOf(kernel.rows) * sizeOf(kernel.columns);
  // Tiles keep operands in registers.
  return results * (0.5 * sizeOf(kernel.inner) + costOfAll(storeExpressions(kernel.stores)));
}

/** What each kind of reduction does with every element. */
const foldingOperations = { sum: 1, max: 1, min: 1, variance: 3 } as const;

/** How many function calls some expressions are, those that occur twice counted once. */
const callsIn = (roots: readonly Expression[]): number =>
  subexpressions(roots).filter(({ kind }) => kind === 'apply').length;

/** Additions, multiplications and other function calls, each counted as one. */
export function operationsOf(kernel: Kernel): number {
  if (kernel.kind === 'contract') {
    const results = sizeOf(kernel.batch) * sizeOf(kernel.rows) * sizeOf(kernel.columns);
    return results * (2 * sizeOf(kernel.inner) + callsIn(kernel.stores.map(({ value }) => value)));
  }
  const outer = sizeOf(kernel.outer);
  return kernel.phases.reduce((sum, { reductions, stores, results }) => {
    const folding = reductions.reduce((total, { kind }) => total + foldingOperations[kind], 0);
    const swept = callsIn([...reductions, ...stores].map(({ value }) => value));
    const once = callsIn(results.map(({ value }) => value));
    return sum + outer * (sizeOf(kernel.inner) * (folding + swept) + once);
  }, 0);
}
