/**
 * @file Initial values that are drawn without regard to how many inputs and outputs there are.
 */
import * as core from '@windfall/core';
import { check } from '@windfall/core/extension';
import { checkNumber, optionsOf } from '../arguments.ts';
import { checkDrawn, type DrawOptions, drawOf, fill } from './fill.ts';

/** For {@link uniform}. */
export interface UniformOptions extends DrawOptions {
  /** The lower end; by default 0. */
  a?: number;
  /** The upper end; by default 1. */
  b?: number;
}

/**
 * Fills a variable with numbers spread evenly over [a, b): PyTorch's `nn.init.uniform_`.
 * @param variable any shape, f32 or f64
 * @returns the variable
 * @throws if it is no variable of floats, the ends are not finite or out of order, or an option is unknown
 * @example init.uniform(new Linear(4, 3).weight, { a: -0.1, b: 0.1 });
 */
export function uniform<V extends core.Variable>(variable: V, options: UniformOptions = {}): V {
  checkDrawn(variable, 'init.uniform');
  const { a = 0, b = 1, ...draw } = optionsOf(options, 'init.uniform', ['a', 'b', 'generator']);
  checkNumber(a, 'init.uniform', 'a');
  checkNumber(b, 'init.uniform', 'b');
  check(a <= b, 'init.uniform', () => `a is at most b, but they are ${a} and ${b}`);
  return fill(variable, core.uniform(variable.shape, { ...drawOf(draw, variable.dtype), low: a, high: b }));
}

/** For {@link normal}. */
export interface NormalOptions extends DrawOptions {
  /** By default 0. */
  mean?: number;
  /** The standard deviation; by default 1. */
  std?: number;
}

/**
 * Fills a variable with normally distributed numbers: PyTorch's `nn.init.normal_`.
 * @param variable any shape, f32 or f64
 * @returns the variable
 * @throws if it is no variable of floats, a number is not finite, std is negative, or an option is unknown
 * @example init.normal(new Linear(4, 3).weight, { std: 0.02 });
 */
export function normal<V extends core.Variable>(variable: V, options: NormalOptions = {}): V {
  checkDrawn(variable, 'init.normal');
  const { mean = 0, std = 1, ...draw } = optionsOf(options, 'init.normal', ['mean', 'std', 'generator']);
  checkNumber(mean, 'init.normal', 'mean');
  checkNumber(std, 'init.normal', 'std', { low: 0 });
  return fill(variable, core.normal(variable.shape, { ...drawOf(draw, variable.dtype), mean, std }));
}
