/**
 * @file Reductions over axes: one axis, several, or all when left out; `keepDims` leaves them with extent 1.
 * Four of them are primitives, the others are composed.
 */
import { toFloat } from '../dtype.ts';
import { check, checkFlag, describe, formatShape, optionsOf } from '../errors.ts';
import { cast as castNode, reduce as reduceNode, reshape as reshapeNode } from '../graph/build.ts';
import type { ReduceKind } from '../graph/node.ts';
import { normalizeAxes, normalizeAxis, onesAtAxes, sizeOf, type Axes } from '../shape.ts';
import { isFinite, isNaN, square } from './activation.ts';
import { cast, stopGradient } from './cast.ts';
import { iota, zerosLike } from './create.ts';
import {
  abs,
  add,
  div,
  equal,
  exp,
  log,
  logicalOr,
  mul,
  notEqual,
  pow,
  sqrt,
  sub,
  where,
} from './elementwise.ts';
import { pad, permute, reshape, slice, squeeze } from './movement.ts';
import { nodeOf, type Tensor, wrap } from './tensor.ts';

/** Whether reduced axes stay, with extent 1; by default they go. */
export interface ReduceOptions {
  keepDims?: boolean;
}

/** Whether reduced axes stay, after checking the options, of which there may be others besides `keepDims`. */
function keepsDims<Options extends ReduceOptions>(
  options: Options,
  operation: string,
  more: readonly Exclude<keyof Options & string, 'keepDims'>[] = [],
): boolean {
  const { keepDims = false } = optionsOf(options, operation, ['keepDims', ...more]);
  checkFlag(keepDims, operation, 'keepDims');
  return keepDims;
}

/** The dtype a reduction computes in. */
type Lift = 'any' | 'number' | 'float';

function reduce(
  x: Tensor,
  operation: string,
  kind: ReduceKind,
  axis: Axes,
  options: ReduceOptions,
  lift: Lift,
): Tensor {
  const given = nodeOf(x, operation);
  const keepDims = keepsDims(options, operation);
  const dtype =
    lift === 'float'
      ? toFloat(given.dtype)
      : lift === 'number' && given.dtype === 'bool'
        ? 'i32'
        : given.dtype;
  const node = castNode(given, dtype);
  const axes = normalizeAxes(axis, node.shape.length, operation);
  if (kind === 'max' || kind === 'min') {
    const empty = axes.some((k) => node.shape[k] === 0);
    check(!empty, operation, () => `has no value over an axis of extent 0: ${formatShape(node.shape)}`);
  }
  const result = reduceNode(node, kind, axes);
  return wrap(keepDims ? reshapeNode(result, onesAtAxes(node.shape, axes)) : result);
}

/** How many elements each result of a reduction over `axis` stands for. */
function countOver(x: Tensor, axis: Axes, operation: string): number {
  const { shape } = nodeOf(x, operation);
  return normalizeAxes(axis, shape.length, operation).reduce((count, k) => count * shape[k]!, 1);
}

/**
 * The sum; of nothing, 0. Booleans are counted in i32, which wraps around at 32 bits.
 * @example tensor([[1, 2], [3, 4]]).sum(0).toArray(); // [4, 6]
 */
export function sum(x: Tensor, axis?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce(x, 'sum', 'sum', axis, options, 'number');
}

/**
 * The arithmetic mean; of nothing, NaN. Integers become f32.
 * @example tensor([1, 2, 6]).mean().item(); // 3
 */
export function mean(x: Tensor, axis?: Axes, options: ReduceOptions = {}): Tensor {
  const total = reduce(x, 'mean', 'sum', axis, options, 'float');
  return div(total, countOver(x, axis, 'mean'));
}

/** For variance and std. */
export interface VarianceOptions extends ReduceOptions {
  /** What is subtracted from the count in the divisor: 1 (the default) for the unbiased estimate, 0 for the population variance. */
  correction?: number;
}

function varianceOf(x: Tensor, axis: Axes, options: VarianceOptions, operation: string): Tensor {
  const keepDims = keepsDims(options, operation, ['correction']);
  const { correction = 1 } = options;
  check(
    Number.isFinite(correction),
    operation,
    () => `correction is a finite number, not ${describe(correction)}`,
  );
  const population = reduce(x, operation, 'variance', axis, { keepDims }, 'float');
  if (correction === 0) return population;
  const count = countOver(x, axis, operation);
  return mul(population, count > correction ? count / (count - correction) : NaN);
}

/**
 * Σ(x − mean)²/(n − correction), computed stably in one sweep; NaN when n ≤ correction. Integers become f32.
 * @example tensor([1, 2, 3]).variance().item(); // 1
 */
export function variance(x: Tensor, axis?: Axes, options: VarianceOptions = {}): Tensor {
  return varianceOf(x, axis, options, 'variance');
}

/** √x with gradient 0 at 0, where the true one is infinite: for roots of sums of squares. */
function rootOfSquares(x: Tensor): Tensor {
  const isZero = equal(x, 0);
  return where(isZero, 0, sqrt(where(isZero, 1, x)));
}

