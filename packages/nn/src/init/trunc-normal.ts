/**
 * @file The normal distribution between two bounds.
 */
import * as core from '@windfall/core';
import { check } from '@windfall/core/extension';
import { checkNumber, optionsOf } from '../arguments.ts';
import { checkDrawn, type DrawOptions, drawOf, fill } from './fill.ts';
import { inverseErf } from './inverse-erf.ts';

/** For {@link truncNormal}. */
export interface TruncNormalOptions extends DrawOptions {
  /** The mean of the normal distribution, before it is cut off; by default 0. */
  mean?: number;
  /** Its standard deviation; by default 1. */
  std?: number;
  /** The lower bound; by default −2. */
  a?: number;
  /** The upper bound; by default 2. */
  b?: number;
}

/** The largest float64 below 1. */
const almostOne = 1 - 2 ** -53;

/**
 * Fills a variable from the normal distribution, without what lies outside [a, b]: PyTorch's `nn.init.trunc_normal_`. The
 * bounds are values, not multiples of std. They should not both lie far from the mean on one side, where nearly nothing of the
 * distribution is left.
 * @param variable any shape, f32 or f64
 * @returns the variable
 * @throws if it is no variable of floats, a number is not finite, std is not above 0, a not less than b, or an option unknown
 * @example init.truncNormal(new Linear(4, 3).weight, { std: 0.02 });
 */
export function truncNormal<V extends core.Variable>(variable: V, options: TruncNormalOptions = {}): V {
  const operation = 'init.truncNormal';
  checkDrawn(variable, operation);
  const known = ['mean', 'std', 'a', 'b', 'generator'] as const;
  const { mean = 0, std = 1, a = -2, b = 2, ...draw } = optionsOf(options, operation, known);
  for (const [name, value] of Object.entries({ mean, std, a, b })) checkNumber(value, operation, name);
  check(std > 0, operation, () => `std is above 0, not ${std}`);
  check(a < b, operation, () => `a is less than b, but they are ${a} and ${b}`);
  const { shape, dtype } = variable;
  // In terms of z = (x − mean)/(std·√2) the distribution function is (1 + erf z)/2: an even draw between its values at the
  // bounds, turned back.
  const scale = std * Math.SQRT2;
  const [low, high] = [a, b].map((bound) =>
    core.erf(core.full([], (bound - mean) / scale, { dtype: 'f64' })),
  );
  const even = core.uniform(shape, drawOf(draw, 'f64')).mul(high!.sub(low!)).add(low!);
  const z = inverseErf(core.clamp(even, -almostOne, almostOne));
  return fill(variable, core.clamp(z.mul(scale).add(mean), a, b).cast(dtype));
}
