/**
 * @file Samples of the operations that rearrange elements.
 */
import { ones } from '../../ops/create.ts';
import * as ops from '../../ops/movement.ts';
import type { Tensor } from '../../ops/tensor.ts';
import { at, broadcastAt, build, type Index, type Values } from '../reference.ts';
import { type ErrorSample, operation, type OperationSamples, sample, type SampleInput } from '../sample.ts';

type Case = readonly [
  input: SampleInput,
  call: (x: Tensor) => Tensor,
  shape: readonly number[],
  source: ((index: Index, x: Values) => Index | number) | null,
];

/** Samples given by the result's shape and, for each of its elements, the coordinates it comes from, or a number; null keeps the row-major order. */
function movement(name: string, cases: readonly Case[], errors: readonly ErrorSample[]): OperationSamples {
  const samples = cases.map(([input, call, shape, source], k) =>
    sample(
      [input],
      call,
      (x) => {
        if (source === null) return { shape, values: x.values };
        return build(shape, (index) => {
          const from = source(index, x);
          return typeof from === 'number' ? from : at(x, from);
        });
      },
      { note: `case ${k} to [${shape.join(', ')}]` },
    ),
  );
  return operation(samples, [
    {
      call: () => (ops as never as Record<string, (x: unknown, y: unknown) => unknown>)[name]!(3, []),
      message: `${name}: expected a tensor, not 3`,
    },
    ...errors,
  ]);
}

const x234: SampleInput = { shape: [2, 3, 4] };
const x23: SampleInput = { shape: [2, 3] };
const transposed: SampleInput = { shape: [2, 3, 4], layout: 'transposed' };
const expanded: SampleInput = { shape: [3, 4], layout: 'expanded' };
const empty: SampleInput = { shape: [0, 3] };
const scalar: SampleInput = { shape: [] };