/**
 * The standard deviation, the root of the {@link variance}. Its gradient is 0 where it is 0, as PyTorch's.
 * @example tensor([1, 2, 3]).std().item(); // 1
 */
export function std(x: Tensor, axis?: Axes, options: VarianceOptions = {}): Tensor {
  return rootOfSquares(varianceOf(x, axis, options, 'std'));
}

/**
 * The largest element, NaN if there is one. Elements that tie share the gradient evenly, as in PyTorch's `amax`.
 * @throws over an axis of extent 0
 * @example tensor([[1, 5], [7, 3]]).max(1).toArray(); // [5, 7]
 */
export function max(x: Tensor, axis?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce(x, 'max', 'max', axis, options, 'any');
}

/**
 * The smallest element, NaN if there is one. Elements that tie share the gradient evenly, as in PyTorch's `amin`.
 * @throws over an axis of extent 0
 * @example tensor([[1, 5], [7, 3]]).min(1).toArray(); // [1, 3]
 */
export function min(x: Tensor, axis?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce(x, 'min', 'min', axis, options, 'any');
}

/**
 * The product; of nothing, 1. A balanced tree of multiplications, so its gradient is right where elements are 0.
 * @example tensor([1, 2, 3, 4]).prod().item(); // 24
 */
export function prod(x: Tensor, axis?: Axes, options: ReduceOptions = {}): Tensor {
  const { shape } = nodeOf(x, 'prod');
  const keepDims = keepsDims(options, 'prod');
  const axes = normalizeAxes(axis, shape.length, 'prod');
  const kept = shape.map((_, k) => k).filter((k) => !axes.includes(k));
  const keptShape = kept.map((k) => shape[k]!);
  let factors = reshape(permute(x, [...kept, ...axes]), [...keptShape, countOver(x, axis, 'prod')]);
  const all = keptShape.map(() => null);
  if (factors.shape.at(-1) === 0) factors = pad(factors, [[0, 1]], { value: 1 });
  while (factors.shape.at(-1)! > 1) {
    const half = Math.ceil(factors.shape.at(-1)! / 2);
    const even = pad(factors, [[0, 2 * half - factors.shape.at(-1)!]], { value: 1 });
    factors = mul(slice(even, [...all, [0, half]]), slice(even, [...all, [half]]));
  }
  const product = factors.dtype === 'bool' ? cast(factors, 'i32') : factors;
  return reshape(product, keepDims ? onesAtAxes(shape, axes) : keptShape);
}

/** The first position where `hit` holds, as i32. */
function firstPosition(hit: Tensor, axis: number, options: ReduceOptions): Tensor {
  return min(where(hit, iota(hit.shape, axis), hit.shape[axis]! - 1), axis, options);
}

function extremumPosition(
  x: Tensor,
  axis: number | undefined,
  options: ReduceOptions,
  operation: 'argmax' | 'argmin',
): Tensor {
  const { shape } = nodeOf(x, operation);
  const keepDims = keepsDims(options, operation);
  if (axis === undefined) {
    const position = extremumPosition(reshape(x, [sizeOf(shape)]), 0, {}, operation);
    return keepDims
      ? reshape(
          position,
          shape.map(() => 1),
        )
      : position;
  }
  const along = normalizeAxis(axis, shape.length, operation);
  check(shape[along] !== 0, operation, () => `has no value over an axis of extent 0: ${formatShape(shape)}`);
  const extremum =
    operation === 'argmax' ? max(x, along, { keepDims: true }) : min(x, along, { keepDims: true });
  return firstPosition(logicalOr(equal(x, extremum), isNaN(x)), along, options);
}

/**
 * The position of the largest element along an axis (the first of several, or the first NaN), as i32; in the flattened
 * tensor when the axis is left out.
 * @example tensor([[1, 5], [7, 3]]).argmax(1).toArray(); // [1, 0]
 */
export function argmax(x: Tensor, axis?: number, options: ReduceOptions = {}): Tensor {
  return extremumPosition(x, axis, options, 'argmax');
}

/**
 * The position of the smallest element along an axis (the first of several, or the first NaN), as i32; in the
 * flattened tensor when the axis is left out.
 * @example tensor([[1, 5], [7, 3]]).argmin(1).toArray(); // [0, 1]
 */
export function argmin(x: Tensor, axis?: number, options: ReduceOptions = {}): Tensor {
  return extremumPosition(x, axis, options, 'argmin');
}

/**
 * Whether all elements are true (not 0); of nothing, true.
 * @example tensor([true, false]).all().item(); // false
 */
export function all(x: Tensor, axis?: Axes, options: ReduceOptions = {}): Tensor {
  const falsehoods = equal(wrap(castNode(nodeOf(x, 'all'), 'bool')), false);
  return equal(reduce(falsehoods, 'all', 'sum', axis, options, 'number'), 0);
}

