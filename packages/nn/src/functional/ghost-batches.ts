/**
 * @file A batch as several smaller ones that are normalized each by itself: ghost batches (Hoffer et al. 2017, arXiv
 * 1705.08741). Those of equal size share one tensor with an axis more, so that they take no more kernels than the whole.
 */
import type { Tensor } from '@windfall/core';

/** Some ghost batches of equal size, or a batch that is not divided. */
export interface Ghosts {
  /** With an axis more where there are several. */
  readonly x: Tensor;
  /** Of the same axes, with extent 1 at the channel. */
  readonly mask: Tensor | null;
  readonly channelAxis: number;
  /** The axis that counts ghost batches; null if there is one only. */
  readonly ghostAxis: number | null;
  /** How many examples this is of. */
  readonly examples: number;
}

/** The axis that counts examples. */
export function batchAxisOf(channelAxis: number): number {
  return channelAxis === 0 ? 1 : 0;
}

/** The examples [start, stop). */
function examplesOf(x: Tensor, axis: number, start: number, stop: number): Tensor {
  if (start === 0 && stop === x.shape[axis]) return x;
  return x.slice([...Array<null>(axis).fill(null), [start, stop]]);
}

/** From [..., k·size, ...] to [..., k, size, ...]. */
function divideAxis(x: Tensor, axis: number, size: number): Tensor {
  return x.reshape([...x.shape.slice(0, axis), x.shape[axis]! / size, size, ...x.shape.slice(axis + 1)]);
}

/** The ghost batches, in order; the last is smaller where `size` does not divide the batch. */
export function ghostsOf(x: Tensor, mask: Tensor | null, channelAxis: number, size: number | null): Ghosts[] {
  const axis = batchAxisOf(channelAxis);
  const total = x.shape[axis]!;
  if (size === null || size >= total) return [{ x, mask, channelAxis, ghostAxis: null, examples: total }];
  const wholeMask = mask?.expand(mask.shape.map((extent, k) => (k === axis ? total : extent))) ?? null;
  const even = total - (total % size);
  const part = (start: number, stop: number): [Tensor, Tensor | null] => [
    examplesOf(x, axis, start, stop),
    wholeMask && examplesOf(wholeMask, axis, start, stop),
  ];
  const [evenX, evenMask] = part(0, even);
  const ghosts: Ghosts[] = [
    {
      x: divideAxis(evenX, axis, size),
      mask: evenMask && divideAxis(evenMask, axis, size),
      channelAxis: channelAxis > axis ? channelAxis + 1 : channelAxis,
      ghostAxis: axis,
      examples: even,
    },
  ];
  if (even < total) {
    const [restX, restMask] = part(even, total);
    ghosts.push({ x: restX, mask: restMask, channelAxis, ghostAxis: null, examples: total - even });
  }
  return ghosts;
}

/** Statistics of ghost batches, their reduced axes still there with extent 1, as one [C] or [] for each. */
export function statisticsByGhost(statistics: Tensor, { channelAxis, ghostAxis }: Ghosts): Tensor[] {
  const extent = statistics.shape[channelAxis]!;
  if (ghostAxis === null) return [statistics.reshape([extent])];
  const count = statistics.shape[ghostAxis]!;
  const table =
    ghostAxis < channelAxis
      ? statistics.reshape([count, extent])
      : statistics.reshape([extent, count]).transpose();
  return Array.from({ length: count }, (_, ghost) => table.slice([ghost]));
}