export const movementSamples = {
  reshape: movement(
    'reshape',
    [
      [x234, (x) => ops.reshape(x, [6, 4]), [6, 4], null],
      [x234, (x) => ops.reshape(x, [2, -1]), [2, 12], null],
      [x234, (x) => ops.reshape(x, [-1]), [24], null],
      [transposed, (x) => ops.reshape(x, [4, 6]), [4, 6], null],
      [expanded, (x) => ops.reshape(x, [2, 6]), [2, 6], null],
      [scalar, (x) => ops.reshape(x, [1, 1]), [1, 1], null],
      [{ shape: [1, 1] }, (x) => ops.reshape(x, []), [], null],
      [empty, (x) => ops.reshape(x, [3, 0]), [3, 0], null],
      [empty, (x) => ops.reshape(x, [-1, 3]), [0, 3], null],
    ],
    [
      {
        call: () => ops.reshape(ones([2, 3]), [4]),
        message: 'reshape: [2, 3] has 6 elements, which do not fill [4] (4)',
      },
      {
        call: () => ops.reshape(ones([2, 3]), [4, -1]),
        message: 'reshape: [2, 3] has 6 elements, which do not fill [4, -1]',
      },
      {
        call: () => ops.reshape(ones([2, 3]), [-1, -1]),
        message: 'reshape: a shape holds whole numbers ≥ 0: [1, -1]',
      },
      {
        call: () => ops.reshape(ones([0, 3]), [0, -1]),
        message: 'reshape: [0, 3] has 0 elements, which do not fill [0, -1]',
      },
      {
        call: () => ops.reshape(ones([6]), [2.5, 2]),
        message: 'reshape: a shape holds whole numbers ≥ 0: [2.5, 2]',
      },
      {
        call: () => ops.reshape(ones([6]), 6 as never),
        message: 'reshape: a shape is an array of whole numbers, not 6',
      },
    ],
  ),
  flatten: movement(
    'flatten',
    [
      [x234, (x) => ops.flatten(x), [24], null],
      [x234, (x) => ops.flatten(x, 1), [2, 12], null],
      [x234, (x) => ops.flatten(x, 0, -2), [6, 4], null],
      [transposed, (x) => ops.flatten(x, -2), [2, 12], null],
      [scalar, (x) => ops.flatten(x), [1], null],
      [empty, (x) => ops.flatten(x), [0], null],
    ],
    [
      {
        call: () => ops.flatten(ones([2, 3]), 1, 0),
        message: 'flatten: the start axis 1 comes after the end axis 0',
      },
      {
        call: () => ops.flatten(ones([2, 3]), 2),
        message: 'flatten: axis 2 is out of range for rank 2 (allowed: -2 … 1)',
      },
    ],
  ),
  permute: movement(
    'permute',
    [
      [x234, (x) => ops.permute(x, [2, 0, 1]), [4, 2, 3], ([i, j, k]) => [j!, k!, i!]],
      [x234, (x) => ops.permute(x, [0, -1, 1]), [2, 4, 3], ([i, j, k]) => [i!, k!, j!]],
      [x234, (x) => ops.permute(x, [0, 1, 2]), [2, 3, 4], (index) => index],
      [transposed, (x) => ops.permute(x, [2, 1, 0]), [4, 3, 2], ([i, j, k]) => [k!, j!, i!]],
      [scalar, (x) => ops.permute(x, []), [], (index) => index],
      [empty, (x) => ops.permute(x, [1, 0]), [3, 0], ([i, j]) => [j!, i!]],
    ],
    [
      {
        call: () => ops.permute(ones([2, 3]), [0, 0]),
        message: 'permute: an axis is named twice: [0, 0]',
      },
      {
        call: () => ops.permute(ones([2, 3]), [0]),
        message: 'permute: needs one entry per axis: an array for shape [2, 3]',
      },
      {
        call: () => ops.permute(ones([2, 3]), [0, 2]),
        message: 'permute: axis 2 is out of range for rank 2 (allowed: -2 … 1)',
      },
    ],
  ),
  transpose: movement(
    'transpose',
    [
      [x23, (x) => ops.transpose(x), [3, 2], ([i, j]) => [j!, i!]],
      [x234, (x) => ops.transpose(x, 0, 2), [4, 3, 2], ([i, j, k]) => [k!, j!, i!]],
      [x234, (x) => ops.transpose(x, -1, 0), [4, 3, 2], ([i, j, k]) => [k!, j!, i!]],
      [x23, (x) => ops.transpose(x, 1, 1), [2, 3], (index) => index],
      [expanded, (x) => ops.transpose(x), [4, 3], ([i, j]) => [j!, i!]],
    ],
    [
      {
        call: () => ops.transpose(ones([3])),
        message: 'transpose: axis -2 is out of range for rank 1 (allowed: -1 … 0)',
      },
    ],
  ),
  squeeze: movement(
    'squeeze',
    [
      [{ shape: [1, 3, 1] }, (x) => ops.squeeze(x), [3], null],
      [{ shape: [1, 3, 1] }, (x) => ops.squeeze(x, -1), [1, 3], null],
      [{ shape: [1, 3, 1] }, (x) => ops.squeeze(x, [0, 2]), [3], null],
      [x23, (x) => ops.squeeze(x), [2, 3], null],
      [{ shape: [1, 1] }, (x) => ops.squeeze(x), [], null],
      [{ shape: [1, 0] }, (x) => ops.squeeze(x), [0], null],
    ],
    [
      {
        call: () => ops.squeeze(ones([2, 3]), 1),
        message: 'squeeze: axis 1 of [2, 3] has extent 3, not 1',
      },
    ],
  ),
  unsqueeze: movement(
    'unsqueeze',
    [
      [x23, (x) => ops.unsqueeze(x, 0), [1, 2, 3], null],
      [x23, (x) => ops.unsqueeze(x, -1), [2, 3, 1], null],
      [x23, (x) => ops.unsqueeze(x, [0, 2]), [1, 2, 1, 3], null],
      [scalar, (x) => ops.unsqueeze(x, 0), [1], null],
      [transposed, (x) => ops.unsqueeze(x, -2), [2, 3, 1, 4], null],
    ],
    [
      {
        call: () => ops.unsqueeze(ones([2, 3]), 3),
        message: 'unsqueeze: axis 3 is out of range for rank 3 (allowed: -3 … 2)',
      },
      {
        call: () => ops.unsqueeze(ones([2, 3]), [0, 0]),
        message: 'unsqueeze: an axis is named twice: [0, 0]',
      },
    ],
  ),
  expand: movement(
    'expand',
    [
      [{ shape: [2, 1] }, (x) => ops.expand(x, [2, 3]), [2, 3], ([i]) => [i!, 0]],
      [{ shape: [3] }, (x) => ops.expand(x, [2, -1]), [2, 3], ([, j]) => [j!]],
      [{ shape: [1, 3, 1] }, (x) => ops.expand(x, [2, 4, 3, 2]), [2, 4, 3, 2], ([, , k]) => [0, k!, 0]],
      [scalar, (x) => ops.expand(x, [2, 2]), [2, 2], () => []],
      [{ shape: [1, 3] }, (x) => ops.expand(x, [0, 3]), [0, 3], ([, j]) => [0, j!]],
      [x23, (x) => ops.expand(x, [2, 3]), [2, 3], (index) => index],
      [
        { shape: [3, 1, 2], layout: 'transposed' },
        (x) => ops.expand(x, [3, 2, 2]),
        [3, 2, 2],
        ([i, , k]) => [i!, 0, k!],
      ],
    ],
    [
      {
        call: () => ops.expand(ones([2, 3]), [3]),
        message: 'expand: [3] has fewer axes than [2, 3]',
      },
      {
        call: () => ops.expand(ones([2, 3]), [1, 3]),
        message: 'expand: [2, 3] does not expand to [1, 3]: only axes of extent 1 can grow',
      },
      {
        call: () => ops.expand(ones([2, 3]), [4, 3]),
        message: 'expand: shapes do not broadcast: [2, 3] and [4, 3] (2 ≠ 4 at axis -2)',
      },
      {
        call: () => ops.expand(ones([3]), [-1, 3]),
        message: 'expand: a shape holds whole numbers ≥ 0: [-1, 3]',
      },
    ],
  ),
  pad: movement(
    'pad',
    [
      [{ shape: [3] }, (x) => ops.pad(x, [[1, 2]]), [6], ([i]) => (i! >= 1 && i! < 4 ? [i! - 1] : 0)],
      [x23, (x) => ops.pad(x, [[0, 1]]), [2, 4], ([i, j]) => (j! < 3 ? [i!, j!] : 0)],
      [
        x23,
        (x) =>
          ops.pad(
            x,
            [
              [1, 0],
              [0, 1],
            ],
            { value: 1 },
          ),
        [3, 4],
        ([i, j]) => (i! >= 1 && j! < 3 ? [i! - 1, j!] : 1),
      ],
      [{ shape: [5] }, (x) => ops.pad(x, [[-1, -2]]), [2], ([i]) => [i! + 1]],
      [{ shape: [4] }, (x) => ops.pad(x, [[-2, 1]]), [3], ([i]) => (i! < 2 ? [i! + 2] : 0)],
      [
        transposed,
        (x) =>
          ops.pad(x, [
            [1, 1],
            [0, 0],
          ]),
        [2, 5, 4],
        ([i, j, k]) => (j! >= 1 && j! < 4 ? [i!, j! - 1, k!] : 0),
      ],
      [scalar, (x) => ops.pad(x, []), [], (index) => index],
    ],
    [
      {
        call: () =>
          ops.pad(ones([2]), [
            [0, 0],
            [0, 0],
          ]),
        message: 'pad: needs at most one [before, after] per axis of [2], not an array',
      },
      {
        call: () => ops.pad(ones([2]), [[1]] as never),
        message: 'pad: widths are pairs [before, after] of whole numbers, not [1]',
      },
      {
        call: () => ops.pad(ones([2]), [[-3, 2]]),
        message: 'pad: cannot crop [-3, 2] from axis 0 of [2]',
      },
    ],
  ),
  slice: movement(
    'slice',
    [
      [x234, (x) => ops.slice(x, [0]), [3, 4], ([j, k]) => [0, j!, k!]],
      [x234, (x) => ops.slice(x, [-1, 1, -2]), [], () => [1, 1, 2]],
      [x234, (x) => ops.slice(x, [null, [1, 3]]), [2, 2, 4], ([i, j, k]) => [i!, j! + 1, k!]],
      [x234, (x) => ops.slice(x, [null, null, [null, null, 2]]), [2, 3, 2], ([i, j, k]) => [i!, j!, 2 * k!]],
      [x234, (x) => ops.slice(x, [null, [null, null, -1]]), [2, 3, 4], ([i, j, k]) => [i!, 2 - j!, k!]],
      [{ shape: [7] }, (x) => ops.slice(x, [[5, 0, -2]]), [3], ([i]) => [5 - 2 * i!]],
      [{ shape: [7] }, (x) => ops.slice(x, [[-3, 100]]), [3], ([i]) => [4 + i!]],
      [{ shape: [7] }, (x) => ops.slice(x, [[-100, -5]]), [2], (index) => index],
      [{ shape: [7] }, (x) => ops.slice(x, [[4, 2]]), [0], (index) => index],
      [{ shape: [7] }, (x) => ops.slice(x, [[1, null, 3]]), [2], ([i]) => [1 + 3 * i!]],
      [expanded, (x) => ops.slice(x, [[1], [null, 3]]), [2, 3], ([i, j]) => [1 + i!, j!]],
      [
        { shape: [3, 4], layout: 'flipped' },
        (x) => ops.slice(x, [2, [null, null, -2]]),
        [2],
        ([j]) => [2, 3 - 2 * j!],
      ],
      [empty, (x) => ops.slice(x, [null, 1]), [0], ([i]) => [i!, 1]],
    ],
    [
      {
        call: () => ops.slice(ones([2]), [0, 0]),
        message: 'slice: needs at most one range per axis of [2], not an array',
      },
      {
        call: () => ops.slice(ones([2]), [2]),
        message: 'slice: index 2 is out of range for axis 0 of extent 2',
      },
      {
        call: () => ops.slice(ones([2]), [[0, 2, 0]]),
        message: 'slice: a step is a whole number other than 0, not 0',
      },
      {
        call: () => ops.slice(ones([2]), [[0.5]]),
        message: 'slice: a bound is a whole number or null, not 0.5',
      },
      {
        call: () => ops.slice(ones([2]), ['all' as never]),
        message: 'slice: a range is null, a number or [start, stop, step], not the string "all"',
      },
    ],
  ),
  flip: movement(
    'flip',
    [
      [x23, (x) => ops.flip(x), [2, 3], ([i, j]) => [1 - i!, 2 - j!]],
      [x234, (x) => ops.flip(x, [-1, 0]), [2, 3, 4], ([i, j, k]) => [1 - i!, j!, 3 - k!]],
      [transposed, (x) => ops.flip(x, 1), [2, 3, 4], ([i, j, k]) => [i!, 2 - j!, k!]],
      [scalar, (x) => ops.flip(x), [], (index) => index],
      [empty, (x) => ops.flip(x), [0, 3], (index) => index],
    ],
    [
      {
        call: () => ops.flip(ones([2]), 1),
        message: 'flip: axis 1 is out of range for rank 1 (allowed: -1 … 0)',
      },
    ],
  ),
  concat: operation(
    [
      [[{ shape: [2] }, { shape: [3] }, { shape: [0] }], 0],
      [[x23, x23], -1],
      [[x23, { shape: [1, 3] }], 0],
      [[transposed, { shape: [2, 1, 4] }, x234], 1],
      [[x23], 1],
    ].map(([inputs, axis]) =>
      sample(
        inputs as SampleInput[],
        (...tensors) => ops.concat(tensors, axis as number),
        (...values) => joined(values, axis as number),
        { note: `axis ${axis as number}` },
      ),
    ),
    [
      { call: () => ops.concat([]), message: 'concat: needs at least one tensor' },
      {
        call: () => ops.concat(ones([2]) as never),
        message: 'concat: expected an array of tensors, not an object of class Tensor',
      },
      { call: () => ops.concat([ones([2]), 3 as never]), message: 'concat: expected a tensor, not 3' },
      {
        call: () => ops.concat([ones([2, 3]), ones([2, 2])]),
        message: 'concat: shapes differ outside axis 0: [2, 3] and [2, 2]',
      },
      {
        call: () => ops.concat([ones([2]), ones([2], { dtype: 'f64' })]),
        message: 'concat: dtypes differ: f32 and f64; use cast',
      },
      {
        call: () => ops.concat([ones([]), ones([])]),
        message: 'concat: axis 0 is out of range for rank 0 (a single number has no axes)',
      },
    ],
  ),
  stack: operation(
    [
      [[{ shape: [2] }, { shape: [2] }], 0],
      [[scalar, scalar, scalar], 0],
      [[x23, { shape: [2, 3], layout: 'transposed' as const }], -1],
      [[x23, x23], 1],
      [[empty, empty], 0],
    ].map(([inputs, axis]) =>
      sample(
        inputs as SampleInput[],
        (...tensors) => ops.stack(tensors, axis as number),
        (...values) => {
          const rank = values[0]!.shape.length + 1;
          const along = (axis as number) < 0 ? (axis as number) + rank : (axis as number);
          const grown = values.map(({ shape, values: list }) => ({
            shape: shape.toSpliced(along, 0, 1),
            values: list,
          }));
          return joined(grown, along);
        },
        { note: `axis ${axis as number}` },
      ),
    ),
    [
      { call: () => ops.stack([]), message: 'stack: needs at least one tensor' },
      { call: () => ops.stack([ones([2]), ones([3])]), message: 'stack: shapes differ: [2] and [3]' },
      {
        call: () => ops.stack([ones([2])], 2),
        message: 'stack: axis 2 is out of range for rank 2 (allowed: -2 … 1)',
      },
    ],
  ),
  split: movement(
    'split',
    [
      [{ shape: [5] }, (x) => ops.split(x, 2)[1]!, [2], ([i]) => [i! + 2]],
      [{ shape: [5] }, (x) => ops.split(x, 2)[2]!, [1], ([i]) => [i! + 4]],
      [x234, (x) => ops.split(x, [1, 3], -1)[1]!, [2, 3, 3], ([i, j, k]) => [i!, j!, k! + 1]],
      [x23, (x) => ops.split(x, [0, 2])[0]!, [0, 3], (index) => index],
      [transposed, (x) => ops.split(x, 1, 1)[2]!, [2, 1, 4], ([i, , k]) => [i!, 2, k!]],
    ],
    [
      {
        call: () => ops.split(ones([5]), [2, 2]),
        message: 'split: the sizes [2, 2] add up to 4, but axis 0 of [5] has 5',
      },
      { call: () => ops.split(ones([5]), 0), message: 'split: sizes are whole numbers, not 0' },
      { call: () => ops.split(ones([5]), [6, -1]), message: 'split: sizes are whole numbers, not [6, -1]' },
    ],
  ),
  repeat: movement(
    'repeat',
    [
      [{ shape: [2] }, (x) => ops.repeat(x, [3]), [6], ([i]) => [i! % 2]],
      [x23, (x) => ops.repeat(x, [2, 2]), [4, 6], ([i, j]) => [i! % 2, j! % 3]],
      [{ shape: [2] }, (x) => ops.repeat(x, [2, 1]), [2, 2], ([, j]) => [j!]],
      [x23, (x) => ops.repeat(x, [0, 1]), [0, 3], (index) => index],
      [
        { shape: [2, 3], layout: 'transposed' },
        (x) => ops.repeat(x, [1, 2]),
        [2, 6],
        ([i, j]) => [i!, j! % 3],
      ],
    ],
    [
      {
        call: () => ops.repeat(ones([2, 3]), [2]),
        message: 'repeat: needs at least one count per axis of [2, 3], not [2]',
      },
      {
        call: () => ops.repeat(ones([2]), [-1]),
        message: 'repeat: a shape holds whole numbers ≥ 0: [-1]',
      },
    ],
  ),
  tril: triangle('tril', ops.tril, (row, column, diagonal) => column - row <= diagonal),
  triu: triangle('triu', ops.triu, (row, column, diagonal) => column - row >= diagonal),
  diagonal: movement(
    'diagonal',
    [
      [{ shape: [3, 3] }, (x) => ops.diagonal(x), [3], ([i]) => [i!, i!]],
      [{ shape: [2, 3, 3] }, (x) => ops.diagonal(x), [2, 3], ([b, i]) => [b!, i!, i!]],
      [{ shape: [1, 1] }, (x) => ops.diagonal(x), [1], () => [0, 0]],
      [{ shape: [0, 0] }, (x) => ops.diagonal(x), [0], () => 0],
      [{ shape: [3, 3], layout: 'strided' }, (x) => ops.diagonal(x), [3], ([i]) => [i!, i!]],
    ],
    [
      {
        call: () => ops.diagonal(ones([2, 3])),
        message: 'diagonal: needs a square matrix in the last two axes, not [2, 3]',
      },
      {
        call: () => ops.diagonal(ones([2])),
        message: 'diagonal: needs a square matrix in the last two axes, not [2]',
      },
    ],
  ),
} satisfies Record<string, OperationSamples>;

