/**
 * @file What every backend is: a way to turn a plan into something that runs.
 */
import type { TypedArray } from '../dtype.ts';
import type { Plan } from '../compile/kernel.ts';
import type { Update } from '../compile/memory-plan.ts';

/** A plan ready to run, any number of times. */
export interface Program {
  /**
   * Has memory for a run. Writing and running then evict nobody.
   * @throws WindfallError if there is not so much memory
   */
  readonly prepare: () => void;
  /** Gives an input its value: a resident one until it is written again, any other for the next run. */
  readonly write: (input: number, array: TypedArray) => void;
  /**
   * Computes all buffers from the inputs; then every updated input has its new value.
   * @returns what gives the value of a buffer, in an array that nobody will change, until any program runs next
   * @throws WindfallError if an index that is known only now lies outside its axis; then no input has changed. If memory
   *   ends, or a thread does, some may have: see `isIntact`
   */
  readonly run: () => (buffer: number) => TypedArray;
  /** Whether all residents have the values that they had before a run, if that threw. */
  readonly isIntact: boolean;
  /** Whether all buffers can be read after a run, not only those that were wanted. */
  readonly keepsAll: boolean;
  /** The value of a resident input or result, in an array that nobody will change. */
  readonly read: (buffer: number) => TypedArray;
  /** Gives up the memory of residents, as where it is taken away: for a program that may never run again. */
  readonly release: () => void;
}

/** How a program treats its memory. */
export interface Residency {
  /** The inputs whose values stay with the program from run to run. */
  readonly inputs: readonly number[];
  /** Which of them have a new value after each run. */
  readonly updates: readonly Update[];
  /** Which of the wanted buffers stay with the program until its next run. */
  readonly results: readonly number[];
  /** Called before the memory of residents is taken away, to read what is still needed; inputs must be written again. */
  readonly beforeEviction: () => void;
}

export interface Backend {
  readonly name: string;
  /**
   * @param wanted the buffers that are read after a run; others may share memory
   * @param residency by default nothing stays
   */
  readonly load: (plan: Plan, wanted: readonly number[], residency?: Residency) => Program;
}
