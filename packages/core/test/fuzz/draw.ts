/**
 * @file What moves draw from: a seed, and the values that a random graph has so far. It knows no move.
 */
import {
  arange,
  type DType,
  Generator,
  greater,
  mean,
  type Tensor,
  type TensorLike,
  tensor,
} from '../../src/index.ts';
import { allocate, isFloat, roundTo } from '../../src/dtype.ts';
import { type ScalarName, scalarFunction, scalarFunctions } from '../../src/graph/scalar-functions.ts';
import { apply } from '../../src/ops/apply.ts';
import { sizeOf } from '../../src/shape.ts';
import { randomNumbers } from '../../src/testing/sample.ts';
import type { Interpretation } from './interpretation.ts';

/** Draws from a seed. */
export class Dice {
  readonly number: () => number;

  constructor(seed: number) {
    this.number = randomNumbers(seed);
  }

  below(count: number): number {
    return Math.floor(this.number() * count);
  }

  /** A whole number of both ends included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.number() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  shuffle<T>(list: readonly T[]): T[] {
    const shuffled = [...list];
    for (let k = shuffled.length - 1; k > 0; k--) {
      const other = this.below(k + 1);
      [shuffled[k], shuffled[other]] = [shuffled[other]!, shuffled[k]!];
    }
    return shuffled;
  }

  /** Each item with the given probability. */
  some<T>(list: readonly T[], probability = 0.5): T[] {
    return list.filter(() => this.chance(probability));
  }
}

/**
 * How leaves are filled:
 * - `smooth`: numbers in [−1, 1], none like another
 * - `lattice`: multiples of ¼ in [−2, 2], which tie often and are added and multiplied without rounding
 * - `special`: the same with ±0, ±∞ and NaN among them
 */
export type Filling = 'smooth' | 'lattice' | 'special';

/** What kind of graph is made. */
export interface Profile {
  readonly filling: Filling;
  readonly extents: readonly number[];
  readonly mostElements: number;
  readonly dtypes: readonly DType[];
}

/** The least and the greatest finite value of a tensor; null if there is none. */
export type Range = readonly [low: number, high: number] | null;

const specials = [0, -0, Infinity, -Infinity, NaN];
const functionNames = Object.keys(scalarFunctions) as ScalarName[];

/** Draws operands for one graph. */
export class Draw extends Dice {
  readonly profile: Profile;
  readonly leaves: Tensor[] = [];
  readonly values: Tensor[] = [];
  readonly #interpretation: Interpretation;
  readonly #findings: unknown[];
  readonly #isReplay: boolean;
  #nextFinding = 0;

  /**
   * @param replayed what an earlier run from this seed found out about its graph: then the same graph is built whatever
   *   is read meanwhile, and nothing is interpreted
   */
  constructor(seed: number, profile: Profile, interpretation: Interpretation, replayed?: readonly unknown[]) {
    super(seed);
    this.profile = profile;
    this.#interpretation = interpretation;
    this.#isReplay = replayed !== undefined;
    this.#findings = [...(replayed ?? [])];
  }

  /** All that was found out, in order. */
  get findings(): readonly unknown[] {
    return this.#findings;
  }

