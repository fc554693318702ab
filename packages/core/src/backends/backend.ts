/**
 * @file What every backend is: a way to turn a plan into something that runs.
 */
import type { TypedArray } from '../dtype.ts';
import type { Plan } from '../compile/kernel.ts';

/** A plan ready to run, any number of times. */
export interface Program {
  /**
   * Computes all buffers of the plan, in its numbering; the first ones are the inputs themselves, which are only read.
   * The others are fresh: the caller may keep them.
   * @throws WindfallError if an index that is known only now lies outside its axis
   */
  readonly run: (inputs: readonly TypedArray[]) => TypedArray[];
}

export interface Backend {
  readonly name: string;
  readonly compile: (plan: Plan) => Program;
}
