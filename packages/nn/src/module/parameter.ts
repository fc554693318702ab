/**
 * @file The tensors that a module learns.
 */
import { type Tensor, Variable } from '@windfall/core';
import { checkFlag } from '@windfall/core/extension';
import { checkTensor, optionsOf } from '../arguments.ts';

/**
 * A variable that a module owns and an optimizer changes. A module that has one as a property lists it among its
 * `parameters()`; PyTorch's `nn.Parameter`.
 *
 * @example
 * const scale = new Parameter(ones([3]));
 * scale.mul(2).sum().backward();
 * scale.grad?.toArray(); // [2, 2, 2]
 */
export class Parameter extends Variable {
  /**
   * @param initial the first value, f32 or f64
   * @param options.requiresGrad whether `backward` collects its gradient; by default true
   * @throws if the value is not a float tensor and a gradient is required
   */
  constructor(initial: Tensor, options: { requiresGrad?: boolean } = {}) {
    const { requiresGrad = true } = optionsOf(options, 'Parameter', ['requiresGrad']);
    checkTensor(initial, 'Parameter', 'the initial value');
    checkFlag(requiresGrad, 'Parameter', 'requiresGrad');
    super(initial, { requiresGrad });
  }
}
