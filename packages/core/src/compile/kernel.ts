/**
 * @file The kernel IR: what a backend turns into code. Plain data that prints; it names no tensor, no derivative and no
 * machine. All shapes are gone: only loops, affine positions, expressions, reductions and stores are left.
 */
import type { DType } from '../dtype.ts';
import type { ReduceKind } from '../graph/node.ts';
import type { ScalarName } from '../graph/scalar-functions.ts';

/** `offset + Σ strides[k] · i[k]` over a kernel's loop counters. */
export interface Index {
  readonly offset: number;
  readonly strides: readonly number[];
}

/** That an index lies in [0, extent). */
export interface Bound {
  readonly index: Index;
  readonly extent: number;
}

/** A row of a buffer that is only known when the kernel runs: `row` must lie in [0, rows), or the kernel fails. */
export interface DynamicRow {
  readonly row: Expression;
  readonly rows: number;
  readonly rowSize: number;
}

/** A value at one point of the loops. Equal objects are evaluated once. */
export type Expression =
  | { readonly kind: 'constant'; readonly value: number; readonly dtype: DType }
  | {
      readonly kind: 'load';
      readonly buffer: number;
      readonly index: Index;
      readonly row: DynamicRow | null;
      readonly dtype: DType;
    }
  | { readonly kind: 'coordinate'; readonly index: Index; readonly dtype: 'i32' }
  | {
      readonly kind: 'random';
      readonly key: number;
      readonly position: Index;
      readonly word: 0 | 1;
      readonly dtype: 'i32';
    }
  | {
      readonly kind: 'guard';
      readonly bounds: readonly Bound[];
      readonly inside: Expression;
      readonly outside: number;
      readonly dtype: DType;
    }
  | {
      readonly kind: 'apply';
      readonly function: ScalarName;
      readonly operands: readonly Expression[];
      readonly dtype: DType;
    }
  | { readonly kind: 'cast'; readonly operand: Expression; readonly dtype: DType }
  | { readonly kind: 'reduced'; readonly reduction: number; readonly dtype: DType };

/** A value folded over a kernel's reduced loops. */
export interface Reduction {
  readonly kind: ReduceKind;
  readonly value: Expression;
  readonly dtype: DType;
}

/** Where a value goes; with `accumulate` it is added to what stands there. */
export interface Store {
  readonly buffer: number;
  readonly index: Index;
  readonly row: DynamicRow | null;
  readonly accumulate: boolean;
  readonly value: Expression;
}

/**
 * Loops over `kept` and, inside, over `reduced` extents. Reductions see all loop counters (kept ones first); stores
 * run once per kept point, after the reductions, whose results they may use.
 */
export interface LoopKernel {
  readonly kind: 'loop';
  readonly kept: readonly number[];
  readonly reduced: readonly number[];
  readonly reductions: readonly Reduction[];
  readonly stores: readonly Store[];
}

/** A buffer seen as a matrix, or a stack of them: each axis is a group of loops. */
export interface MatrixView {
  readonly buffer: number;
  readonly offset: number;
  readonly batch: readonly number[];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** `store[b, r, c] = Σ_k left[b, r, k] · right[b, k, c]`, each of b, r, c, k being a group of loops with these extents. */
export interface ContractKernel {
  readonly kind: 'contract';
  readonly dtype: DType;
  readonly batch: readonly number[];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly inner: readonly number[];
  readonly left: MatrixView;
  readonly right: MatrixView;
  readonly store: MatrixView;
}

export type Kernel = LoopKernel | ContractKernel;

/** A stretch of memory that kernels read and write. */
export interface BufferSpec {
  readonly dtype: DType;
  readonly size: number;
}

/** A program over numbered buffers: the inputs come first, filled by the caller. */
export interface Plan {
  readonly inputs: number;
  readonly buffers: readonly BufferSpec[];
  /** In an order in which every buffer is complete before it is read. */
  readonly kernels: readonly Kernel[];
}

/** The same index with every offset and stride passed through loops that were merged or dropped. */
export function mapExpression(
  expression: Expression,
  mapIndex: (index: Index) => Index,
  done = new Map<Expression, Expression>(),
): Expression {
  const known = done.get(expression);
  if (known !== undefined) return known;
  const recurse = (inner: Expression): Expression => mapExpression(inner, mapIndex, done);
  const mapped = ((): Expression => {
    switch (expression.kind) {
      case 'constant':
      case 'reduced':
        return expression;
      case 'load':
        return {
          ...expression,
          index: mapIndex(expression.index),
          row: expression.row && { ...expression.row, row: recurse(expression.row.row) },
        };
      case 'coordinate':
        return { ...expression, index: mapIndex(expression.index) };
      case 'random':
        return { ...expression, position: mapIndex(expression.position) };
      case 'guard':
        return {
          ...expression,
          bounds: expression.bounds.map((bound) => ({ ...bound, index: mapIndex(bound.index) })),
          inside: recurse(expression.inside),
        };
      case 'apply':
        return { ...expression, operands: expression.operands.map(recurse) };
      case 'cast':
        return { ...expression, operand: recurse(expression.operand) };
    }
  })();
  done.set(expression, mapped);
  return mapped;
}

/** The expressions a kernel evaluates. */
export function expressionsOf({ reductions, stores }: LoopKernel): Expression[] {
  return [
    ...reductions.map(({ value }) => value),
    ...stores.flatMap(({ value, row }) => (row === null ? [value] : [row.row, value])),
  ];
}

/** Every distinct expression below the given ones, operands before users. */
export function subexpressions(roots: readonly Expression[]): Expression[] {
  const seen = new Set<Expression>();
  const visit = (expression: Expression): void => {
    if (seen.has(expression)) return;
    for (const operand of operandsOf(expression)) visit(operand);
    seen.add(expression);
  };
  roots.forEach(visit);
  return [...seen];
}

/** The expressions that an expression is directly made of. */
export function operandsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'apply':
      return expression.operands;
    case 'cast':
      return [expression.operand];
    case 'guard':
      return [expression.inside];
    case 'load':
      return expression.row === null ? [] : [expression.row.row];
    default:
      return [];
  }
}
