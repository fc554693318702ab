/**
 * @file From one axis to several.
 */
import type { Shape, Tensor } from '@windfall/core';
import { check, describeList, formatShape, sizeOf } from '@windfall/core/extension';
import { checkAxis, checkTensor } from '../arguments.ts';
import { Module } from '../module/module.ts';

/**
 * Splits an axis into several, what {@link Flatten} undoes: PyTorch's `nn.Unflatten`.
 * @example new Unflatten(1, [16, 7, -1]).forward(zeros([8, 784])).shape; // [8, 16, 7, 7]
 */
export class Unflatten extends Module {
  readonly axis: number;
  readonly unflattenedSize: readonly number[];

  /**
   * @param axis the axis to split; a negative one counts from the end
   * @param unflattenedSize the extents in its place; one may be −1, "whatever remains"
   * @throws if the axis is not a whole number, or the extents are not
   */
  constructor(axis: number, unflattenedSize: Shape) {
    super();
    checkAxis(axis, 'Unflatten');
    const sizes: unknown = unflattenedSize;
    check(
      Array.isArray(sizes) &&
        sizes.length > 0 &&
        sizes.every((extent) => Number.isSafeInteger(extent) && extent >= -1) &&
        sizes.filter((extent) => extent === -1).length <= 1,
      'Unflatten',
      () =>
        `unflattenedSize is a list of whole numbers ≥ 0, of which one may be -1, not ${describeList(sizes)}`,
    );
    this.axis = axis;
    this.unflattenedSize = [...unflattenedSize];
  }

  /**
   * @param x any shape that has this axis
   * @returns x's shape with the new extents in the axis' place
   * @throws if x has no such axis, or it has another number of elements
   */
  forward(x: Tensor): Tensor {
    checkTensor(x, 'Unflatten');
    const { axis, unflattenedSize } = this;
    check(
      axis >= -x.rank && axis < x.rank,
      'Unflatten',
      () => `axis ${axis} is out of range for ${formatShape(x.shape)}`,
    );
    const at = axis < 0 ? axis + x.rank : axis;
    const extent = x.shape[at]!;
    const known = sizeOf(unflattenedSize.filter((size) => size !== -1));
    const isOpen = unflattenedSize.includes(-1);
    check(
      isOpen ? known > 0 && extent % known === 0 : extent === known,
      'Unflatten',
      () => `axis ${axis} of ${formatShape(x.shape)} does not split into ${formatShape(unflattenedSize)}`,
    );
    const sizes = unflattenedSize.map((size) => (size === -1 ? extent / known : size));
    return x.reshape([...x.shape.slice(0, at), ...sizes, ...x.shape.slice(at + 1)]);
  }

  protected override details(): string {
    return `axis=${this.axis}, unflattenedSize=${formatShape(this.unflattenedSize)}`;
  }
}
