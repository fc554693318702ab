/**
 * @file What the reductions of a sweep really have to take up at each step: as little as possible. The sums that a
 * variance needs give the sum of the same values, too, and what all values have subtracted can wait until the end. A sum of
 * products with these values takes up products with the distances that the variance takes anyway.
 */
import {
  type Expression,
  innerLoopsOf,
  type LoopKernel,
  ownLoops,
  type Phase,
  type Reduction,
  storeExpressions,
  subexpressions,
} from '../../compile/kernel.ts';
import { scalarFunction } from '../../graph/scalar-functions.ts';

/** A reduction as it is folded. */
export interface Folding extends Pick<Reduction, 'kind' | 'dtype'> {
  /** What its steps take up; null for a sum that follows from what a variance takes up. Of products the other factor. */
  readonly value: Expression | null;
  /** What is to be subtracted from each of these values, the same in all of a sweep; null for nothing. */
  readonly shift: Expression | null;
  /** The number of the reduction that takes up the values of this one, or of products one factor. */
  readonly variance: number | null;
  /** Of products: the number of the reduction that sums the other factor alone. */
  readonly factorSum: number | null;
}

/** A phase with its reductions as they are folded. */
export interface FoldedPhase extends Pick<Phase, 'stores' | 'results'> {
  /** In the order of the reductions. */
  readonly foldings: readonly Folding[];
  /** What is evaluated at every inner point. */
  readonly swept: readonly Expression[];
}

export function foldedPhases(kernel: LoopKernel): FoldedPhase[] {
  const innerLoops = innerLoopsOf(kernel);
  return kernel.phases.map((phase) => {
    const { stores, results } = phase;
    const foldings = foldingsOf(phase, innerLoops);
    const values = foldings.flatMap(({ value }) => value ?? []);
    return { stores, results, foldings, swept: subexpressions([...values, ...storeExpressions(stores)]) };
  });
}

function foldingsOf({ reductions }: Phase, innerLoops: readonly number[]): Folding[] {
  const find = (kind: Reduction['kind'], value: Expression): number | null => {
    const number = reductions.findIndex((other) => other.kind === kind && other.value === value);
    return number < 0 ? null : number;
  };
  /** How a sum follows from others, if it is one of products with a variance's values. */
  const productsIn = (value: Expression): Pick<Folding, 'value' | 'variance' | 'factorSum'> | null => {
    for (const [factor, other] of factorsOf(value)) {
      const [factorSum, variance] = [find('sum', factor), find('variance', other)];
      if (factorSum === null || variance === null) continue;
      // The other factor's own sum has to be taken up as it is.
      if (find('variance', factor) === null && productsIn(factor) === null)
        return { value: factor, variance, factorSum };
    }
    return null;
  };
  return reductions.map(({ kind, value, dtype }): Folding => {
    const plain = { kind, dtype, value, shift: null, variance: null, factorSum: null };
    if (kind === 'variance') return { ...plain, ...withoutShift(value, innerLoops) };
    if (kind !== 'sum' || dtype !== 'f32') return plain;
    const variance = find('variance', value);
    if (variance === null) return { ...plain, ...productsIn(value) };
    return { ...plain, value: null, variance, shift: withoutShift(value, innerLoops).shift };
  });
}

/** The factors of a product, in both orders. */
function factorsOf(value: Expression): (readonly [Expression, Expression])[] {
  if (value.kind !== 'apply' || scalarFunction(value.function).isProduct !== true) return [];
  const [a, b] = value.operands as [Expression, Expression];
  return [
    [a, b],
    [b, a],
  ];
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
  return !subexpressions([expression])
    .flatMap(ownLoops)
    .some((loop) => innerLoops.includes(loop));
}
