/**
 * @file Runs a plan one point at a time: the meaning of the kernel IR, written to be read. Between the interpreter, which
 * knows no kernels, and the backends, which must agree with it, it tells whether a wrong result was planned or generated.
 */
import { allocate, castTo, isFloat, roundTo, type TypedArray } from '../dtype.ts';
import { check, rowOutOfRange } from '../errors.ts';
import { evaluationIn } from '../graph/scalar-functions.ts';
import { threefry } from '../graph/threefry.ts';
import { forEachIndex } from '../shape.ts';
import type {
  ContractKernel,
  DynamicRow,
  Expression,
  Index,
  LoopKernel,
  MatrixView,
  Plan,
  Reduction,
  Store,
} from './kernel.ts';

type Memory = readonly TypedArray[];

/** The values of the loop counters, and of the reductions that are finished. */
interface Point {
  readonly counters: readonly number[];
  readonly reduced: readonly number[];
}

function at({ offset, strides }: Index, counters: readonly number[]): number {
  return strides.reduce((sum, stride, loop) => sum + stride * counters[loop]!, offset);
}

function rowStart({ row, rows, rowSize }: DynamicRow, point: Point, memory: Memory): number {
  const number = evaluate(row, point, memory);
  check(number >= 0 && number < rows, 'gather', () => rowOutOfRange(number, rows));
  return number * rowSize;
}

function evaluate(expression: Expression, point: Point, memory: Memory): number {
  switch (expression.kind) {
    case 'constant':
      return expression.value;
    case 'load': {
      const start = expression.row === null ? 0 : rowStart(expression.row, point, memory);
      return memory[expression.buffer]![start + at(expression.index, point.counters)]!;
    }
    case 'coordinate':
      return at(expression.index, point.counters);
    case 'random': {
      const key = memory[expression.key]!;
      return threefry(key[0]!, key[1]!, at(expression.position, point.counters), 0, expression.word);
    }
    case 'guard': {
      const isInside = expression.bounds.every(({ index, extent }) => {
        const position = at(index, point.counters);
        return position >= 0 && position < extent;
      });
      return isInside ? evaluate(expression.inside, point, memory) : expression.outside;
    }
    case 'apply': {
      const [a = 0, b = 0, c = 0] = expression.operands.map((operand) => evaluate(operand, point, memory));
      return roundTo(expression.dtype, evaluationIn(expression.function, expression.dtype)(a, b, c));
    }
    case 'cast':
      return castTo(expression.dtype, evaluate(expression.operand, point, memory));
    case 'reduced':
      return point.reduced[expression.reduction]!;
  }
}

function store({ buffer, index, row, accumulate, value }: Store, point: Point, memory: Memory): void {
  const start = row === null ? 0 : rowStart(row, point, memory);
  const position = start + at(index, point.counters);
  const target = memory[buffer]!;
  const result = evaluate(value, point, memory);
  target[position] = accumulate ? target[position]! + result : result;
}

/** Folds values in float64, variance in two passes. */
function fold({ kind, dtype }: Reduction, values: readonly number[]): number {
  const sum = (list: readonly number[]): number =>
    list.reduce((a, b) => (isFloat(dtype) ? a + b : (a + b) | 0), 0);
  switch (kind) {
    case 'sum':
      return roundTo(dtype, sum(values));
    case 'max':
      return values.reduce((a, b) => Math.max(a, b), -Infinity);
    case 'min':
      return values.reduce((a, b) => Math.min(a, b), Infinity);
    case 'variance': {
      // About one of them: the mean of equal values is exactly theirs, and their variance 0.
      const pivot = values[0]!;
      const mean = pivot + sum(values.map((value) => value - pivot)) / values.length;
      return roundTo(dtype, sum(values.map((value) => (value - mean) ** 2)) / values.length);
    }
  }
}

function runLoop({ outer, inner, phases }: LoopKernel, memory: Memory): void {
  forEachIndex(outer, (outerCounters) => {
    for (const { reductions, stores, results } of phases) {
      const values = reductions.map((): number[] => []);
      forEachIndex(inner, (innerCounters) => {
        const point = { counters: [...outerCounters, ...innerCounters], reduced: [] };
        for (const [number, { value }] of reductions.entries())
          values[number]!.push(evaluate(value, point, memory));
        for (const each of stores) store(each, point, memory);
      });
      const reduced = reductions.map((reduction, number) => fold(reduction, values[number]!));
      const point = { counters: [...outerCounters, ...inner.map(() => 0)], reduced };
      for (const each of results) store(each, point, memory);
    }
  });
}

function runContract(kernel: ContractKernel, memory: Memory): void {
  const { dtype, left, right } = kernel;
  const element = (
    view: MatrixView,
    batch: readonly number[],
    row: readonly number[],
    column: readonly number[],
  ): number => {
    const strides = [...view.batch, ...view.rows, ...view.columns];
    return memory[view.buffer]![at({ offset: view.offset, strides }, [...batch, ...row, ...column])]!;
  };
  forEachIndex(kernel.batch, (batch) => {
    forEachIndex(kernel.rows, (row) => {
      forEachIndex(kernel.columns, (column) => {
        let sum = 0;
        forEachIndex(kernel.inner, (k) => {
          const [a, b] = [element(left, batch, row, k), element(right, batch, k, column)];
          sum = isFloat(dtype) ? sum + a * b : (sum + Math.imul(a, b)) | 0;
        });
        const point = { counters: [...batch, ...row, ...column], reduced: [roundTo(dtype, sum)] };
        for (const each of kernel.stores) store(each, point, memory);
      });
    });
  });
}

/** All buffers of a plan, computed from its inputs. */
export function evaluatePlan({ buffers, kernels, inputs }: Plan, given: readonly TypedArray[]): TypedArray[] {
  const memory = buffers.map(({ dtype, size }, number) =>
    number < inputs ? given[number]! : allocate(dtype, size),
  );
  for (const kernel of kernels) {
    if (kernel.kind === 'loop') runLoop(kernel, memory);
    else runContract(kernel, memory);
  }
  return memory;
}
