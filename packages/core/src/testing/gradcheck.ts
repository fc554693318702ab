/**
 * @file Holds derived gradients, of order 1 to 3, against finite differences in float64. It knows nothing of how
 * gradients are derived; it only evaluates the function, and it refuses whatever would let it pass without checking anything.
 */
import { gradient } from '../autodiff/gradient.ts';
import { check, checkFlag, describe, fail, formatShape, optionsOf } from '../errors.ts';
import { tensor } from '../ops/create.ts';
import { abs, add, mul } from '../ops/elementwise.ts';
import { Generator } from '../ops/random.ts';
import { sum } from '../ops/reduce.ts';
import { checkSeed } from '../ops/seed.ts';
import { nodeOf, Tensor } from '../ops/tensor.ts';
import { evaluate } from '../runtime/engine.ts';
import { data, item } from '../runtime/read.ts';
import { equalShapes, sizeOf } from '../shape.ts';
import { slopeOf } from './finite-difference.ts';

/** What gradcheck checks: any function of tensors, built from this library's operations. */
export type DifferentiableFunction = (...inputs: Tensor[]) => Tensor;

/** For gradcheck. */
export interface GradcheckOptions {
  /** The highest derivative to check; lower ones are checked first. By default 1. */
  order?: 1 | 2 | 3;
  /** The largest relative error allowed, at every order; by default 1e-7, 1e-6 and 1e-5 at orders 1, 2 and 3. */
  tolerance?: number;
  /** The first distance of the finite differences, in units of the inputs; smaller ones follow as needed. By default 0.02. */
  step?: number;
  /** How many random directions are tried for each input; by default 2. */
  directions?: number;
  /** Whether every element of every input is tried, too; by default false. */
  perElement?: boolean;
  /** The cotangent of the result; by default random. */
  cotangent?: Tensor;
  /** Seeds the directions and the cotangent; by default 0. */
  seed?: number;
}

/** What gradcheck found. */
export interface GradcheckReport {
  /** The highest order checked. */
  readonly order: number;
  /** The largest relative error met at order 1, 2 … */
  readonly maximumRelativeError: readonly number[];
  /** How many directional derivatives were compared. */
  readonly comparisons: number;
}

const defaultTolerances = [1e-7, 1e-6, 1e-5] as const;

/** Gradients smaller than this share of the function's magnitude drown in its rounding: errors are measured against it. */
const resolution = 1e-4;

/** Below this share there is nothing that finite differences could tell from zero. */
const invisible = 1e-9;

/** An input's value, and whether it is differentiated or (integers, booleans) kept as it is. */
interface Point {
  readonly tensor: Tensor;
  readonly values: Float64Array | null;
}

/** One element per input; null for inputs that are not differentiated. */
type Direction = readonly (Float64Array | null)[];

function pointOf(input: Tensor, position: number): Point {
  const { dtype, shape } = nodeOf(input, 'gradcheck');
  check(
    dtype !== 'f32',
    'gradcheck',
    () => `input ${position} is f32, too coarse for finite differences; use cast(x, 'f64')`,
  );
  if (dtype !== 'f64') return { tensor: input, values: null };
  check(sizeOf(shape) > 0, 'gradcheck', () => `input ${position} is empty: ${formatShape(shape)}`);
  const values = Float64Array.from(data(input));
  check(
    values.every(Number.isFinite),
    'gradcheck',
    () => `input ${position} has elements that are not finite`,
  );
  return { tensor: input, values };
}

/** The function that order n differentiates: for n = 1, Σ cotangent·result; after that, the last one's derivative along a random direction. */
class Ladder {
  readonly #fn: DifferentiableFunction;
  readonly #points: readonly Point[];
  readonly #cotangent: Tensor;
  readonly #directions: readonly Direction[];

  constructor(
    fn: DifferentiableFunction,
    points: readonly Point[],
    cotangent: Tensor,
    directions: readonly Direction[],
  ) {
    this.#fn = fn;
    this.#points = points;
    this.#cotangent = cotangent;
    this.#directions = directions;
  }

