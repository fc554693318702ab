/**
 * @file What the reductions of a sweep really have to take up at each step: as little as possible. The sums that a
 * variance needs give the sum of the same values, too, and what all values have subtracted can wait until the end.
 */
import {
  type Expression,
  indicesOf,
  type Phase,
  type Reduction,
  subexpressions,
} from '../../compile/kernel.ts';
import { scalarFunction } from '../../graph/scalar-functions.ts';

/** A reduction as it is folded. */
export interface Folding extends Pick<Reduction, 'kind' | 'dtype'> {
  /** What its steps take up; null for a sum that follows from what a variance takes up. */
  readonly value: Expression | null;
  /** What is to be subtracted from each of these values, the same in all of a sweep; null for nothing. */
  readonly shift: Expression | null;
  /** The number of the reduction that takes up the values of this one. */
  readonly variance: number | null;
}

/** The reductions of a phase, in their order. */
export function foldingsOf({ reductions }: Phase, innerLoops: readonly number[]): Folding[] {
  return reductions.map(({ kind, value, dtype }): Folding => {
    if (kind === 'variance') return { kind, dtype, ...withoutShift(value, innerLoops), variance: null };
    const variance =
      kind === 'sum' && dtype === 'f32'
        ? reductions.findIndex((other) => other.kind === 'variance' && other.value === value)
        : -1;
    if (variance < 0) return { kind, dtype, value, shift: null, variance: null };
    return { kind, dtype, value: null, shift: withoutShift(value, innerLoops).shift, variance };
  });
}

/** A difference from what is the same in all of a sweep, in two parts. */
function withoutShift(
  value: Expression,
  innerLoops: readonly number[],
): { value: Expression; shift: Expression | null } {
  if (value.kind === 'apply' && scalarFunction(value.function).isDifference === true) {
    const [varying, shift] = value.operands as [Expression, Expression];
    if (isConstantAlong(shift, innerLoops)) return { value: varying, shift };
  }
  return { value, shift: null };
}

/** Whether an expression has one value in all of a sweep. */
function isConstantAlong(expression: Expression, innerLoops: readonly number[]): boolean {
  return subexpressions([expression])
    .flatMap(indicesOf)
    .every(({ strides }) => innerLoops.every((loop) => strides[loop] === 0));
}
