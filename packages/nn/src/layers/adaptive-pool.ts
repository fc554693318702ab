/**
 * @file What the layers share that pool to a given size.
 */
import type { Tensor } from '@windfall/core';
import { checkTensor } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { type OutputSize, outputSizeOf } from '../functional/adaptive-pool.ts';
import { Module } from '../module/module.ts';

/** The base of the adaptive pooling layers. */
export abstract class AdaptivePool extends Module {
  /** One extent for each spatial axis; null where the input's is kept. */
  readonly outputSize: readonly (number | null)[];

  constructor(axes: 1 | 2, outputSize: OutputSize) {
    super();
    this.outputSize = outputSizeOf(outputSize, axes, this.constructor.name);
  }

  /** The result of the function behind the layer. */
  protected compute(x: Tensor, operation: string, fn: (x: Tensor, outputSize: OutputSize) => Tensor): Tensor {
    const { name } = this.constructor;
    checkTensor(x, name);
    return inTheNameOf(name, operation, () => fn(x, this.outputSize));
  }

  protected override details(): string {
    return `outputSize=[${this.outputSize.map(String).join(', ')}]`;
  }
}
