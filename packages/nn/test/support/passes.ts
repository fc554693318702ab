/**
 * @file Passes of a layer with running statistics, in training and in evaluation, as PyTorch computed them, and the
 * comparison with them.
 */
import type { DType, Tensor } from '@windfall/core';
import type { Module } from '../../src/index.ts';
import { expectClose, load, type Stored, type StoredState } from './fixtures.ts';

export interface Pass {
  readonly training: boolean;
  readonly input: Stored;
  readonly cotangent: Stored;
  readonly output: Stored;
  readonly inputGradient: Stored;
  readonly parameterGradients: StoredState;
}

/** Asserts that a module gives PyTorch's value and gradients. */
export function expectPass(
  module: Module,
  pass: Pass,
  dtype: DType = 'f64',
  tolerance?: number,
): { x: Tensor; y: Tensor } {
  module.train(pass.training).zeroGrad();
  const x = load(pass.input, dtype);
  x.requiresGrad = true;
  const y = module.forward(x);
  y.backward({ cotangent: load(pass.cotangent, dtype) });
  expectClose(y, pass.output, tolerance);
  expectClose(x.grad, pass.inputGradient, tolerance);
  for (const [name, parameter] of module.namedParameters())
    expectClose(parameter.grad, pass.parameterGradients[name]!, tolerance);
  return { x, y };
}
