/**
 * @file Random tensors. Every draw is a pure function of a key and the element's position (see graph/threefry.ts), so
 * the same seed gives the same values in any order of evaluation, on any backend and any number of threads.
 */
import { type DType, isFloat, largestBelow, roundTo } from '../dtype.ts';
import { check, describe, optionsOf } from '../errors.ts';
import { data, randomBits } from '../graph/build.ts';
import { context } from '../graph/context.ts';
import type { Node } from '../graph/node.ts';
import { threefry } from '../graph/threefry.ts';
import { checkShape, type Shape } from '../shape.ts';
import { cast } from './cast.ts';
import { type CreateOptions, creationOptions, finish } from './creation.ts';
import { add, cos, less, log, minimum, mul, neg, remainder, sqrt, sub } from './elementwise.ts';
import { checkSeed } from './seed.ts';
import { type Tensor, wrap } from './tensor.ts';

/**
 * A source of random keys: a seed and a count of the draws made so far. Give one to any random function to make its
 * values independent of what other code draws.
 * @example
 * const generator = new Generator(42);
 * uniform([2], { generator }).toArray(); // [0.1097…, 0.7912…]
 */
export class Generator {
  #seed: number;
  #draws = 0;

  /** @param seed a whole number in [0, 2⁵³) */
  constructor(seed: number) {
    this.#seed = checkSeed(seed, 'Generator');
  }