function joined(values: readonly Values[], given: number): Values {
  const { shape } = values[0]!;
  const axis = given < 0 ? given + shape.length : given;
  const extent = values.reduce((sum, value) => sum + value.shape[axis]!, 0);
  return build(shape.with(axis, extent), (index) => {
    let k = index[axis]!;
    const part = values.find((value) => {
      if (k < value.shape[axis]!) return true;
      k -= value.shape[axis]!;
      return false;
    })!;
    return at(part, index.with(axis, k));
  });
}

function triangle(
  name: string,
  call: (x: Tensor, diagonal?: number) => Tensor,
  keeps: (row: number, column: number, diagonal: number) => boolean,
): OperationSamples {
  const inputs: SampleInput[] = [
    { shape: [3, 3] },
    { shape: [2, 3, 4] },
    { shape: [4, 2], layout: 'transposed' },
    { shape: [0, 2] },
  ];
  return operation(
    inputs.flatMap((input) =>
      [0, 1, -1].map((diagonal) =>
        sample(
          [input],
          (x) => call(x, diagonal),
          (x) =>
            build(x.shape, (index) =>
              keeps(index.at(-2)!, index.at(-1)!, diagonal) ? broadcastAt(x, index) : 0,
            ),
          { note: `diagonal ${diagonal}` },
        ),
      ),
    ),
    [
      { call: () => call(3 as never), message: `${name}: expected a tensor, not 3` },
      { call: () => call(ones([3])), message: `${name}: needs at least two axes, not [3]` },
    ],
  );
}
