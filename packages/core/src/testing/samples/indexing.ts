/**
 * @file Samples of the operations that read and add at positions.
 */
import { ones, tensor, zeros } from '../../ops/create.ts';
import * as ops from '../../ops/indexing.ts';
import type { Tensor } from '../../ops/tensor.ts';
import { at, build, indices, total, type Values } from '../reference.ts';
import { operation, type OperationSamples, sample, type SampleInput } from '../sample.ts';

function positions(shape: readonly number[], values: readonly number[]): SampleInput {
  return { shape, values, dtype: 'i32' };
}

const whole = (...values: number[]): Tensor => tensor(values, { dtype: 'i32' });

const selectCases: readonly (readonly [SampleInput, SampleInput, number])[] = [
  [{ shape: [4] }, positions([3], [3, 0, 0]), 0],
  [{ shape: [3, 4] }, positions([2], [2, 1]), 0],
  [{ shape: [3, 4] }, positions([5], [0, 3, 3, 1, 2]), -1],
  [{ shape: [2, 3, 4] }, positions([2, 2], [1, 0, 2, 2]), 1],
  [{ shape: [3, 4] }, positions([], [2]), 0],
  [{ shape: [3, 4] }, positions([0], []), 1],
  [{ shape: [4, 3], layout: 'transposed' }, positions([2], [3, 1]), 0],
  [{ shape: [3, 4], layout: 'expanded' }, positions([3], [2, 0, 2]), 1],
];

const gatherCases: readonly (readonly [SampleInput, SampleInput, number])[] = [
  [{ shape: [4] }, positions([3], [3, 0, 0]), 0],
  [{ shape: [2, 3] }, positions([2, 2], [2, 0, 1, 1]), 1],
  [{ shape: [3, 2] }, positions([4, 2], [2, 0, 1, 1, 0, 0, 2, 2]), 0],
  [{ shape: [3, 2] }, positions([1, 1], [2]), -2],
  [{ shape: [2, 3, 2] }, positions([2, 1, 2], [2, 0, 1, 1]), 1],
  [{ shape: [2, 3], layout: 'transposed' }, positions([1, 3], [1, 0, 1]), 0],
  [{ shape: [2, 3] }, positions([0, 3], []), 0],
];

export const indexingSamples = {
  indexSelect: operation(
    selectCases.map(([x, index, axis]) =>
      sample(
        [x, index],
        (a, b) => ops.indexSelect(a, axis, b),
        (a, b) => {
          const along = axis < 0 ? axis + a.shape.length : axis;
          return build(a.shape.toSpliced(along, 1, ...b.shape), (out) => {
            const position = at(b, out.slice(along, along + b.shape.length));
            return at(a, out.toSpliced(along, b.shape.length, position));
          });
        },
        { note: `axis ${axis}` },
      ),
    ),
    [
      {
        call: () => ops.indexSelect(ones([3]), 0, ones([1])),
        message: "indexSelect: needs an i32 index, not f32; use cast(index, 'i32')",
      },
      {
        call: () => ops.indexSelect(ones([3]), 0, whole(0, 3)),
        message: 'indexSelect: index 3 is out of range for an axis of extent 3',
      },
      {
        call: () => ops.indexSelect(ones([3]), 0, whole(-1)),
        message: 'indexSelect: index -1 is out of range for an axis of extent 3',
      },
      {
        call: () => ops.indexSelect(ones([3]), 1, whole(0)),
        message: 'indexSelect: axis 1 is out of range for rank 1 (allowed: -1 … 0)',
      },
      {
        call: () => ops.indexSelect(ones([3]), 0, [0] as never),
        message: 'indexSelect: expected a tensor, not an array',
      },
    ],
  ),
  gather: operation(
    gatherCases.map(([x, index, axis]) =>
      sample(
        [x, index],
        (a, b) => ops.gather(a, axis, b),
        (a, b) => {
          const along = axis < 0 ? axis + a.shape.length : axis;
          return build(b.shape, (out) => at(a, out.with(along, at(b, out))));
        },
        { note: `axis ${axis}` },
      ),
    ),
    [
      {
        call: () => ops.gather(ones([2, 3]), 0, whole(0)),
        message:
          'gather: the index [1] must have the rank of [2, 3] and, except along axis 0, no larger extents',
      },
      {
        call: () => ops.gather(ones([2]), 0, whole(2)),
        message: 'gather: index 2 is out of range for an axis of extent 2',
      },
      {
        call: () => ops.gather(ones([2]), 0, ones([1], { dtype: 'f64' })),
        message: "gather: needs an i32 index, not f64; use cast(index, 'i32')",
      },
    ],
  ),
  scatterAdd: operation(
    gatherCases.map(([x, index, axis]) =>
      sample(
        [x, index, { shape: index.shape }],
        (a, b, c) => ops.scatterAdd(a, axis, b, c),
        (a, b, c) => scattered(a, b, c, axis < 0 ? axis + a.shape.length : axis),
        { note: `axis ${axis}` },
      ),
    ),
    [
      {
        call: () => ops.scatterAdd(zeros([3]), 0, whole(1), ones([2])),
        message: 'scatterAdd: source and index differ in shape: [2] and [1]',
      },
      {
        call: () => ops.scatterAdd(zeros([3]), 0, whole(1), ones([1], { dtype: 'f64' })),
        message: 'scatterAdd: dtypes differ: f32 and f64; use cast',
      },
      {
        call: () => ops.scatterAdd(zeros([3]), 0, whole(5), ones([1])),
        message: 'scatterAdd: index 5 is out of range for an axis of extent 3',
      },
    ],
  ),
} satisfies Record<string, OperationSamples>;

function scattered(x: Values, index: Values, source: Values, axis: number): Values {
  return build(x.shape, (out) => {
    const added = indices(index.shape)
      .filter((from) => from.with(axis, at(index, from)).every((k, d) => k === out[d]))
      .map((from) => at(source, from));
    return at(x, out) + total(added);
  });
}
