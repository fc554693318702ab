/**
 * @file Max pooling over images.
 */
import { maxPool2d, type PerAxis, type Tensor } from '@windfall/core';
import { checkTensor, optionsOf, perAxis } from '../arguments.ts';
import { check, formatShape, inTheNameOf } from '../errors.ts';
import { Module } from '../module/module.ts';

/** For {@link MaxPool2d}. A pair is [vertical, horizontal]. */
export interface MaxPool2dOptions {
  /** From one window's start to the next; by default the window's size. */
  stride?: PerAxis;
  /** Added on both sides, never the largest; at most half of the window; by default 0. */
  padding?: PerAxis;
  /** The distance between neighbours within a window; by default 1. */
  dilation?: PerAxis;
}

/**
 * The largest element of each window: PyTorch's `nn.MaxPool2d`. Of several that tie the first gets the gradient.
 * @example new MaxPool2d(2).forward(zeros([8, 16, 28, 28])).shape; // [8, 16, 14, 14]
 */
export class MaxPool2d extends Module {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];

  /**
   * @throws if a size is not a whole number in its range, the padding is more than half of the window, or an option is
   *   unknown
   */
  constructor(kernelSize: PerAxis, options: MaxPool2dOptions = {}) {
    super();
    const known = ['stride', 'padding', 'dilation'] as const;
    const { stride = kernelSize, padding = 0, dilation = 1 } = optionsOf(options, 'MaxPool2d', known);
    this.kernelSize = perAxis(kernelSize, 2, 'MaxPool2d', 'kernelSize');
    this.stride = perAxis(stride, 2, 'MaxPool2d', 'stride');
    this.padding = perAxis(padding, 2, 'MaxPool2d', 'padding', 0);
    this.dilation = perAxis(dilation, 2, 'MaxPool2d', 'dilation');
    check(
      this.padding.every((width, axis) => 2 * width <= this.kernelSize[axis]!),
      'MaxPool2d',
      () =>
        `padding ${formatShape(this.padding)} is more than half of kernelSize ${formatShape(this.kernelSize)}`,
    );
  }

  /**
   * @param x [N, C, height, width] or [C, height, width]
   * @returns the same axes, the last two counting windows
   * @throws if x has other axes, or the window is larger than the padded image
   */
  forward(x: Tensor): Tensor {
    checkTensor(x, 'MaxPool2d');
    check(
      x.rank === 3 || x.rank === 4,
      'MaxPool2d',
      () => `expected 3 or 4 axes [C, H, W] or [N, C, H, W], got ${formatShape(x.shape)}`,
    );
    const { kernelSize, stride, padding, dilation } = this;
    return inTheNameOf('MaxPool2d', 'maxPool2d', () =>
      maxPool2d(x, kernelSize, { stride, padding, dilation }),
    );
  }

  protected override details(): string {
    return (['kernelSize', 'stride', 'padding', 'dilation'] as const)
      .map((name) => `${name}=${formatShape(this[name])}`)
      .join(', ');
  }
}