  /** Seed and number of draws: all there is to store in a checkpoint. */
  get state(): { seed: number; draws: number } {
    return { seed: this.#seed, draws: this.#draws };
  }

  set state(state: { seed: number; draws: number }) {
    const { seed, draws } = optionsOf(state, 'Generator', ['seed', 'draws']);
    check(
      Number.isSafeInteger(draws) && draws >= 0,
      'Generator',
      () => `draws is a whole number ≥ 0, not ${describe(draws)}`,
    );
    this.#seed = checkSeed(seed, 'Generator');
    this.#draws = draws;
  }

  /** The two words of the next key, which no other draw of this generator gives. */
  nextKey(): Int32Array {
    const draw = this.#draws++;
    const words = [
      this.#seed | 0,
      Math.floor(this.#seed / 2 ** 32),
      draw | 0,
      Math.floor(draw / 2 ** 32),
    ] as const;
    return Int32Array.of(threefry(...words, 0), threefry(...words, 1));
  }
}

/** What random functions draw from when no generator is given. Its seed is 0 until `manualSeed` is called. */
export const defaultGenerator: Generator = new Generator(0);

/**
 * Restarts the default generator from a seed.
 * @example
 * manualSeed(1);
 * uniform([3]); // tensor([0.274593, 0.515046, 0.867628], shape [3], f32) (each time)
 */
export function manualSeed(seed: number): void {
  defaultGenerator.state = { seed: checkSeed(seed, 'manualSeed'), draws: 0 };
}

/** What the random creation functions accept besides dtype (f32 or f64) and requiresGrad. */
export interface RandomOptions extends CreateOptions {
  /** Where the draw comes from; by default the generator that `manualSeed` seeds. */
  generator?: Generator;
}

/** The options of a random function, after checking their names and those that all share. */
function randomOptions<Options extends RandomOptions>(
  given: Options,
  operation: string,
  more: readonly Exclude<keyof Options & string, keyof RandomOptions>[] = [],
): Options {
  const options = creationOptions<RandomOptions>(given, operation, ['generator', ...(more as never[])]);
  checkGenerator(options.generator, operation);
  return given;
}

function checkGenerator(generator: unknown, operation: string): void {
  check(
    generator === undefined || generator instanceof Generator,
    operation,
    () => `generator is a Generator, not ${describe(generator)}`,
  );
}

/** A data node whose elements a compiled function draws anew each time it runs. */
function drawn(draw: () => Int32Array, shape: Shape): Node {
  const node = data({ array: draw() }, shape, 'i32');
  context.tracing?.onDraw(node, draw);
  return node;
}

function nextKey(generator: Generator = defaultGenerator): Node {
  return drawn(() => generator.nextKey(), [2]);
}

/** The highest `bits` bits of a random word as a fraction in [0, 1). */
function fraction(key: Node, shape: Shape, word: 0 | 1, bits: number, dtype: DType): Tensor {
  const random = wrap(randomBits(key, shape, word));
  const truncated = sub(random, remainder(random, 2 ** (32 - bits)));
  return add(mul(cast(truncated, dtype), 2 ** -32), 0.5);
}

/** Numbers in [0, 1), multiples of 2⁻²⁴ for f32 and of 2⁻⁵³ for f64. */
function unitInterval(operation: string, shape: Shape, options: RandomOptions): Tensor {
  const { dtype = 'f32', generator } = options;
  checkShape(shape, operation);
  check(isFloat(dtype), operation, () => `gives f32 or f64, not ${dtype}`);
  const key = nextKey(generator);
  if (dtype === 'f32') return fraction(key, [...shape], 0, 24, dtype);
  return add(fraction(key, [...shape], 0, 27, dtype), mul(fraction(key, [...shape], 1, 26, dtype), 2 ** -27));
}

/**
 * Numbers spread evenly over [low, high), by default [0, 1).
 * @example uniform([100], { low: -1, high: 1 });
 */
export function uniform(shape: Shape, options: RandomOptions & { low?: number; high?: number } = {}): Tensor {
  const { low = 0, high = 1, dtype = 'f32' } = randomOptions(options, 'uniform', ['low', 'high']);
  check(
    Number.isFinite(low) && Number.isFinite(high) && low <= high,
    'uniform',
    () => `needs finite low ≤ high, not ${describe(low)} and ${describe(high)}`,
  );
  check(
    [low, high, high - low].every((value) => Number.isFinite(roundTo(dtype, value))),
    'uniform',
    () => `low, high and high − low must be finite in ${dtype}, not ${low}, ${high} and ${high - low}`,
  );
  const unit = unitInterval('uniform', shape, options);
  if (low === 0 && high === 1) return finish(unit, options);
  const spread = add(mul(unit, high - low), low);
  // Rounding may carry a number up to `high` itself.
  return finish(minimum(spread, Math.max(low, largestBelow(dtype, high))), options);
}

/**
 * Normally distributed numbers, by default with mean 0 and standard deviation 1 (Box & Muller 1958).
 * @example normal([100], { mean: 5, std: 0.1 });
 */
export function normal(shape: Shape, options: RandomOptions & { mean?: number; std?: number } = {}): Tensor {
  const { mean = 0, std = 1 } = randomOptions(options, 'normal', ['mean', 'std']);
  check(
    Number.isFinite(mean) && Number.isFinite(std) && std >= 0,
    'normal',
    () => `needs a finite mean and std ≥ 0, not ${describe(mean)} and ${describe(std)}`,
  );
  const radius = sqrt(mul(log(add(neg(unitInterval('normal', shape, options)), 1)), -2));
  const angle = mul(unitInterval('normal', shape, options), 2 * Math.PI);
  const standard = mul(radius, cos(angle));
  return finish(mean === 0 && std === 1 ? standard : add(mul(standard, std), mean), options);
}

/**
 * Ones with the given probability (by default ½), zeros otherwise; of any dtype, by default f32.
 * @example bernoulli([4], { probability: 0.9, dtype: 'bool' });
 */
export function bernoulli(shape: Shape, options: RandomOptions & { probability?: number } = {}): Tensor {
  const given = randomOptions(options, 'bernoulli', ['probability']);
  const { probability = 0.5, dtype = 'f32', generator } = given;
  check(
    typeof probability === 'number' && probability >= 0 && probability <= 1,
    'bernoulli',
    () => `a probability lies in [0, 1], not ${describe(probability)}`,
  );
  const unit = unitInterval('bernoulli', shape, generator === undefined ? {} : { generator });
  return finish(cast(less(unit, probability), dtype), options);
}

/**
 * The numbers 0 … count − 1 in random order, i32.
 * @example permutation(5, { generator: new Generator(1) }).toArray(); // [2, 0, 4, 1, 3]
 */
export function permutation(count: number, options: { generator?: Generator } = {}): Tensor {
  checkShape([count], 'permutation');
  checkGenerator(optionsOf(options, 'permutation', ['generator']).generator, 'permutation');
  const { generator = defaultGenerator } = options;
  return wrap(drawn(() => shuffledPositions(count, generator), [count]));
}

/** By Fisher and Yates' method. */
function shuffledPositions(count: number, generator: Generator): Int32Array {
  const [k0, k1] = generator.nextKey() as unknown as [number, number];
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    const chosen = Math.floor(((threefry(k0, k1, last, 0, 0) >>> 0) / 2 ** 32) * (last + 1));
    [order[last], order[chosen]] = [order[chosen]!, order[last]!];
  }
  return order;
}
