/**
 * @file How a loop kernel is walked: along which loop the lanes run, and how many vectors or rows one pass takes. It
 * decides and writes no code.
 */
import {
  type Expression,
  expressionsOf,
  indicesOf,
  type LoopKernel,
  storeExpressions,
  subexpressions,
} from '../../compile/kernel.ts';
import { invariant } from '../../errors.ts';
import { scalarFunction } from '../../graph/scalar-functions.ts';
import { sizeOf } from '../../shape.ts';
import { laneCount } from './lanes.ts';

/** How a kernel is walked. A `unit` is how many points of the lanes' loop stay together when it is run in parts. */
export type LoopMethod =
  /** Lanes are inner points, of the innermost loop; or there is no loop, and one lane. */
  | { readonly kind: 'inner'; readonly lane: number | null }
  /** Lanes are outer points: one pass after the other, each through all inner points. */
  | { readonly kind: 'outer'; readonly lane: number; readonly unit: number }
  /** Lanes are outer points, but memory is walked row by row: the sums of a block of columns wait between the rows. */
  | { readonly kind: 'blocks'; readonly lane: number; readonly unit: number };

/** How many vectors, or rows, one pass takes at most. */
const mostUnrolled = 4;

/** Bodies that cost more than this are not repeated: they hide their own latency. */
const mostRepeatedCost = 100;

/** From how many inner points and outer lanes on memory is walked row by row. */
const [fewestRows, fewestColumns] = [16, 64];

/** @param part the loop that runs in parts which may end at any vector, if one does */
export function methodOf(kernel: LoopKernel, part: number | null = null): LoopMethod {
  const { outer, inner, phases } = kernel;
  const lane = laneLoop(kernel);
  if (lane === null || lane >= outer.length) return { kind: 'inner', lane };
  const extent = outer[lane]!;
  if (sizeOf(inner) >= fewestRows && extent >= fewestColumns) {
    invariant(part !== lane, 'a part of the columns is not walked row by row');
    return { kind: 'blocks', lane, unit: mostUnrolled * laneCount };
  }
  const isPlain = inner.length === 0 && phases.every(({ reductions }) => reductions.length === 0);
  const stored = phases.flatMap(({ stores }) => subexpressions(storeExpressions(stores)));
  const vectors = isPlain && part !== lane ? unrolled(Math.floor(extent / laneCount), stored) : 1;
  return { kind: 'outer', lane, unit: vectors * laneCount };
}

/** The outer loops but that of the lanes. */
export function loopsAround({ outer }: LoopKernel, { lane }: LoopMethod): number[] {
  return outer.map((_, loopNumber) => loopNumber).filter((loopNumber) => loopNumber !== lane);
}

/** The loop that threads share: the largest, but that of the lanes only where it is the only one; null without any. */
export function sharedLoop(kernel: LoopKernel, method: LoopMethod): number | null {
  const { outer } = kernel;
  if (outer.length === 0) return null;
  const [first = 0, ...others] = loopsAround(kernel, method);
  return others.reduce((best, loopNumber) => (outer[loopNumber]! > outer[best]! ? loopNumber : best), first);
}

/** How many points of an outer loop stay together when it is run in parts. */
export function unitOf(method: LoopMethod, loopNumber: number): number {
  return method.kind !== 'inner' && loopNumber === method.lane ? method.unit : 1;
}

/** The loop whose counter the lanes run along; null for a kernel of single elements. */
function laneLoop(kernel: LoopKernel): number | null {
  const { outer, inner } = kernel;
  const extents = [...outer, ...inner];
  if (extents.length === 0) return null;
  const innermost = extents.length - 1;
  if (inner.length === 0 || outer.length === 0) return innermost;
  const loads = subexpressions(expressionsOf(kernel)).filter(({ kind }) => kind === 'load');
  const stores = kernel.phases.flatMap((phase) => phase.stores);
  const indices = [...loads.flatMap(indicesOf), ...stores.map(({ index }) => index)];
  /** How many elements are walked one after the other. */
  const along = (loopNumber: number): number =>
    indices
      .filter(({ strides }) => Math.abs(strides[loopNumber]!) === 1)
      .map(({ strides }) =>
        strides.reduce((size, stride, k) => (stride === 0 ? size : size * extents[k]!), 1),
      )
      .reduce((sum, size) => sum + size, 0);
  return along(outer.length - 1) > along(innermost) ? outer.length - 1 : innermost;
}

/** What it takes to compute some expressions once. */
function costOf(expressions: readonly Expression[]): number {
  const costs = expressions.map((expression) => {
    if (expression.kind === 'apply') return scalarFunction(expression.function).cost;
    return expression.kind === 'random' || (expression.kind === 'load' && expression.row !== null) ? 60 : 1;
  });
  return costs.reduce((sum, cost) => sum + cost, 0);
}

/** How many of so many full vectors, or rows, one pass takes that evaluates some expressions for each. */
export function unrolled(available: number, expressions: readonly Expression[]): number {
  if (costOf(expressions) > mostRepeatedCost) return 1;
  return Math.max(1, Math.min(mostUnrolled, available));
}
