/**
 * @file What the poolings share: which inputs they take, and how many windows lie over an axis.
 */
import type { PerAxis, Tensor } from '@windfall/core';
import { check, checkFlag, formatShape } from '@windfall/core/extension';
import { perAxis } from '../arguments.ts';
import { layoutsOf } from './convolution.ts';

/** How the windows of a pooling lie over the spatial axes. */
export interface PoolOptions {
  /** From one window's start to the next; by default the window's size. */
  stride?: PerAxis;
  /** Added on both sides; at most half of the window; by default 0. */
  padding?: PerAxis;
  /** Whether a last window may reach beyond the padding, if it starts before the padding behind; by default false. */
  ceilMode?: boolean;
}

/** The same, one number for each axis. */
export interface Windows {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly ceilMode: boolean;
}

/** The windows of a pooling, after checking them. */
export function windowsOf(
  kernelSize: PerAxis,
  options: PoolOptions & { dilation?: PerAxis },
  axes: 1 | 2,
  operation: string,
): Windows {
  const { stride = kernelSize, padding = 0, dilation = 1, ceilMode = false } = options;
  const size = perAxis(kernelSize, axes, operation, 'kernelSize');
  const border = perAxis(padding, axes, operation, 'padding', 0);
  check(
    border.every((width, axis) => 2 * width <= size[axis]!),
    operation,
    () => `padding ${formatShape(border)} is more than half of kernelSize ${formatShape(size)}`,
  );
  checkFlag(ceilMode, operation, 'ceilMode');
  return {
    kernelSize: size,
    stride: perAxis(stride, axes, operation, 'stride'),
    padding: border,
    dilation: perAxis(dilation, axes, operation, 'dilation'),
    ceilMode,
  };
}

/** Throws unless x has the axes of images, or of rows where there is one spatial axis, with or without a batch. */
export function checkImages(x: Tensor, axes: 1 | 2, operation: string): void {
  check(
    x.rank === axes + 1 || x.rank === axes + 2,
    operation,
    () => `expected ${axes + 1} or ${axes + 2} axes ${layoutsOf('C', axes)}, got ${formatShape(x.shape)}`,
  );
}

/** How many elements each spatial axis lacks behind its padding so that the last windows of `ceilMode` fit. */
export function lackingFor(x: Tensor, windows: Windows): number[] {
  const { kernelSize, stride, padding, dilation, ceilMode } = windows;
  return kernelSize.map((size, axis) => {
    if (!ceilMode) return 0;
    const extent = x.shape.at(axis - kernelSize.length)!;
    const reach = (size - 1) * dilation[axis]! + 1;
    const available = extent + 2 * padding[axis]!;
    const last = Math.ceil((available - reach) / stride[axis]!) * stride[axis]!;
    // A window that would start in the padding behind is left out.
    const start = last >= extent + padding[axis]! ? last - stride[axis]! : last;
    return Math.max(0, start + reach - available);
  });
}
