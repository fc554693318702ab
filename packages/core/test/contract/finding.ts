/**
 * @file What checking a sample of an operation shows: for a dtype, an order of derivative and an engine, what came of it.
 */
import type { DType } from '../../src/index.ts';

/** What computes values. */
export const engines = ['interpreter', 'javascript', 'wasm', 'wasm threads'] as const;

export type Engine = (typeof engines)[number];

/** The value, its gradient, and the gradient of that. */
export const orders = [0, 1, 2] as const;

export type Order = (typeof orders)[number];

/**
 * - `right`: computed, and what it should be
 * - `zero`: the same, and zero everywhere
 * - `refused`: the call is an error, which the text says
 * - `another`: results have another dtype, whatever one asks for
 * - `nothing`: there is no tensor to differentiate with respect to
 * - `wrong`: it is not what it should be, as the text says
 */
export type Outcome = 'right' | 'zero' | 'refused' | 'another' | 'nothing' | 'wrong';

export interface Finding {
  readonly dtype: DType;
  readonly order: Order;
  readonly engine: Engine;
  readonly outcome: Outcome;
  readonly text: string;
}

/** The same finding on all engines, of what is there before any of them computes. */
export function onAllEngines(finding: Omit<Finding, 'engine'>): Finding[] {
  return engines.map((engine) => ({ ...finding, engine }));
}