/**
 * Whether any element is true (not 0); of nothing, false.
 * @example tensor([true, false]).any().item(); // true
 */
export function any(x: Tensor, axis?: Axes, options: ReduceOptions = {}): Tensor {
  return notEqual(reduce(wrap(castNode(nodeOf(x, 'any'), 'bool')), 'any', 'sum', axis, options, 'number'), 0);
}

/** The largest element as a constant to subtract before exp, 0 where it is −∞; +∞ and NaN make a softmax NaN. */
function shiftOf(x: Tensor, axis: Axes, operation: string): Tensor {
  if (sizeOf(x.shape) === 0) return sum(zerosLike(x), axis, { keepDims: true });
  const largest = stopGradient(reduce(x, operation, 'max', axis, { keepDims: true }, 'float'));
  return where(equal(largest, -Infinity), 0, largest);
}

/**
 * ln Σ eˣ, without overflow. Integers become f32.
 * @example tensor([1000, 1000]).logSumExp().item(); // 1000.6931…
 */
export function logSumExp(x: Tensor, axis?: Axes, options: ReduceOptions = {}): Tensor {
  const { shape, dtype } = nodeOf(x, 'logSumExp');
  const keepDims = keepsDims(options, 'logSumExp');
  const axes = normalizeAxes(axis, shape.length, 'logSumExp');
  const values = cast(x, toFloat(dtype));
  // The result does not depend on the shift, so treating it as a constant is exact at every order.
  const largest = shiftOf(values, axes, 'logSumExp');
  const shift = where(isFinite(largest), largest, 0);
  const result = add(log(sum(exp(sub(values, shift)), axes, { keepDims: true })), shift);
  return keepDims ? result : squeeze(result, axes);
}

/**
 * eˣ/Σ eˣ along an axis, without overflow. Integers become f32.
 * @example tensor([0, 0]).softmax().toArray(); // [0.5, 0.5]
 */
export function softmax(x: Tensor, axis = -1): Tensor {
  const { shape, dtype } = nodeOf(x, 'softmax');
  const along = normalizeAxis(axis, shape.length, 'softmax');
  const values = cast(x, toFloat(dtype));
  const powers = exp(sub(values, shiftOf(values, along, 'softmax')));
  return div(powers, sum(powers, along, { keepDims: true }));
}

/**
 * The logarithm of the {@link softmax}, accurate where that is near 0.
 * @example tensor([0, 0]).logSoftmax().toArray(); // [-0.693…, -0.693…]
 */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  const { shape, dtype } = nodeOf(x, 'logSoftmax');
  const along = normalizeAxis(axis, shape.length, 'logSoftmax');
  const values = cast(x, toFloat(dtype));
  const shifted = sub(values, shiftOf(values, along, 'logSoftmax'));
  return sub(shifted, log(sum(exp(shifted), along, { keepDims: true })));
}

/**
 * The p-norm (Σ|x|ᵖ)^(1/p): by default the Euclidean one; `Infinity` gives the largest |x|. Where it is 0 its gradient is 0.
 * @example tensor([3, 4]).norm().item(); // 5
 */
export function norm(x: Tensor, axis?: Axes, options: ReduceOptions & { p?: number } = {}): Tensor {
  const keepDims = keepsDims(options, 'norm', ['p']);
  const { p = 2 } = options;
  check(typeof p === 'number' && p > 0, 'norm', () => `p is a number > 0, not ${describe(p)}`);
  const { shape, dtype } = nodeOf(x, 'norm');
  const axes = normalizeAxes(axis, shape.length, 'norm');
  const values = cast(x, toFloat(dtype));
  if (p === 2) return rootOfSquares(sum(square(values), axes, { keepDims }));
  if (p === 1) return sum(abs(values), axes, { keepDims });
  if (p === Infinity) return max(abs(values), axes, { keepDims });
  const total = sum(pow(abs(values), p), axes, { keepDims });
  const isZero = equal(total, 0);
  return where(isZero, 0, pow(where(isZero, 1, total), 1 / p));
}

/**
 * Running sums along an axis. Booleans are counted in i32.
 * @example tensor([1, 2, 3]).cumsum(0).toArray(); // [1, 3, 6]
 */
export function cumsum(x: Tensor, axis: number): Tensor {
  const { shape, dtype } = nodeOf(x, 'cumsum');
  const along = normalizeAxis(axis, shape.length, 'cumsum');
  const extent = shape[along]!;
  const before = shape.slice(0, along).map(() => null);
  const after = shape.slice(along + 1).map(() => [0, 0] as const);
  let totals = dtype === 'bool' ? cast(x, 'i32') : x;
  // After the step with distance d, each entry is the sum of up to 2d entries that end with it (Hillis & Steele 1986).
  for (let distance = 1; distance < extent; distance *= 2) {
    const earlier = slice(totals, [...before, [0, extent - distance]]);
    totals = add(totals, pad(earlier, [[distance, 0], ...after]));
  }
  return totals;
}
