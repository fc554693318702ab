/**
 * @file How an initialization gives a variable its first value: what all functions of this folder share.
 */
import { type DType, type Generator, type Tensor, Variable } from '@windfall/core';
import { check, describe } from '@windfall/core/extension';

/** What every random initialization accepts. */
export interface DrawOptions {
  /** Where the random numbers come from; by default core's generator, which `manualSeed` seeds. */
  generator?: Generator;
}

/** Throws unless the value can be filled. */
export function checkVariable(value: unknown, operation: string): asserts value is Variable {
  check(
    value instanceof Variable,
    operation,
    () => `fills a parameter or another variable, not ${describe(value)}`,
  );
}

/** Throws unless the variable can hold what is drawn: f32 or f64. */
export function checkDrawn(value: unknown, operation: string): asserts value is Variable {
  checkVariable(value, operation);
  check(
    value.dtype === 'f32' || value.dtype === 'f64',
    operation,
    () => `random values are f32 or f64, but the variable is ${value.dtype}`,
  );
}

/** The options of core's random functions for a draw of a dtype. */
export function drawOf({ generator }: DrawOptions, dtype: DType): { dtype: DType; generator?: Generator } {
  return generator === undefined ? { dtype } : { dtype, generator };
}

/** Assigns the value, and gives back the variable. */
export function fill<V extends Variable>(variable: V, value: Tensor): V {
  return variable.assign(value);
}
