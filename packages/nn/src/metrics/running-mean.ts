/**
 * @file The mean of values that come one after another.
 */
import { Tensor } from '@windfall/core';
import { check, describe } from '@windfall/core/extension';
import { checkNumber } from '../arguments.ts';

/** The number in a number or a tensor with one element. */
function numberIn(value: unknown): unknown {
  return value instanceof Tensor && value.size === 1 ? value.item() : value;
}

/**
 * The weighted mean of all values since it was made or reset: of losses or accuracies, weighted by the sizes of their batches.
 * @example
 * const loss = new RunningMean();
 * loss.update(2, 60);
 * loss.update(5, 30);
 * loss.value; // 3
 */
export class RunningMean {
  #sum = 0;
  #weight = 0;

  /**
   * Takes a value in.
   * @param value a number, or a tensor with one element
   * @param weight how much it counts, ≥ 0; by default 1
   */
  update(value: number | Tensor, weight = 1): this {
    const number = numberIn(value);
    check(
      typeof number === 'number',
      'RunningMean',
      () => `a value is a number or a tensor with one, not ${describe(value)}`,
    );
    checkNumber(weight, 'RunningMean', 'weight', { low: 0 });
    // A mean of 0 values is NaN, and would stay so.
    if (weight > 0) this.#sum += number * weight;
    this.#weight += weight;
    return this;
  }

  /** The mean so far; NaN before the first value. */
  get value(): number {
    return this.#sum / this.#weight;
  }

  /** The sum of the weights so far. */
  get weight(): number {
    return this.#weight;
  }

  /** Forgets all values. */
  reset(): void {
    this.#sum = 0;
    this.#weight = 0;
  }

  /** The mean in six digits: `0.693147`. */
  toString(): string {
    return String(Number(this.value.toPrecision(6)));
  }

  /** What Node prints for console.log(mean). */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `RunningMean(${this.toString()}, weight=${this.#weight})`;
  }
}
