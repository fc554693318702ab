/**
 * @file What is asked of shapes without their tensors.
 */
import type { Shape } from '@windfall/core';

/** The number of elements. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function equalShapes(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}
