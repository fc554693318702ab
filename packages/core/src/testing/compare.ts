/**
 * @file Comparison of values up to the rounding of their dtype. It knows numbers only, nothing of how they came to be.
 */
import { type DType, isFloat, roundTo } from '../dtype.ts';
import {
  check,
  checkFlag,
  describe,
  fail,
  formatShape,
  isList,
  isPlainObject,
  optionsOf,
} from '../errors.ts';
import { nodeOf, Tensor } from '../ops/tensor.ts';
import { data } from '../runtime/read.ts';
import { coordinatesAt, equalShapes, type Shape, sizeOf } from '../shape.ts';

/** Two numbers agree when |actual − expected| ≤ absolute + relative·|expected|. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

/** What a short chain of operations may lose in each dtype. */
export const tolerances: Readonly<Record<DType, Tolerance>> = {
  bool: { absolute: 0, relative: 0 },
  i32: { absolute: 0, relative: 0 },
  f32: { absolute: 2e-6, relative: 1e-5 },
  f64: { absolute: 1e-13, relative: 1e-12 },
};

/** For assertClose. */
export interface CompareOptions {
  /** By default that of the actual dtype in the table {@link tolerances}. */
  tolerance?: Tolerance;
  /** Whether 0 and −0 differ; by default they do not. */
  signedZeros?: boolean;
}

/** Numbers in row-major order with their shape; they are rounded to a float dtype before they are compared. */
export interface ExpectedValues {
  readonly shape: Shape;
  readonly values: ArrayLike<number>;
}

/** How far a number is beyond its tolerance, as a multiple of it: at most 1 when the two agree. NaN agrees with NaN, an infinity with itself. */
function excess(actual: number, expected: number, tolerance: Tolerance, signedZeros: boolean): number {
  if (signedZeros && actual === 0 && expected === 0) return Object.is(actual, expected) ? 0 : Infinity;
  if (actual === expected || (Number.isNaN(actual) && Number.isNaN(expected))) return 0;
  const difference = Math.abs(actual - expected);
  if (!Number.isFinite(difference)) return Infinity;
  return difference / (tolerance.absolute + tolerance.relative * Math.abs(expected));
}

/** Throws unless a tolerance is one: with NaN for a bound any values would pass. */
function checkTolerance(tolerance: unknown): void {
  const isBound = (value: unknown): boolean => typeof value === 'number' && value >= 0;
  check(
    isPlainObject(tolerance) && isBound(tolerance['absolute']) && isBound(tolerance['relative']),
    'assertClose',
    () => `a tolerance is { absolute, relative }, two numbers ≥ 0, not ${describe(tolerance)}`,
  );
}

/** Throws unless there is something to compare with. */
function checkExpected(expected: unknown): void {
  if (expected instanceof Tensor) return;
  const isLike =
    isPlainObject(expected) &&
    isList(expected['shape']) &&
    typeof expected['values'] === 'object' &&
    expected['values'] !== null &&
    'length' in expected['values'];
  check(
    isLike,
    'assertClose',
    () => `expected values are a tensor or { shape, values }, not ${describe(expected)}`,
  );
  const { shape, values } = expected as unknown as ExpectedValues;
  check(
    values.length === sizeOf(shape),
    'assertClose',
    () => `${values.length} expected values do not fill ${formatShape(shape)}`,
  );
}

/**
 * Throws unless a tensor has the expected shape, dtype (where the expected values are a tensor) and, within a tolerance, values.
 * @throws WindfallError that shows the worst element and counts the wrong ones
 * @example assertClose(tensor([0.1, 0.2]).sum(), tensor(0.3));
 */
export function assertClose(
  actual: Tensor,
  expected: Tensor | ExpectedValues,
  options: CompareOptions = {},
): void {
  const { shape, dtype } = nodeOf(actual, 'assertClose');
  const { tolerance = tolerances[dtype], signedZeros = false } = optionsOf(options, 'assertClose', [
    'tolerance',
    'signedZeros',
  ]);
  checkFlag(signedZeros, 'assertClose', 'signedZeros');
  checkTolerance(tolerance);
  checkExpected(expected);
  check(
    equalShapes(shape, expected.shape),
    'assertClose',
    () => `the shape is ${formatShape(shape)}, not ${formatShape(expected.shape)}`,
  );
  if (expected instanceof Tensor) {
    check(dtype === expected.dtype, 'assertClose', () => `the dtype is ${dtype}, not ${expected.dtype}`);
  }
  const given = expected instanceof Tensor ? data(expected) : expected.values;
  const wanted = Array.from(given, (value) => (isFloat(dtype) ? roundTo(dtype, value) : value));
  const found = data(actual);
  let wrong = 0;
  let worst = { position: 0, excess: 0 };
  found.forEach((value, position) => {
    const beyond = excess(value, wanted[position]!, tolerance, signedZeros);
    if (beyond > 1) wrong++;
    if (beyond > worst.excess) worst = { position, excess: beyond };
  });
  if (wrong === 0) return;
  const { position } = worst;
  const text = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));
  fail(
    'assertClose',
    `element ${formatShape(coordinatesAt(position, shape))} is ${text(found[position]!)}, not ${text(wanted[position]!)}, beyond ${tolerance.absolute} + ${tolerance.relative}·|expected| (${wrong} of ${found.length} elements differ)`,
  );
}
