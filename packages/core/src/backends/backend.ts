/**
 * @file What every backend is: a way to turn a plan into something that runs.
 */
import type { TypedArray } from '../dtype.ts';
import type { Plan } from '../compile/kernel.ts';

/** A plan ready to run, any number of times. */
export interface Program {
  /**
   * Computes the plan's buffers from the values of the first ones, which are only read.
   * @returns what gives the value of a buffer, by its number, until any plan of this backend runs next
   * @throws WindfallError if an index that is known only now lies outside its axis
   */
  readonly run: (inputs: readonly TypedArray[]) => (buffer: number) => TypedArray;
}

export interface Backend {
  readonly name: string;
  readonly compile: (plan: Plan) => Program;
}
