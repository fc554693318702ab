/**
 * @file What the max pooling layers share.
 */
import type { PerAxis, Tensor } from '@windfall/core';
import { formatShape } from '@windfall/core/extension';
import { checkTensor, optionsOf } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { maxPoolKeys, type MaxPoolOptions } from '../functional/max-pool.ts';
import { windowsOf } from '../functional/windows.ts';
import { Module } from '../module/module.ts';

/** The base of the max pooling layers. */
export abstract class MaxPool extends Module {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly ceilMode: boolean;

  constructor(axes: 1 | 2, kernelSize: PerAxis, options: MaxPoolOptions) {
    super();
    const { name } = this.constructor;
    const windows = windowsOf(kernelSize, optionsOf(options, name, maxPoolKeys), axes, name);
    this.kernelSize = windows.kernelSize;
    this.stride = windows.stride;
    this.padding = windows.padding;
    this.dilation = windows.dilation;
    this.ceilMode = windows.ceilMode;
  }

  /** The result of the function behind the layer. */
  protected compute(
    x: Tensor,
    operation: string,
    fn: (x: Tensor, kernelSize: PerAxis, options: MaxPoolOptions) => Tensor,
  ): Tensor {
    const { name } = this.constructor;
    checkTensor(x, name);
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return inTheNameOf(name, operation, () => fn(x, kernelSize, { stride, padding, dilation, ceilMode }));
  }

  protected override details(): string {
    const numbers = (['kernelSize', 'stride', 'padding', 'dilation'] as const).map(
      (name) => `${name}=${formatShape(this[name])}`,
    );
    return [...numbers, `ceilMode=${this.ceilMode}`].join(', ');
  }
}
