/**
 * @file How layers fill their parameters at first.
 */
import { type DType, type Generator, type Shape, type Tensor, uniform } from '@windfall/core';
import { checkWhole, optionsOf } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';

/** What every layer with random initial parameters accepts. */
export interface InitializationOptions {
  /** The parameters' dtype: f32 (the default) or f64. */
  dtype?: DType;
  /** Where the random numbers come from; by default core's generator, which `manualSeed` seeds. */
  generator?: Generator;
}

/**
 * Evenly distributed over ±1/√fanIn: the initial weight and bias of PyTorch's Linear and convolutions, where it is
 * written `kaiming_uniform_(weight, a=√5)`: √(6 / ((1 + 5) · fanIn)) = 1/√fanIn (He et al. 2015, arXiv 1502.01852).
 * @param fanIn how many inputs each output is computed from
 * @example fanInUniform([100, 784], 784).abs().max().item(); // ≈ 0.0357
 */
export function fanInUniform(shape: Shape, fanIn: number, options: InitializationOptions = {}): Tensor {
  const initialization = optionsOf(options, 'fanInUniform', ['dtype', 'generator']);
  checkWhole(fanIn, 'fanInUniform', 'fanIn');
  const bound = 1 / Math.sqrt(fanIn);
  return inTheNameOf('fanInUniform', 'uniform', () =>
    uniform(shape, { ...initialization, low: -bound, high: bound }),
  );
}
