/**
 * @file What the average pooling layers share.
 */
import type { PerAxis, Tensor } from '@windfall/core';
import { formatShape } from '@windfall/core/extension';
import { checkTensor, optionsOf } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import {
  type AvgPool1dOptions,
  type AvgPool2dOptions,
  avgPoolKeys,
  divisorOf,
} from '../functional/avg-pool.ts';
import { windowsOf } from '../functional/windows.ts';
import { Module } from '../module/module.ts';

/** The base of the average pooling layers. */
export abstract class AvgPool extends Module {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;

  constructor(
    axes: 1 | 2,
    kernelSize: PerAxis,
    options: AvgPool2dOptions,
    more: readonly 'divisorOverride'[] = [],
  ) {
    super();
    const { name } = this.constructor;
    const given = optionsOf(options, name, [...avgPoolKeys, ...more]);
    const windows = windowsOf(kernelSize, given, axes, name);
    this.kernelSize = windows.kernelSize;
    this.stride = windows.stride;
    this.padding = windows.padding;
    this.ceilMode = windows.ceilMode;
    this.countIncludePad = divisorOf(given, name).countIncludePad;
  }

  /** The result of the function behind the layer. */
  protected compute(
    x: Tensor,
    operation: string,
    fn: (x: Tensor, kernelSize: PerAxis, options: Required<AvgPool1dOptions>) => Tensor,
  ): Tensor {
    const { name } = this.constructor;
    checkTensor(x, name);
    const { kernelSize, stride, padding, ceilMode, countIncludePad } = this;
    return inTheNameOf(name, operation, () =>
      fn(x, kernelSize, { stride, padding, ceilMode, countIncludePad }),
    );
  }

  protected override details(): string {
    const numbers = (['kernelSize', 'stride', 'padding'] as const).map(
      (name) => `${name}=${formatShape(this[name])}`,
    );
    return [...numbers, `ceilMode=${this.ceilMode}`, `countIncludePad=${this.countIncludePad}`].join(', ');
  }
}
