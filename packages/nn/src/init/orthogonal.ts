/**
 * @file Weights whose rows, or whose columns where these are fewer, are orthonormal.
 */
import * as core from '@windfall/core';
import { check, formatShape } from '@windfall/core/extension';
import { checkNumber, optionsOf } from '../arguments.ts';
import { checkDrawn, type DrawOptions, drawOf, fill } from './fill.ts';

/** For {@link orthogonal}. */
export interface OrthogonalOptions extends DrawOptions {
  /** A factor for all values; by default 1. */
  gain?: number;
}

/**
 * Makes vectors orthonormal in place, each by taking from it its parts along those before it (Gram & Schmidt), twice, as
 * rounding needs it. Of independent normal vectors this gives every orthonormal set with the same probability.
 */
function orthonormalize(vectors: readonly Float64Array[]): void {
  vectors.forEach((vector, position) => {
    for (const other of [...vectors.slice(0, position), ...vectors.slice(0, position)]) {
      let along = 0;
      for (let k = 0; k < vector.length; k++) along += vector[k]! * other[k]!;
      for (let k = 0; k < vector.length; k++) vector[k]! -= along * other[k]!;
    }
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    for (let k = 0; k < vector.length; k++) vector[k]! /= length;
  });
}

/**
 * Fills a weight with gain times an orthogonal matrix, every one being equally likely (Saxe et al. 2013, arXiv 1312.6120):
 * PyTorch's `nn.init.orthogonal_`. With fewer rows than columns the rows are orthonormal, else the columns; further axes
 * count as columns. Values are read, so it does not work inside `compile`.
 * @param variable [rows, columns, …], f32 or f64
 * @returns the variable
 * @throws if it is no variable of floats with at least two axes, gain is no finite number, or an option is unknown
 * @example init.orthogonal(new Linear(4, 3).weight, { gain: init.calculateGain('tanh') });
 */
export function orthogonal<V extends core.Variable>(variable: V, options: OrthogonalOptions = {}): V {
  checkDrawn(variable, 'init.orthogonal');
  const { gain = 1, ...draw } = optionsOf(options, 'init.orthogonal', ['gain', 'generator']);
  checkNumber(gain, 'init.orthogonal', 'gain');
  const { shape, size, dtype } = variable;
  check(
    shape.length >= 2,
    'init.orthogonal',
    () => `fills a weight with at least two axes, not ${formatShape(shape)}`,
  );
  if (size === 0) return variable;
  const rows = shape[0]!;
  const columns = size / rows;
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
  const values = Float64Array.from(core.normal([count, length], drawOf(draw, 'f64')).data());
  orthonormalize(Array.from({ length: count }, (_, k) => values.subarray(k * length, (k + 1) * length)));
  const vectors = core.tensor(values, { shape: [count, length] });
  const matrix = rows < columns ? vectors : vectors.transpose();
  return fill(variable, matrix.mul(gain).cast(dtype).reshape(shape));
}
