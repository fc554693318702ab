/**
 * @file What the sigmoids of a digit network are fed, layer by layer, and how that is distributed.
 */
import { noGrad, type Tensor } from '@windfall/core';
import type { DigitNetwork } from './digit-network.ts';
import { percentiles } from './percentile.ts';

/** Of one unit, over examples. */
export interface UnitDistribution {
  readonly mean: number;
  readonly deviation: number;
  /** The 15th, 50th and 85th. */
  readonly percentiles: readonly [low: number, median: number, high: number];
}

/** The inputs of the sigmoids of each hidden layer, [batch, units], with the statistics of inference. */
export function sigmoidInputs(network: DigitNetwork, images: Tensor): readonly Tensor[] {
  network.eval();
  const { activationInputs } = noGrad(() => network.read(images));
  network.train();
  return activationInputs;
}

/** How each column of [examples, units] is distributed. */
export function unitDistributions(inputs: Tensor): UnitDistribution[] {
  const [examples, units] = inputs.shape as [number, number];
  const values = inputs.data();
  return Array.from({ length: units }, (_, unit) => {
    const column = Float64Array.from({ length: examples }, (_, example) => values[example * units + unit]!);
    const mean = column.reduce((sum, value) => sum + value, 0) / examples;
    const squares = column.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const [low, median, high] = percentiles(column, [15, 50, 85]) as [number, number, number];
    return { mean, deviation: Math.sqrt(squares / examples), percentiles: [low, median, high] };
  });
}

/** How far the distributions of a layer's units have moved, on average over units, in units of what their deviations were. */
export interface Drift {
  /** |μ′ − μ|/σ */
  readonly mean: number;
  /** |σ′ − σ|/σ */
  readonly deviation: number;
}

/** @param before of the same units */
export function driftBetween(before: readonly UnitDistribution[], after: readonly UnitDistribution[]): Drift {
  const average = (change: (was: UnitDistribution, is: UnitDistribution) => number): number =>
    before.reduce((sum, was, unit) => sum + change(was, after[unit]!), 0) / before.length;
  return {
    mean: average((was, is) => Math.abs(is.mean - was.mean) / was.deviation),
    deviation: average((was, is) => Math.abs(is.deviation - was.deviation) / was.deviation),
  };
}
