/**
 * @file The initialization of Glorot & Bengio 2010, which keeps the variance of values and of gradients as equal as can be.
 */
import * as core from '@windfall/core';
import { checkNumber, optionsOf } from '../arguments.ts';
import { fansOf } from './fans.ts';
import { checkDrawn, type DrawOptions, drawOf, fill } from './fill.ts';

/** For {@link xavierUniform} and {@link xavierNormal}. */
export interface XavierOptions extends DrawOptions {
  /** A factor for all values; by default 1. */
  gain?: number;
}

/** gain·√(2/(fanIn + fanOut)), the standard deviation of the weights. */
function deviationOf(variable: core.Variable, options: XavierOptions, operation: string): number {
  checkDrawn(variable, operation);
  const { gain = 1 } = optionsOf(options, operation, ['gain', 'generator']);
  checkNumber(gain, operation, 'gain', { low: 0 });
  const { fanIn, fanOut } = fansOf(variable, operation);
  return variable.size === 0 ? 0 : gain * Math.sqrt(2 / (fanIn + fanOut));
}

/**
 * Fills a weight with numbers spread evenly over ±gain·√(6/(fanIn + fanOut)): PyTorch's `nn.init.xavier_uniform_`.
 * @param variable [outputs, inputs, …window], f32 or f64
 * @returns the variable
 * @throws if it is no variable of floats with at least two axes, gain is negative, or an option is unknown
 * @example init.xavierUniform(new Linear(4, 3).weight, { gain: init.calculateGain('tanh') });
 */
export function xavierUniform<V extends core.Variable>(variable: V, options: XavierOptions = {}): V {
  const bound = Math.sqrt(3) * deviationOf(variable, options, 'init.xavierUniform');
  return fill(
    variable,
    core.uniform(variable.shape, { ...drawOf(options, variable.dtype), low: -bound, high: bound }),
  );
}

/**
 * Fills a weight with normally distributed numbers of standard deviation gain·√(2/(fanIn + fanOut)): PyTorch's
 * `nn.init.xavier_normal_`.
 * @param variable [outputs, inputs, …window], f32 or f64
 * @returns the variable
 * @throws if it is no variable of floats with at least two axes, gain is negative, or an option is unknown
 * @example init.xavierNormal(new Linear(4, 3).weight);
 */
export function xavierNormal<V extends core.Variable>(variable: V, options: XavierOptions = {}): V {
  const std = deviationOf(variable, options, 'init.xavierNormal');
  return fill(variable, core.normal(variable.shape, { ...drawOf(options, variable.dtype), std }));
}
