/**
 * @file How much work a kernel is, in additions: a rough measure, for deciding whether to share it among threads.
 */
import { scalarFunction } from '../graph/scalar-functions.ts';
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
  return expression.kind === 'random' ? 60 : 1;
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