  /** Something that depends on the graph's nodes or values, found out once and remembered for replays. */
  find<T>(compute: () => T): T {
    if (!this.#isReplay) this.#findings.push(compute());
    // A replay asks the same questions in the same order.
    return this.#findings[this.#nextFinding++] as T;
  }

  range(x: Tensor): Range {
    return this.find(() => rangeOf(this.#interpretation.of(x.node)));
  }

  get isSpecial(): boolean {
    return this.profile.filling === 'special';
  }

  element(dtype: DType): number {
    if (dtype === 'bool') return this.below(2);
    if (dtype === 'i32')
      return this.chance(0.02) ? Math.floor((this.number() - 0.5) * 2 ** 32) : this.between(-5, 5);
    if (this.profile.filling === 'smooth') return roundTo('f32', 2 * this.number() - 1);
    return this.isSpecial && this.chance(0.1) ? this.pick(specials) : this.between(-8, 8) / 4;
  }

  extent(): number {
    return this.pick(this.profile.extents);
  }

  shape(rank: number = this.between(0, 4)): number[] {
    const shape = Array.from({ length: rank }, () => this.extent());
    while (sizeOf(shape) > this.profile.mostElements) shape[this.below(rank)] = this.between(1, 3);
    return shape;
  }

  dtype(): DType {
    return this.pick(this.profile.dtypes);
  }

  /** A new tensor in memory. */
  leaf(shape: readonly number[] = this.shape(), dtype: DType = this.dtype()): Tensor {
    const array = allocate(dtype, sizeOf(shape));
    for (let k = 0; k < array.length; k++) array[k] = this.element(dtype);
    const leaf = tensor(array, { shape: [...shape], dtype });
    this.leaves.push(leaf);
    return leaf;
  }

  generator(): Generator {
    return new Generator(this.below(1000));
  }

  /** Any value so far, more often a late one. */
  any(): Tensor {
    const age = Math.floor(this.values.length * this.number() ** 2);
    return this.values[this.values.length - 1 - age]!;
  }

  float(): Tensor {
    const x = this.any();
    return isFloat(x.dtype) ? x : x.cast(this.pick(['f32', 'f64']));
  }

  /** A value with at least so many axes. */
  ranked(least: number, x: Tensor = this.any()): Tensor {
    return x.rank >= least ? x : x.reshape([...new Array<number>(least - x.rank).fill(1), ...x.shape]);
  }

  /** A float with exactly so many axes. */
  ofRank(rank: number, x: Tensor = this.float()): Tensor {
    return x.rank > rank ? x.flatten(0, x.rank - rank) : this.ranked(rank, x);
  }

  axis(x: Tensor): number {
    return this.below(x.rank);
  }

  axes(x: Tensor): number[] {
    return this.some(x.shape.map((_, axis) => axis));
  }

  /** Something that broadcasts together with x. */
  partner(x: Tensor): Tensor {
    const roll = this.number();
    const same = this.values.filter((y) => y.shape.join() === x.shape.join());
    if (roll < 0.4 && same.length > 0) return this.pick(same);
    const fitting = this.values.filter((y) => broadcasts(x, y));
    if (roll < 0.65 && fitting.length > 0) return this.pick(fitting);
    if (roll < 0.8 && isFloat(x.dtype) && x.size > 0) return mean(x, this.axes(x), { keepDims: true });
    const shape = x.shape.slice(this.chance(0.3) ? this.below(x.rank + 1) : 0);
    return this.leaf(
      shape.map((extent) => (this.chance(0.2) ? 1 : extent)),
      this.chance(0.8) ? x.dtype : this.dtype(),
    );
  }

  /** x moved and scaled into an interval, if its values are not there. */
  fit(x: Tensor, low: number, high: number): Tensor {
    if (this.isSpecial) return x;
    if (!isFloat(x.dtype)) return low > 0 && this.chance(0.7) ? x.abs().add(1) : x;
    const range = this.range(x);
    if (range === null || (range[0] >= low && range[1] <= high)) return x;
    const scale = Math.min(1, (high - low) / (range[1] - range[0]));
    const [lowest, highest] = [range[0] * scale, range[1] * scale];
    return x.mul(scale).add(lowest < low ? low - lowest : Math.min(0, high - highest));
  }

  /** A scalar function of values so far, in its domain. */
  scalar(name: ScalarName = this.pick(functionNames), x: Tensor = this.any()): Tensor {
    const { arity, domain } = scalarFunction(name);
    const main = arity === 3 ? 1 : this.below(arity);
    const operands = Array.from({ length: arity }, (_, position): TensorLike => {
      const [low, high] = domain[position]!;
      const operand = position === main ? x : this.partner(x);
      if (low === 0 && high === 1) return this.flag(operand);
      return position !== main && this.chance(0.15) ? this.constant(low, high) : this.fit(operand, low, high);
    });
    return apply(name, ...operands);
  }

  /** A number of an interval, often a whole one. */
  constant(low: number, high: number): number {
    const value = low + this.number() * (high - low);
    return this.chance(0.5) ? Math.min(high, Math.ceil(value)) : roundTo('f32', value);
  }

  /** Something to decide by. */
  flag(x: Tensor = this.any()): Tensor {
    if (x.dtype === 'bool' || this.chance(0.1)) return x;
    return this.chance(0.5) ? greater(x, this.partner(x)) : x.less(this.constant(-1, 1));
  }

  /** Positions along an axis of an extent > 0, computed or in memory. */
  index(shape: readonly number[], extent: number): Tensor {
    if (this.chance(0.3))
      return arange(sizeOf(shape)).mul(this.between(1, 7)).remainder(extent).reshape(shape);
    const positions = Int32Array.from({ length: sizeOf(shape) }, () => this.below(extent));
    return tensor(positions, { shape: [...shape] });
  }
}

function rangeOf(elements: Float64Array): Range {
  let [low, high] = [Infinity, -Infinity];
  for (const value of elements) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : null;
}

/** Whether two tensors broadcast together, to not too many elements. */
function broadcasts(x: Tensor, y: Tensor): boolean {
  const extents = Array.from({ length: Math.max(x.rank, y.rank) }, (_, axis): [number, number] => [
    x.shape.at(-1 - axis) ?? 1,
    y.shape.at(-1 - axis) ?? 1,
  ]);
  const size = extents.reduce((product, [a, b]) => product * Math.max(a, b), 1);
  return extents.every(([a, b]) => a === b || a === 1 || b === 1) && size <= 2 * Math.max(x.size, y.size, 50);
}
