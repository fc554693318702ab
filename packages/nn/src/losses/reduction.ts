/**
 * @file From one loss per element to the loss.
 */
import type { Tensor } from '@windfall/core';
import { check, describe } from '@windfall/core/extension';
import { optionsOf } from '../arguments.ts';

/** Whether losses are averaged, added up, or left as they are. */
export type Reduction = 'mean' | 'sum' | 'none';

/** What every loss accepts. */
export interface LossOptions {
  /** By default 'mean'. */
  reduction?: Reduction;
}

const reductions: readonly Reduction[] = ['mean', 'sum', 'none'];

/** Throws unless the value is a reduction, on behalf of the loss function `operation`. */
export function checkReduction(
  value: unknown,
  operation: string,
  known: readonly string[] = reductions,
): void {
  const names = known.map((name) => `'${name}'`);
  check(
    typeof value === 'string' && known.includes(value),
    operation,
    () => `reduction is ${names.slice(0, -1).join(', ')} or ${names.at(-1)}, not ${describe(value)}`,
  );
}

/** The reduction of a loss that has no other option. */
export function reductionOf(options: LossOptions, operation: string): Reduction {
  const { reduction = 'mean' } = optionsOf(options, operation, ['reduction']);
  checkReduction(reduction, operation);
  return reduction;
}

/** Reduces losses; the mean of none is NaN. */
export function reduceLosses(losses: Tensor, reduction: Reduction): Tensor {
  if (reduction === 'none') return losses;
  return reduction === 'sum' ? losses.sum() : losses.mean();
}
