/**
 * @file The initialization of He et al. 2015 (arXiv 1502.01852), which keeps the variance through layers of rectifiers.
 */
import * as core from '@windfall/core';
import { check, describe } from '@windfall/core/extension';
import { optionsOf } from '../arguments.ts';
import { fansOf } from './fans.ts';
import { checkDrawn, type DrawOptions, drawOf, fill } from './fill.ts';
import { gainOf, type Nonlinearity } from './gain.ts';

/** For {@link kaimingUniform} and {@link kaimingNormal}. */
export interface KaimingOptions extends DrawOptions {
  /** The slope below 0, for `leakyRelu`; by default 0. */
  a?: number;
  /** Whether the variance of values ('fanIn', the default) or that of gradients ('fanOut') is kept. */
  mode?: 'fanIn' | 'fanOut';
  /** What follows the weights; by default 'leakyRelu'. */
  nonlinearity?: Nonlinearity;
}

/** gain/√fan, the standard deviation of the weights. */
function deviationOf(variable: core.Variable, options: KaimingOptions, operation: string): number {
  checkDrawn(variable, operation);
  const known = ['a', 'mode', 'nonlinearity', 'generator'] as const;
  const { a = 0, mode = 'fanIn', nonlinearity = 'leakyRelu' } = optionsOf(options, operation, known);
  check(
    ['fanIn', 'fanOut'].includes(mode),
    operation,
    () => `mode is 'fanIn' or 'fanOut', not ${describe(mode)}`,
  );
  const gain = gainOf(nonlinearity, a, operation);
  const fan = fansOf(variable, operation)[mode];
  return variable.size === 0 ? 0 : gain / Math.sqrt(fan);
}

/**
 * Fills a weight with numbers spread evenly over ±gain·√(3/fan): PyTorch's `nn.init.kaiming_uniform_`.
 * @param variable [outputs, inputs, …window], f32 or f64
 * @returns the variable
 * @throws if it is no variable of floats with at least two axes, or an option is unknown or wrong
 * @example init.kaimingUniform(new Linear(4, 3).weight, { nonlinearity: 'relu' });
 */
export function kaimingUniform<V extends core.Variable>(variable: V, options: KaimingOptions = {}): V {
  const bound = Math.sqrt(3) * deviationOf(variable, options, 'init.kaimingUniform');
  return fill(
    variable,
    core.uniform(variable.shape, { ...drawOf(options, variable.dtype), low: -bound, high: bound }),
  );
}

/**
 * Fills a weight with normally distributed numbers of standard deviation gain/√fan: PyTorch's `nn.init.kaiming_normal_`.
 * @param variable [outputs, inputs, …window], f32 or f64
 * @returns the variable
 * @throws if it is no variable of floats with at least two axes, or an option is unknown or wrong
 * @example init.kaimingNormal(new Linear(4, 3).weight, { mode: 'fanOut', nonlinearity: 'relu' });
 */
export function kaimingNormal<V extends core.Variable>(variable: V, options: KaimingOptions = {}): V {
  const std = deviationOf(variable, options, 'init.kaimingNormal');
  return fill(variable, core.normal(variable.shape, { ...drawOf(options, variable.dtype), std }));
}
