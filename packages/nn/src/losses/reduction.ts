/**
 * @file From one loss per element to the loss.
 */
import type { Tensor } from '@windfall/core';
import { optionsOf } from '../arguments.ts';
import { check, describe } from '../errors.ts';

/** Whether losses are averaged, added up, or left as they are. */
export type Reduction = 'mean' | 'sum' | 'none';

/** What every loss accepts. */
export interface LossOptions {
  /** By default 'mean'. */
  reduction?: Reduction;
}

/** Reduces losses as the options say, on behalf of the loss function `operation`. */
export function reduceLosses(losses: Tensor, options: LossOptions, operation: string): Tensor {
  const { reduction = 'mean' } = optionsOf(options, operation, ['reduction']);
  check(
    ['mean', 'sum', 'none'].includes(reduction),
    operation,
    () => `reduction is 'mean', 'sum' or 'none', not ${describe(reduction)}`,
  );
  if (reduction === 'none') return losses;
  return reduction === 'sum' ? losses.sum() : losses.mean();
}
