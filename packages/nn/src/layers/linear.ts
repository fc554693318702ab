/**
 * @file The fully connected layer.
 */
import type { Tensor } from '@windfall/core';
import { check, checkFlag, formatShape } from '@windfall/core/extension';
import { checkGenerator, checkInput, checkParameterDType, checkWhole, optionsOf } from '../arguments.ts';
import { linear } from '../functional/linear.ts';
import { fanInUniform, type InitializationOptions } from '../init/init.ts';
import { Module } from '../module/module.ts';
import { Parameter } from '../module/parameter.ts';

/** For {@link Linear}. */
export interface LinearOptions extends InitializationOptions {
  /** Whether a learned offset is added; by default true. Before a batch normalization it would have no effect. */
  bias?: boolean;
}

/**
 * y = x·Wᵀ + b: PyTorch's `nn.Linear`, with its initialization: W and b evenly distributed over ±1/√inFeatures.
 * @example new Linear(784, 100).forward(zeros([60, 784])).shape; // [60, 100]
 */
export class Linear extends Module {
  /** [outFeatures, inFeatures] */
  readonly weight: Parameter;
  /** [outFeatures], or null */
  readonly bias: Parameter | null;
  readonly inFeatures: number;
  readonly outFeatures: number;

  /** @throws if a size is not a whole number ≥ 1, the dtype is no float, or an option is unknown */
  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    const { bias = true, ...initialization } = optionsOf(options, 'Linear', ['bias', 'dtype', 'generator']);
    const { dtype = 'f32' } = initialization;
    checkWhole(inFeatures, 'Linear', 'inFeatures');
    checkWhole(outFeatures, 'Linear', 'outFeatures');
    checkFlag(bias, 'Linear', 'bias');
    checkParameterDType(dtype, 'Linear');
    checkGenerator(initialization.generator, 'Linear');
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(fanInUniform([outFeatures, inFeatures], inFeatures, initialization));
    this.bias = bias ? new Parameter(fanInUniform([outFeatures], inFeatures, initialization)) : null;
  }

  /**
   * @param x [..., inFeatures], of the layer's dtype
   * @returns [..., outFeatures]
   * @throws if the last axis or the dtype does not fit
   */
  forward(x: Tensor): Tensor {
    checkInput(x, 'Linear', this.weight.dtype);
    check(
      x.shape.at(-1) === this.inFeatures,
      'Linear',
      () => `expected [..., ${this.inFeatures}], got ${formatShape(x.shape)}`,
    );
    return linear(x, this.weight, this.bias);
  }

  protected override details(): string {
    return `inFeatures=${this.inFeatures}, outFeatures=${this.outFeatures}, bias=${this.bias !== null}`;
  }
}
