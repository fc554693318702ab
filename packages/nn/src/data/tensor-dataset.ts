/**
 * @file Samples that lie in tensors, one behind the other along the first axis.
 */
import { type DType, type Shape, Tensor, tensor, type TypedArray } from '@windfall/core';
import { check, describe, formatShape, sizeOf } from '@windfall/core/extension';
import { numbersOf } from '../arguments.ts';
import { checkIndex, Dataset } from './dataset.ts';
import { zerosOf } from './typed-arrays.ts';

/** A tensor's rows along its first axis. */
interface Rows {
  readonly values: TypedArray;
  readonly shape: Shape;
  readonly size: number;
  readonly dtype: DType;
}

function rowsOf(x: Tensor): Rows {
  const shape = x.shape.slice(1);
  return { values: x.data(), shape, size: sizeOf(shape), dtype: x.dtype };
}

/**
 * Slices of tensors along their first axis: PyTorch's `utils.data.TensorDataset`. A sample is an array with the slice of each
 * tensor. The values are copied once, when the dataset is made; batches are copied from there row by row, at the speed of
 * memory.
 *
 * @example
 * const dataset = new TensorDataset(normal([100, 784]), zeros([100], { dtype: 'i32' }));
 * const [image, label] = dataset.get(0);
 * image.shape; // [784]
 */
export class TensorDataset<Tensors extends readonly Tensor[]> extends Dataset<{
  -readonly [K in keyof Tensors]: Tensor;
}> {
  readonly length: number;
  readonly #columns: readonly Rows[];

  /** @throws if there is no tensor, or they differ in their first extent */
  constructor(...tensors: Tensors) {
    super();
    const operation = 'TensorDataset';
    check(tensors.length > 0, operation, () => 'needs at least one tensor');
    tensors.forEach((x: unknown, position) => {
      check(
        x instanceof Tensor && x.rank > 0,
        operation,
        () =>
          `argument ${position} is a tensor with at least one axis, not ${x instanceof Tensor ? 'a scalar' : describe(x)}`,
      );
    });
    const lengths = tensors.map(({ shape }) => shape[0]!);
    check(
      lengths.every((length) => length === lengths[0]),
      operation,
      () => `the tensors' first axes differ: ${tensors.map(({ shape }) => formatShape(shape)).join(', ')}`,
    );
    this.length = lengths[0]!;
    this.#columns = tensors.map(rowsOf);
  }

  get(index: number): { -readonly [K in keyof Tensors]: Tensor } {
    checkIndex(index, this.length, 'TensorDataset');
    const sample = this.#columns.map(({ values, shape, size, dtype }) =>
      tensor(values.subarray(index * size, (index + 1) * size), { shape, dtype }),
    );
    // One for each tensor.
    return sample as { -readonly [K in keyof Tensors]: Tensor };
  }

  /** The samples at these indices, stacked: an array with one tensor for each. */
  getBatch(indices: readonly number[]): { -readonly [K in keyof Tensors]: Tensor } {
    const places = numbersOf(indices, 'TensorDataset', 'the indices', 'whole numbers');
    for (const index of places) checkIndex(index, this.length, 'TensorDataset');
    const batch = this.#columns.map(({ values, shape, size, dtype }) => {
      const stacked = zerosOf(dtype, places.length * size);
      places.forEach((index, place) => {
        stacked.set(values.subarray(index * size, (index + 1) * size), place * size);
      });
      return tensor(stacked, { shape: [places.length, ...shape], dtype });
    });
    return batch as { -readonly [K in keyof Tensors]: Tensor };
  }
}
