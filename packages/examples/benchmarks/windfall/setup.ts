/**
 * @file What the benchmarks of Windfall share: how they are set up, and their random inputs.
 */
import { type DType, evaluate, Generator, normal, type Shape, type Tensor } from '@windfall/core';
import type { Step } from '../competitor.ts';

/** A function of tensors as it is executed: as it stands, or compiled. */
export type Execution = <Arguments extends unknown[], Result>(
  fn: (...args: Arguments) => Result,
) => (...args: Arguments) => Result;

/** Makes the inputs of a benchmark, and its step. */
export type Setup = (execution: Execution) => Step;

const generator = new Generator(1);

/** Random numbers that are there already, not the graph of a draw. */
export function random(shape: Shape, dtype: DType = 'f32'): Tensor {
  const values = normal(shape, { dtype, generator }).detach();
  evaluate([values]);
  return values;
}

/** A step that builds a graph from its inputs anew and computes all results. */
export function computing<Inputs extends Tensor[]>(
  execution: Execution,
  fn: (...inputs: Inputs) => Tensor[],
  inputs: Inputs,
): Step {
  const run = execution(fn);
  return () => evaluate(run(...inputs));
}
