/**
 * @file The kernel IR: what a backend turns into code. Plain data that prints; it names no tensor, no derivative and no
 * machine. All shapes are gone: only loops, affine positions, expressions, reductions and stores are left.
 */
import type { DType } from '../dtype.ts';
import type { ReduceKind } from '../graph/node.ts';
import type { ScalarName } from '../graph/scalar-functions.ts';
import { equalShapes } from '../shape.ts';

/** `offset + Σ strides[k] · i[k]` over a kernel's loop counters. */
export interface Index {
  readonly offset: number;
  readonly strides: readonly number[];
}

export const sameIndex = (a: Index, b: Index): boolean =>
  a.offset === b.offset && equalShapes(a.strides, b.strides);

/** The lowest and the highest value of an index over loops with these extents. */
export function reachOf(
  { offset, strides }: Index,
  extents: readonly number[],
): [lowest: number, highest: number] {
  let [lowest, highest] = [offset, offset];
  strides.forEach((stride, loop) => {
    const reach = stride * Math.max(0, extents[loop]! - 1);
    if (reach < 0) lowest += reach;
    else highest += reach;
  });
  return [lowest, highest];
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

/** A value folded over the inner loops of a kernel. */
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

/** One sweep over the inner loops, at one point of the outer loops. */
export interface Phase {
  readonly reductions: readonly Reduction[];
  /** At every point of the inner loops. */
  readonly stores: readonly Store[];
  /** Once, after the sweep; only these may use the reductions. */
  readonly results: readonly Store[];
}

/**
 * At every point of the outer loops, in any order or at once: the phases, one after the other. What a phase stores at
 * an outer point, later phases of that point may load. Loop counters are numbered outer loops first.
 */
export interface LoopKernel {
  readonly kind: 'loop';
  readonly outer: readonly number[];
  readonly inner: readonly number[];
  readonly phases: readonly Phase[];
}

/** The numbers of a kernel's inner loops. */
export const innerLoopsOf = ({ outer, inner }: LoopKernel): number[] =>
  inner.map((_, position) => outer.length + position);

/** A buffer seen as a matrix, or a stack of them: each axis is a group of loops. */
export interface MatrixView {
  readonly buffer: number;
  readonly offset: number;
  readonly batch: readonly number[];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/**
 * `Σ_k left[b, r, k] · right[b, k, c]`, each of b, r, c, k being a group of loops with these extents. The stores see the
 * loops of b, r and c, and the sum as reduction 0.
 */
export interface ContractKernel {
  readonly kind: 'contract';
  readonly dtype: DType;
  readonly batch: readonly number[];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly inner: readonly number[];
  readonly left: MatrixView;
  readonly right: MatrixView;
  readonly stores: readonly Store[];
}

export type Kernel = LoopKernel | ContractKernel;

/** A stretch of memory that kernels read and write. */
export interface BufferSpec {
  readonly dtype: DType;
  readonly size: number;
  /** What its value is, for messages. */
  readonly origin: string;
}

/** A program over numbered buffers: the inputs come first, filled by the caller. */
export interface Plan {
  readonly inputs: number;
  readonly buffers: readonly BufferSpec[];
  /** In an order in which every buffer is complete before it is read. */
  readonly kernels: readonly Kernel[];
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

/** An expression with its operands replaced; the same object if they stay the same. */
function withOperands(expression: Expression, map: (operand: Expression) => Expression): Expression {
  switch (expression.kind) {
    case 'apply': {
      const operands = expression.operands.map(map);
      const isSame = operands.every((operand, position) => operand === expression.operands[position]);
      return isSame ? expression : { ...expression, operands };
    }
    case 'cast': {
      const operand = map(expression.operand);
      return operand === expression.operand ? expression : { ...expression, operand };
    }
    case 'guard': {
      const inside = map(expression.inside);
      return inside === expression.inside ? expression : { ...expression, inside };
    }
    case 'load': {
      if (expression.row === null) return expression;
      const row = map(expression.row.row);
      return row === expression.row.row ? expression : { ...expression, row: { ...expression.row, row } };
    }
    default:
      return expression;
  }
}

/** A function that rewrites expressions from the leaves up; equal objects stay equal. */
export function rewriter(
  rewrite: (expression: Expression) => Expression,
): (expression: Expression) => Expression {
  const done = new Map<Expression, Expression>();
  const visit = (expression: Expression): Expression => {
    const known = done.get(expression);
    if (known !== undefined) return known;
    const result = rewrite(withOperands(expression, visit));
    done.set(expression, result);
    return result;
  };
  return visit;
}

/** The indices that an expression itself uses, not those of its operands. */
export function indicesOf(expression: Expression): readonly Index[] {
  switch (expression.kind) {
    case 'load':
    case 'coordinate':
      return [expression.index];
    case 'random':
      return [expression.position];
    case 'guard':
      return expression.bounds.map(({ index }) => index);
    default:
      return [];
  }
}

/** The loops that an expression itself varies with, not those that only its operands vary with. */
export function ownLoops(expression: Expression): number[] {
  return indicesOf(expression).flatMap(({ strides }) =>
    strides.flatMap((stride, loop) => (stride === 0 ? [] : [loop])),
  );
}

/** Whether some row below is only known at run time. */
export function looksUpRows(roots: readonly Expression[]): boolean {
  return subexpressions(roots).some((expression) => expression.kind === 'load' && expression.row !== null);
}

/** The same expression with its own indices mapped. */
export function withIndices(expression: Expression, map: (index: Index) => Index): Expression {
  switch (expression.kind) {
    case 'load':
    case 'coordinate':
      return { ...expression, index: map(expression.index) };
    case 'random':
      return { ...expression, position: map(expression.position) };
    case 'guard':
      return {
        ...expression,
        bounds: expression.bounds.map((bound) => ({ ...bound, index: map(bound.index) })),
      };
    default:
      return expression;
  }
}

/** All stores of a kernel. */
export function storesOf(kernel: Kernel): Store[] {
  return kernel.kind === 'contract'
    ? [...kernel.stores]
    : kernel.phases.flatMap(({ stores, results }) => [...stores, ...results]);
}

/** The expressions that stores evaluate. */
export function storeExpressions(stores: readonly Store[]): Expression[] {
  return stores.flatMap(({ value, row }) => (row === null ? [value] : [row.row, value]));
}

/** The expressions that a phase evaluates. */
export function phaseExpressions({ reductions, stores, results }: Phase): Expression[] {
  return [...reductions.map(({ value }) => value), ...storeExpressions([...stores, ...results])];
}

/** The expressions that a kernel evaluates. */
export function expressionsOf(kernel: Kernel): Expression[] {
  return kernel.kind === 'contract'
    ? storeExpressions(kernel.stores)
    : kernel.phases.flatMap(phaseExpressions);
}

/** Stores with every expression and index mapped. */
export function mapStores(
  stores: readonly Store[],
  expression: (e: Expression) => Expression,
  index: (i: Index) => Index,
): Store[] {
  return stores.map((store) => ({
    ...store,
    index: index(store.index),
    row: store.row && { ...store.row, row: expression(store.row.row) },
    value: expression(store.value),
  }));
}

/** A phase with all its indices mapped. */
export function mapPhase({ reductions, stores, results }: Phase, index: (i: Index) => Index): Phase {
  const expression = rewriter((inner) => withIndices(inner, index));
  return {
    reductions: reductions.map((reduction) => ({ ...reduction, value: expression(reduction.value) })),
    stores: mapStores(stores, expression, index),
    results: mapStores(results, expression, index),
  };
}

/** The stores of a contraction with all their indices mapped. */
export function mapStoreIndices(stores: readonly Store[], index: (i: Index) => Index): Store[] {
  return mapStores(
    stores,
    rewriter((inner) => withIndices(inner, index)),
    index,
  );
}

/** The buffers that expressions read. */
export function buffersReadBy(expressions: readonly Expression[]): number[] {
  return subexpressions(expressions).flatMap((expression) =>
    expression.kind === 'load' ? [expression.buffer] : expression.kind === 'random' ? [expression.key] : [],
  );
}

/** The buffers that a kernel reads. */
export function buffersRead(kernel: Kernel): Set<number> {
  const read = buffersReadBy(expressionsOf(kernel));
  if (kernel.kind === 'contract') read.push(kernel.left.buffer, kernel.right.buffer);
  // What is added to is read as well.
  for (const { buffer, accumulate } of storesOf(kernel)) if (accumulate) read.push(buffer);
  return new Set(read);
}

/** The buffers that a kernel reads or writes. */
export function buffersTouched(kernel: Kernel): Set<number> {
  return new Set([...buffersRead(kernel), ...storesOf(kernel).map(({ buffer }) => buffer)]);
}
