/**
 * @file Batch norm layers that are compared with each other: one with the same state, and whether two agree in derivatives
 * and in what they have learned.
 */
import { gradient, normal, tensor, type Tensor } from '@windfall/core';
import type { BatchNorm, BatchNormOptions, Module } from '../../src/index.ts';
import { expectClose } from './fixtures.ts';

const dtype = 'f64';
const double = { dtype } as const;

/** A bool tensor. */
export const flags = (values: any): Tensor => tensor(values, { dtype: 'bool' });

export function expectSameState(actual: Module, expected: Module, tolerance = 1e-14): void {
  const state = expected.stateDict();
  for (const [name, value] of Object.entries(actual.stateDict())) expectClose(value, state[name]!, tolerance);
}

/** Random γ and β. */
export function randomize<Layer extends BatchNorm>(norm: Layer): Layer {
  norm.weight?.assign(normal(norm.weight.shape, double));
  norm.bias?.assign(normal(norm.bias.shape, double));
  return norm;
}

/** Another layer with the same state. */
export function twin<Layer extends BatchNorm>(norm: Layer, options: BatchNormOptions = {}): Layer {
  const made = new (norm.constructor as new (n: number, o: BatchNormOptions) => Layer)(norm.numFeatures, {
    dtype,
    ...options,
  });
  made.loadStateDict(norm.stateDict(), { strict: false });
  return made;
}

/** Asserts that two functions of x have the same derivatives along random directions, to order 3. */
export function expectSameDerivatives(actual: Tensor, expected: Tensor, x: Tensor): void {
  let [slope, wanted] = [actual, expected];
  for (let order = 1; order <= 3; order++) {
    // The tanh makes higher orders differ from 0.
    const direction = normal(slope.shape, double);
    [slope] = gradient(slope.tanh(), [x], { cotangent: direction });
    [wanted] = gradient(wanted.tanh(), [x], { cotangent: direction });
    expectClose(slope, wanted, 1e-11);
  }
}
