/**
 * @file In which order the samples of a dataset are visited, and which of them.
 */
import { type Generator, permutation } from '@windfall/core';
import { check, checkFlag, describe } from '@windfall/core/extension';
import { checkWhole, numbersOf, optionsOf } from '../arguments.ts';
import { checkGenerator, uniformNumber, wholeBelow } from './random-numbers.ts';

/** Chooses the samples of an epoch. */
export interface Sampler {
  /** How many indices `order` gives. */
  readonly length: number;
  /**
   * The indices of one epoch, in order.
   * @param generator the epoch's own: whoever draws from nothing else gives the same order when training is resumed
   */
  readonly order: (generator: Generator) => ArrayLike<number>;
}

/**
 * The indices 0, 1, 2 …: PyTorch's `utils.data.SequentialSampler`.
 * @example new SequentialSampler(3).order(); // Int32Array [0, 1, 2]
 */
export class SequentialSampler implements Sampler {
  readonly length: number;

  /** @param length how many samples there are */
  constructor(length: number) {
    checkWhole(length, 'SequentialSampler', 'length', 0);
    this.length = length;
  }

  order(): ArrayLike<number> {
    return Int32Array.from({ length: this.length }, (_, index) => index);
  }
}

/**
 * Every index once, in random order, or with replacement each drawn from all: PyTorch's `utils.data.RandomSampler`.
 * @example
 * const sampler = new RandomSampler(5, { replacement: true, count: 1000 });
 * new DataLoader(new TensorDataset(x, y), { sampler }).length; // 1000
 */
export class RandomSampler implements Sampler {
  readonly length: number;
  readonly #population: number;
  readonly #replacement: boolean;

  /**
   * @param population how many samples there are
   * @param options.replacement whether an index may come more than once; by default false
   * @param options.count how many are drawn; by default as many as there are
   * @throws if more are to be drawn than there are, without replacement
   */
  constructor(population: number, options: { replacement?: boolean; count?: number } = {}) {
    const { replacement = false, count = population } = optionsOf(options, 'RandomSampler', [
      'replacement',
      'count',
    ]);
    checkWhole(population, 'RandomSampler', 'population', 0);
    checkFlag(replacement, 'RandomSampler', 'replacement');
    checkWhole(count, 'RandomSampler', 'count', 0);
    check(
      replacement ? population > 0 || count === 0 : count <= population,
      'RandomSampler',
      () => `cannot draw ${count} of ${population} samples${replacement ? '' : ' without replacement'}`,
    );
    this.length = count;
    this.#population = population;
    this.#replacement = replacement;
  }

  order(generator: Generator): ArrayLike<number> {
    checkGenerator(generator, 'RandomSampler');
    if (!this.#replacement)
      return permutation(this.#population, { generator }).data().subarray(0, this.length);
    return Int32Array.from({ length: this.length }, () => wholeBelow(generator, this.#population));
  }
}

/**
 * Indices drawn with given weights, for classes of unequal size: PyTorch's `utils.data.WeightedRandomSampler`.
 * @example
 * // Each class as often: twice 0, once 1.
 * new WeightedRandomSampler([0, 0, 1].map((label) => 1 / [2, 1][label]), 1000).length; // 1000
 */
export class WeightedRandomSampler implements Sampler {
  readonly length: number;
  readonly #weights: readonly number[];
  readonly #replacement: boolean;

  /**
   * @param weights the weight of each sample, ≥ 0; they need not add up to 1
   * @param count how many are drawn
   * @param options.replacement whether an index may come more than once; by default true
   * @throws if more are to be drawn than have a weight above 0, without replacement
   */
  constructor(weights: ArrayLike<number>, count: number, options: { replacement?: boolean } = {}) {
    const operation = 'WeightedRandomSampler';
    const { replacement = true } = optionsOf(options, operation, ['replacement']);
    this.#weights = numbersOf(weights, operation, 'the weights');
    const wrong = this.#weights.findIndex((weight) => !(weight >= 0 && weight < Infinity));
    check(
      wrong < 0,
      operation,
      () => `weight ${wrong} is a finite number ≥ 0, not ${describe(this.#weights[wrong])}`,
    );
    checkWhole(count, operation, 'count', 0);
    checkFlag(replacement, operation, 'replacement');
    const possible = this.#weights.filter((weight) => weight > 0).length;
    check(
      replacement ? possible > 0 || count === 0 : count <= possible,
      operation,
      () => `cannot draw ${count} of ${possible} samples with a weight above 0`,
    );
    this.length = count;
    this.#replacement = replacement;
  }

  order(generator: Generator): ArrayLike<number> {
    checkGenerator(generator, 'WeightedRandomSampler');
    return this.#replacement ? this.#withReplacement(generator) : this.#withoutReplacement(generator);
  }

  #withReplacement(generator: Generator): ArrayLike<number> {
    let sum = 0;
    const ends = this.#weights.map((weight) => {
      sum += weight;
      return sum;
    });
    return Int32Array.from({ length: this.length }, () => firstAbove(ends, uniformNumber(generator) * sum));
  }

  /** The largest of log(u)/w, with a draw u for each sample of weight w (Efraimidis & Spirakis 2006). */
  #withoutReplacement(generator: Generator): ArrayLike<number> {
    const keys = this.#weights.map((weight) => {
      const draw = 1 - uniformNumber(generator);
      return weight === 0 ? -Infinity : Math.log(draw) / weight;
    });
    const order = Array.from(keys.keys()).sort((a, b) => keys[b]! - keys[a]!);
    return order.slice(0, this.length);
  }
}

/** The first place in a rising list with a value above the given one, by bisection; at most where the list is highest. */
function firstAbove(values: readonly number[], value: number): number {
  let [low, high] = [0, values.indexOf(values.at(-1)!)];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