  /** Fresh leaves at the inputs, moved by `distance` along a direction. */
  #leaves(direction?: Direction, distance = 0): Tensor[] {
    return this.#points.map(({ tensor: { shape }, tensor: fixed, values }, position) => {
      if (values === null) return fixed;
      const along = direction?.[position];
      const moved = values.map((value, k) => (along ? value + distance * along[k]! : value));
      return tensor(moved, { shape, requiresGrad: true });
    });
  }

  #differentiable(leaves: readonly Tensor[]): Tensor[] {
    return leaves.filter((_, position) => this.#points[position]!.values !== null);
  }

  /** Pairs whose products add up to the function of this order. */
  #terms(leaves: readonly Tensor[], order: number): (readonly [Tensor, Tensor])[] {
    if (order === 1) return [[this.#fn(...leaves), this.#cotangent]];
    const inner = total(this.#terms(leaves, order - 1));
    const directions = this.#directions[order - 2]!.filter((values) => values !== null);
    return gradient(inner, this.#differentiable(leaves)).map((slope, position) => [
      slope,
      tensor(directions[position]!, { shape: slope.shape }),
    ]);
  }

  /** The value at a distance along a direction. */
  valueAt(order: number, direction: Direction, distance: number): number {
    return item(total(this.#terms(this.#leaves(direction, distance), order)));
  }

  /** The derived gradient (null for inputs not differentiated), and the size of the terms the value is made of. */
  derive(order: number): { gradients: Direction; magnitude: number } {
    const leaves = this.#leaves();
    const terms = this.#terms(leaves, order);
    const derived = gradient(total(terms), this.#differentiable(leaves));
    const size = terms.map(([a, b]) => sum(abs(mul(a, b)))).reduce((before, term) => add(before, term));
    // Together they are one plan.
    evaluate([size, ...derived]);
    let next = 0;
    const gradients = this.#points.map(({ values }) =>
      values === null ? null : Float64Array.from(data(derived[next++]!)),
    );
    return { gradients, magnitude: item(size) };
  }
}

function total(terms: readonly (readonly [Tensor, Tensor])[]): Tensor {
  return terms.map(([a, b]) => sum(mul(a, b))).reduce((before, term) => add(before, term));
}

/** Numbers in [−1, 1). They come without a graph, which would be compiled for every size. */
function draw(size: number, generator: Generator): Float64Array {
  return Float64Array.from({ length: size }, () => generator.nextKey()[0]! / 2 ** 31);
}

function inner(a: Float64Array, b: Float64Array): number {
  return a.reduce((total, value, k) => total + value * b[k]!, 0);
}

/** Checks the cotangent that was given, or draws one. */
function cotangentFor(value: Tensor, given: Tensor | undefined, generator: Generator): Tensor {
  if (given === undefined) return tensor(draw(value.size, generator), { shape: value.shape });
  const { shape, dtype } = nodeOf(given, 'gradcheck');
  check(
    equalShapes(shape, value.shape),
    'gradcheck',
    () => `the cotangent has shape ${formatShape(shape)}, the result ${formatShape(value.shape)}`,
  );
  check(dtype === 'f64', 'gradcheck', () => `the cotangent is ${dtype}, not f64`);
  check(
    data(given).every((element) => Number.isFinite(element)),
    'gradcheck',
    () => 'the cotangent has elements that are not finite',
  );
  check(
    data(given).some((element) => element !== 0),
    'gradcheck',
    () => 'the cotangent is zero, so any gradient would pass',
  );
  return tensor(data(given), { shape });
}

/** The function's value at the inputs, after checking that it is one whose gradient can be checked. */
function checkedValue(fn: DifferentiableFunction, points: readonly Point[]): Tensor {
  const leaves = points.map(({ tensor: input, values }) =>
    values === null ? input : tensor(values, { shape: input.shape, requiresGrad: true }),
  );
  const value = fn(...leaves);
  check(value instanceof Tensor, 'gradcheck', () => `the function returned ${describe(value)}, not a tensor`);
  check(value.size > 0, 'gradcheck', () => `the function's result is empty: ${formatShape(value.shape)}`);
  check(
    value.dtype === 'f64',
    'gradcheck',
    () => `the function's result is ${value.dtype}, not f64, so its differences are too coarse`,
  );
  check(
    value.requiresGrad,
    'gradcheck',
    () => 'the result does not depend on any f64 input through operations that have a gradient',
  );
  const elements = data(value);
  check(
    elements.every((element) => Number.isFinite(element)),
    'gradcheck',
    () => "the function's result has elements that are not finite",
  );
  const again = data(fn(...leaves));
  check(
    elements.every((element, k) => element === again[k]),
    'gradcheck',
    () => 'the function gives different values for the same inputs; does it draw random numbers?',
  );
  return value;
}

/** All directions to try for input `position`, each zero for every other input. */
function directionsFor(
  points: readonly Point[],
  position: number,
  count: number,
  perElement: boolean,
  generator: Generator,
): { name: string; direction: Direction; single: boolean }[] {
  const { values } = points[position]!;
  if (values === null) return [];
  const only = (direction: Float64Array): Direction =>
    points.map((_, k) => (k === position ? direction : null));
  const random = Array.from({ length: count }, (_, k) => ({
    name: `random direction ${k}`,
    single: false,
    direction: only(draw(values.length, generator)),
  }));
  if (!perElement) return random;
  const elements = Array.from(values, (_, element) => ({
    name: `element ${element}`,
    single: true,
    direction: only(values.map((__, k) => (k === element ? 1 : 0))),
  }));
  return [...random, ...elements];
}

function checkOptions(options: GradcheckOptions): void {
  const {
    order = 1,
    directions = 2,
    step = 0.02,
    tolerance = 1e-7,
    perElement = false,
  } = optionsOf(options, 'gradcheck', [
    'order',
    'tolerance',
    'step',
    'directions',
    'perElement',
    'cotangent',
    'seed',
  ]);
  checkFlag(perElement, 'gradcheck', 'perElement');
  check([1, 2, 3].includes(order), 'gradcheck', () => `order is 1, 2 or 3, not ${describe(order)}`);
  check(
    Number.isInteger(directions) && directions > 0,
    'gradcheck',
    () => `directions is a whole number > 0, not ${describe(directions)}`,
  );
  check(
    typeof step === 'number' && step > 0 && step < Infinity,
    'gradcheck',
    () => `step is a number > 0, not ${describe(step)}`,
  );
  check(
    typeof tolerance === 'number' && tolerance > 0 && tolerance < 1,
    'gradcheck',
    () => `tolerance is a number in (0, 1), not ${describe(tolerance)}`,
  );
}

/**
 * Checks the derived gradient of a function against finite differences, in float64, along random directions of every
 * f64 input and for a random cotangent. At order n it checks the gradient of the (n − 1)-th directional derivative.
 * Integer and boolean inputs are kept as they are.
 *
 * The relative error is |analytic − numeric| over the largest of the two, the norm of the input's gradient and 1e-4 of
 * the size of the function's terms, below which differences are only rounding. Points should lie away from kinks.
 *
 * @param fn pure, and of f64 result
 * @param inputs at least one of dtype f64
 * @returns the largest relative errors met
 * @throws WindfallError if a derivative is wrong, with order, input, both values and the relative error; and wherever a
 * check could only pass vacuously: f32 inputs, no f64 input, empty inputs or results, values that are not finite, a
 * zero cotangent, a gradient that is zero for all inputs, a function that is random
 * @example gradcheck((x) => x.tanh().mul(x), [uniform([3, 4], { dtype: 'f64' })], { order: 2 }).order; // 2
 */
export function gradcheck(
  fn: DifferentiableFunction,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): GradcheckReport {
  checkOptions(options);
  const { order = 1, step = 0.02, directions = 2, perElement = false, seed = 0 } = options;
  check(typeof fn === 'function', 'gradcheck', () => `expected a function, not ${describe(fn)}`);
  check(Array.isArray(inputs), 'gradcheck', () => `expected an array of inputs, not ${describe(inputs)}`);
  const points = inputs.map(pointOf);
  check(
    points.some(({ values }) => values !== null),
    'gradcheck',
    () => 'no input is f64, so there is no gradient to check',
  );
  const generator = new Generator(checkSeed(seed, 'gradcheck'));
  const cotangent = cotangentFor(checkedValue(fn, points), options.cotangent, generator);
  const lower = Array.from({ length: order - 1 }, () =>
    points.map(({ values }) => (values === null ? null : draw(values.length, generator))),
  );
  const ladder = new Ladder(fn, points, cotangent, lower);

  const maximumRelativeError: number[] = [];
  let comparisons = 0;
  let magnitude = 0;
  for (let level = 1; level <= order; level++) {
    const tolerance = options.tolerance ?? defaultTolerances[level - 1]!;
    const derived = ladder.derive(level);
    const norms = derived.gradients.map((values) => (values === null ? 0 : Math.hypot(...values)));
    magnitude = Math.max(magnitude, derived.magnitude);
    let worst = 0;
    points.forEach((_, position) => {
      const slopes = derived.gradients[position];
      const tried = directionsFor(points, position, directions, perElement, generator);
      for (const { name, direction, single } of tried) {
        const norm = norms[position]!;
        const floor = Math.max(resolution * magnitude, single ? resolution * norm : norm);
        const analytic = inner(slopes!, direction[position]!);
        const numeric = slopeOf(
          (distance) => ladder.valueAt(level, direction, distance),
          step,
          tolerance * floor * 1e-3,
        );
        const difference = Math.abs(analytic - numeric);
        const error =
          difference === 0 ? 0 : difference / Math.max(Math.abs(analytic), Math.abs(numeric), floor);
        if (!(error <= tolerance)) {
          fail(
            'gradcheck',
            `the derivative of order ${level} for input ${position} is wrong along ${name}: analytic ${analytic}, numeric ${numeric} (relative error ${error.toExponential(2)} > ${tolerance})`,
          );
        }
        worst = Math.max(worst, error);
        comparisons++;
      }
    });
    check(
      level > 1 || norms.some((norm) => !(norm <= invisible * magnitude)),
      'gradcheck',
      () => 'the gradient is zero, or too small beside the result to be seen, for every input',
    );
    maximumRelativeError.push(worst);
  }
  return { order, maximumRelativeError, comparisons };
}
