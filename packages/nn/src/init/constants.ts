/**
 * @file Initial values that are not drawn.
 */
import * as core from '@windfall/core';
import { check, formatShape } from '@windfall/core/extension';
import { checkNumber } from '../arguments.ts';
import { checkVariable, fill } from './fill.ts';

/**
 * Fills a variable with a number: PyTorch's `nn.init.constant_`.
 * @param variable any shape and dtype that holds the number
 * @returns the variable
 * @throws if it is no variable, or the number no finite one
 * @example init.constant(new Linear(4, 3).bias!, 0.5).toArray(); // [0.5, 0.5, 0.5]
 */
export function constant<V extends core.Variable>(variable: V, value: number): V {
  checkVariable(variable, 'init.constant');
  checkNumber(value, 'init.constant', 'the value');
  return fill(variable, core.full(variable.shape, value, { dtype: variable.dtype }));
}

/**
 * Fills a variable with zeros: PyTorch's `nn.init.zeros_`.
 * @param variable any shape and dtype
 * @returns the variable
 * @throws if it is no variable
 * @example init.zeros(new Linear(4, 3).bias!).toArray(); // [0, 0, 0]
 */
export function zeros<V extends core.Variable>(variable: V): V {
  checkVariable(variable, 'init.zeros');
  return fill(variable, core.zerosLike(variable));
}

/**
 * Fills a variable with ones: PyTorch's `nn.init.ones_`.
 * @param variable any shape and dtype
 * @returns the variable
 * @throws if it is no variable
 * @example init.ones(new BatchNorm1d(3).weight!).toArray(); // [1, 1, 1]
 */
export function ones<V extends core.Variable>(variable: V): V {
  checkVariable(variable, 'init.ones');
  return fill(variable, core.onesLike(variable));
}

/**
 * Fills a matrix with ones on its diagonal and zeros elsewhere: PyTorch's `nn.init.eye_`.
 * @param variable [rows, columns]
 * @returns the variable
 * @throws if it is no variable, or no matrix
 * @example init.eye(new Linear(3, 3).weight).toArray(); // [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
 */
export function eye<V extends core.Variable>(variable: V): V {
  checkVariable(variable, 'init.eye');
  check(variable.rank === 2, 'init.eye', () => `fills a matrix, not ${formatShape(variable.shape)}`);
  const [rows, columns] = variable.shape as [number, number];
  return fill(variable, core.eye(rows, columns, { dtype: variable.dtype }));
}
