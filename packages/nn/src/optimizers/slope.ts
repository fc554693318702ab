/**
 * @file What most update rules do to a gradient first.
 */
import type { Tensor } from '@windfall/core';
import type { ParameterState, UpdateInput } from './optimizer.ts';

/** Options that most optimizers have. */
export interface SlopeOptions {
  /** How much of the parameter is added to its gradient (an L2 penalty); by default 0. */
  weightDecay?: number;
  /** Whether to climb instead of to descend; by default false. */
  maximize?: boolean;
}

/** The direction to descend against: the gradient, negated to climb, plus weightDecay·parameter. */
export function slopeOf<Options extends SlopeOptions>(input: UpdateInput<Options, ParameterState>): Tensor {
  // A table of rules gives each of these options its kind.
  const { parameter, gradient, options, uses } = input as unknown as UpdateInput<
    SlopeOptions,
    ParameterState
  >;
  const slope = options.maximize ? gradient.neg() : gradient;
  return uses('weightDecay') ? slope.add(parameter.mul(options.weightDecay.cast(parameter.dtype))) : slope;
}
