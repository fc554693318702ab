/**
 * @file Writes out short loops on which conditions depend: at each of their points the condition is known, and what only
 * one side needs is computed only there. Values that put elements side by side, as a sum of windows does, so become one
 * computation with a store for each of its parts.
 */
import { roundTo } from '../dtype.ts';
import { evaluationIn, scalarFunction } from '../graph/scalar-functions.ts';
import {
  type Bound,
  type Expression,
  expressionsOf,
  type Index,
  type LoopKernel,
  mapStores,
  type Phase,
  rewriter,
  subexpressions,
  withIndices,
} from './kernel.ts';

/** The longest loop that is written out. */
const longest = 4;

/** The most expressions that a kernel may come to. */
const mostExpressions = 1000;

/** The loops that some condition depends on, on them alone, all of them short. */
function loopsToUnroll({ outer, phases }: LoopKernel): number[] {
  const found = new Set<number>();
  for (const expression of subexpressions(phases.flatMap(({ stores }) => stores.map(({ value }) => value)))) {
    if (expression.kind !== 'guard') continue;
    for (const { index } of expression.bounds) {
      const loops = index.strides.flatMap((stride, loop) =>
        stride === 0 || outer[loop] === 1 ? [] : [loop],
      );
      if (loops.every((loop) => outer[loop]! <= longest)) for (const loop of loops) found.add(loop);
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** Expressions that are equal as one object. */
class Interned {
  readonly #numbers = new Map<unknown, number>();
  readonly #known = new Map<string, Expression>();

  /** The one expression equal to this one, whose operands are interned already. */
  of(expression: Expression): Expression {
    if (this.#numbers.has(expression)) return expression;
    const key = JSON.stringify(expression, (_name, value: unknown) => {
      if (typeof value !== 'number') return this.#numbers.get(value) ?? value;
      // JSON alone would confuse NaN, ±∞ and −0.
      return Object.is(value, -0) ? '-0' : String(value);
    });
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, expression);
    this.#numbers.set(expression, this.#numbers.size);
    return expression;
  }
}

/** Whether a bound holds everywhere (true), nowhere (false), or depends on where (null). */
function decided({ index, extent }: Bound, extents: readonly number[]): boolean | null {
  if (index.strides.some((stride, loop) => stride !== 0 && extents[loop]! > 1)) return null;
  return index.offset >= 0 && index.offset < extent;
}

/** Whether a function is an addition: −0 is what changes nothing in it. */
const isSum = (expression: Expression): expression is Expression & { kind: 'apply' } =>
  expression.kind === 'apply' && Object.is(scalarFunction(expression.function).neutral, -0);

/** Whether a value is surely not −0, which is the sum only of −0 and −0. */
function isNeverNegativeZero(expression: Expression): boolean {
  if (expression.kind === 'constant') return !Object.is(expression.value, -0);
  return isSum(expression) && expression.operands.some(isNeverNegativeZero);
}

/** What 0 is added to, if that is surely not −0 and the sum so the same. */
function withoutZero(expression: Expression): Expression | null {
  if (!isSum(expression)) return null;
  const [a, b] = expression.operands as [Expression, Expression];
  const isZero = (operand: Expression): boolean => operand.kind === 'constant' && Object.is(operand.value, 0);
  if (isZero(b) && isNeverNegativeZero(a)) return a;
  return isZero(a) && isNeverNegativeZero(b) ? b : null;
}

/** An expression without the conditions and operations whose outcome is known. */
function settle(expression: Expression, extents: readonly number[]): Expression {
  if (expression.kind === 'guard') {
    const bounds = expression.bounds.filter((bound) => decided(bound, extents) !== true);
    if (bounds.some((bound) => decided(bound, extents) === false))
      return { kind: 'constant', value: expression.outside, dtype: expression.dtype };
    return bounds.length === 0 ? expression.inside : { ...expression, bounds };
  }
  if (expression.kind !== 'apply') return expression;
  const term = withoutZero(expression);
  if (term !== null) return term;
  const values = expression.operands.map((operand) => (operand.kind === 'constant' ? operand.value : null));
  if (values.includes(null)) return expression;
  const [a = 0, b = 0, c = 0] = values as number[];
  const { dtype } = expression;
  const value = roundTo(dtype, evaluationIn(expression.function, dtype)(a, b, c));
  return { kind: 'constant', value, dtype };
}

/** An equivalent kernel without the short loops that conditions depend on; reductions stay as they are. */
export function unroll(kernel: LoopKernel): LoopKernel {
  if (kernel.inner.length > 0 || kernel.phases.some(({ reductions }) => reductions.length > 0)) return kernel;
  const loops = loopsToUnroll(kernel);
  const points = loops.reduce((product, loop) => product * kernel.outer[loop]!, 1);
  const size = subexpressions(expressionsOf(kernel)).length;
  if (points === 1 || points * size > mostExpressions) return kernel;

  const remaining = kernel.outer.filter((_, loop) => !loops.includes(loop));
  const interned = new Interned();
  const unrolled = ({ reductions, stores, results }: Phase): Phase => ({
    reductions,
    stores: pointsOf(loops.map((loop) => kernel.outer[loop]!)).flatMap((counters) => {
      const at = ({ offset, strides }: Index): Index => ({
        offset: loops.reduce((sum, loop, k) => sum + strides[loop]! * counters[k]!, offset),
        strides: strides.filter((_, loop) => !loops.includes(loop)),
      });
      const rewrite = rewriter((expression) => interned.of(settle(withIndices(expression, at), remaining)));
      return mapStores(stores, rewrite, at);
    }),
    results,
  });
  return { ...kernel, outer: remaining, phases: kernel.phases.map(unrolled) };
}

/** Every point of some loops, in row-major order. */
function pointsOf(extents: readonly number[]): number[][] {
  return extents.reduce<number[][]>(
    (points, extent) =>
      points.flatMap((point) => Array.from({ length: extent }, (_, counter) => [...point, counter])),
    [[]],
  );
}
