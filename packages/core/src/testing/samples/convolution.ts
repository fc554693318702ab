/**
 * @file Samples of convolution and pooling, held against naive loops.
 */
import { ones } from '../../ops/create.ts';
import * as ops from '../../ops/convolution.ts';
import type { Tensor } from '../../ops/tensor.ts';
import { at, build, indices, total, type Values } from '../reference.ts';
import {
  allDTypes,
  numbers,
  type ErrorSample,
  operation,
  type OperationSamples,
  sample,
  type SampleInput,
} from '../sample.ts';

interface Windows {
  stride: number[];
  padding: number[];
  dilation: number[];
}

/** How many windows of an extent fit along an axis. */
function count(extent: number, window: number, axis: number, { stride, padding, dilation }: Windows): number {
  const reach = (window - 1) * dilation[axis]! + 1;
  return Math.floor((extent + 2 * padding[axis]! - reach) / stride[axis]!) + 1;
}

/** The coordinates under one place of one window, or null in the padding. */
function under(
  position: readonly number[],
  place: readonly number[],
  extents: readonly number[],
  { stride, padding, dilation }: Windows,
): number[] | null {
  const index = position.map(
    (p, axis) => p * stride[axis]! + place[axis]! * dilation[axis]! - padding[axis]!,
  );
  return index.every((k, axis) => k >= 0 && k < extents[axis]!) ? index : null;
}

function convolve(
  x: Values,
  weight: Values,
  bias: Values | undefined,
  windows: Windows,
  groups: number,
): Values {
  const [batch, , ...extents] = x.shape as [number, number, ...number[]];
  const [outputs, channels, ...size] = weight.shape as [number, number, ...number[]];
  const positions = extents.map((extent, axis) => count(extent, size[axis]!, axis, windows));
  return build([batch, outputs, ...positions], ([n, o, ...position]) => {
    const group = Math.floor(o! / (outputs / groups));
    const products = indices([channels, ...size]).map(([c, ...place]) => {
      const index = under(position, place, extents, windows);
      return index === null
        ? 0
        : at(x, [n!, group * channels + c!, ...index]) * at(weight, [o!, c!, ...place]);
    });
    return total(products) + (bias === undefined ? 0 : bias.values[o!]!);
  });
}

function pool(
  x: Values,
  size: readonly number[],
  windows: Windows,
  f: (inside: number[], places: number) => number,
): Values {
  const axes = size.length;
  const extents = x.shape.slice(-axes);
  const positions = extents.map((extent, axis) => count(extent, size[axis]!, axis, windows));
  return build([...x.shape.slice(0, -axes), ...positions], (index) => {
    const under_ = indices(size).map((place) => under(index.slice(-axes), place, extents, windows));
    const inside = under_
      .filter((found) => found !== null)
      .map((found) => at(x, [...index.slice(0, -axes), ...found]));
    return f(inside, under_.length);
  });
}

type PerAxis = number | number[];

interface Case {
  x: SampleInput;
  weight: readonly number[];
  bias?: boolean;
  stride?: PerAxis;
  padding?: PerAxis;
  dilation?: PerAxis;
  groups?: number;
}

const spread = (value: PerAxis, axes: number): number[] =>
  typeof value === 'number' ? new Array<number>(axes).fill(value) : value;

function convolution(
  call: (x: Tensor, weight: Tensor, options?: ops.ConvolutionOptions) => Tensor,
  axes: number,
  cases: readonly Case[],
  errors: readonly ErrorSample[],
): OperationSamples {
  return operation(
    cases.map(({ x, weight, bias = false, stride = 1, padding = 0, dilation = 1, groups = 1 }) => {
      const options = { stride, padding, dilation, groups };
      const windows = {
        stride: spread(stride, axes),
        padding: spread(padding, axes),
        dilation: spread(dilation, axes),
      };
      return sample(
        [x, { shape: weight }, ...(bias ? [{ shape: [weight[0]!] }] : [])],
        (input, kernel, ...offset) => call(input, kernel, { ...options, bias: offset[0] ?? null }),
        (input, kernel, ...offset) => convolve(input, kernel, offset[0], windows, groups),
        { note: JSON.stringify(options), dtypes: bias ? numbers : allDTypes },
      );
    }),
    errors,
  );
}

interface PoolCase extends Omit<Case, 'weight' | 'bias' | 'groups'> {
  size: PerAxis;
}

function pooling(
  call: (x: Tensor, size: PerAxis, options?: ops.WindowOptions) => Tensor,
  axes: number,
  f: (inside: number[], places: number) => number,
  cases: readonly PoolCase[],
  errors: readonly ErrorSample[],
): OperationSamples {
  return operation(
    cases.map(({ x, size, stride, padding = 0, dilation = 1 }) => {
      const options = { padding, dilation, ...(stride === undefined ? {} : { stride }) };
      const windows = {
        stride: spread(stride ?? size, axes),
        padding: spread(padding, axes),
        dilation: spread(dilation, axes),
      };
      return sample(
        [x],
        (input) => call(input, size, options),
        (input) => pool(input, spread(size, axes), windows, f),
        { note: `size ${JSON.stringify(size)} ${JSON.stringify(options)}` },
      );
    }),
    errors,
  );
}

const largest = (inside: readonly number[]): number => Math.max(...inside);
const meanWithPadding = (inside: readonly number[], places: number): number => total(inside) / places;

const images: PoolCase[] = [
  { x: { shape: [1, 1, 4, 4] }, size: 2 },
  { x: { shape: [2, 3, 5, 4] }, size: [3, 2], stride: 1 },
  { x: { shape: [1, 2, 5, 5] }, size: 3, stride: 2, padding: 1 },
  { x: { shape: [2, 6, 6] }, size: 2, stride: [1, 3], dilation: 2 },
  { x: { shape: [1, 1, 7, 6], layout: 'transposed' }, size: [2, 3], stride: [3, 2] },
  { x: { shape: [2, 1, 3, 3] }, size: 3 },
  { x: { shape: [0, 2, 4, 4] }, size: 2 },
  { x: { shape: [1, 1, 1, 1] }, size: 1 },
];

const sequences: PoolCase[] = [
  { x: { shape: [1, 1, 6] }, size: 2 },
  { x: { shape: [2, 3, 7] }, size: 3, stride: 2, padding: 1 },
  { x: { shape: [2, 9] }, size: 3, stride: 1, dilation: 2 },
  { x: { shape: [3, 8], layout: 'expanded' }, size: 4, stride: 3 },
];

const averageWithoutPadding: OperationSamples = pooling(
  (x, size, options) => ops.avgPool2d(x, size, { ...options, countIncludePad: false }),
  2,
  (inside) => total(inside) / inside.length,
  images,
  [],
);

export const convolutionSamples = {
  conv1d: convolution(
    ops.conv1d,
    1,
    [
      { x: { shape: [1, 1, 5] }, weight: [1, 1, 3] },
      { x: { shape: [2, 3, 8] }, weight: [4, 3, 2], bias: true, stride: 2 },
      { x: { shape: [2, 4, 7] }, weight: [2, 2, 3], padding: 1, groups: 2 },
      { x: { shape: [1, 2, 9] }, weight: [3, 2, 3], dilation: 2, padding: 2 },
      { x: { shape: [3, 2, 6], layout: 'expanded' }, weight: [2, 2, 6] },
    ],
    [
      {
        call: () => ops.conv1d(ones([1, 5]), ones([1, 1, 3])),
        message: 'conv1d: the input has 3 axes [batch, channels, …], not [1, 5]',
      },
    ],
  ),
  conv2d: convolution(
    ops.conv2d,
    2,
    [
      { x: { shape: [1, 1, 4, 4] }, weight: [1, 1, 3, 3] },
      { x: { shape: [2, 3, 5, 6] }, weight: [4, 3, 3, 2], bias: true },
      { x: { shape: [2, 3, 6, 5] }, weight: [2, 3, 3, 3], stride: 2, padding: 1 },
      { x: { shape: [1, 2, 7, 7] }, weight: [2, 2, 2, 3], stride: [2, 3], padding: [1, 0], dilation: [2, 1] },
      { x: { shape: [2, 4, 4, 4] }, weight: [6, 2, 2, 2], groups: 2, bias: true },
      { x: { shape: [1, 3, 4, 4] }, weight: [3, 1, 3, 3], groups: 3, padding: 1 },
      { x: { shape: [1, 2, 1, 1] }, weight: [3, 2, 1, 1] },
      { x: { shape: [0, 2, 4, 4] }, weight: [3, 2, 2, 2] },
      { x: { shape: [1, 2, 4, 5], layout: 'transposed' }, weight: [2, 2, 2, 2] },
      { x: { shape: [1, 2, 3, 3], layout: 'strided' }, weight: [2, 2, 3, 3], padding: 2 },
    ],
    [
      {
        call: () => ops.conv2d(ones([1, 4, 4]), ones([1, 1, 3, 3])),
        message: 'conv2d: the input has 4 axes [batch, channels, …], not [1, 4, 4]',
      },
      {
        call: () => ops.conv2d(ones([1, 1, 4, 4]), ones([1, 3, 3])),
        message: 'conv2d: the weight has 4 axes [outputs, channels / groups, …], not [1, 3, 3]',
      },
      {
        call: () => ops.conv2d(ones([1, 3, 4, 4]), ones([1, 2, 3, 3])),
        message:
          'conv2d: the weight [1, 2, 3, 3] with 1 groups needs 2 channels, but the input [1, 3, 4, 4] has 3',
      },
      {
        call: () => ops.conv2d(ones([1, 3, 4, 4]), ones([2, 3, 3, 3]), { groups: 2 }),
        message: "conv2d: groups (2) must divide the input's 3 channels and the weight's 2 outputs",
      },
      {
        call: () => ops.conv2d(ones([1, 1, 2, 4]), ones([1, 1, 3, 3])),
        message:
          'conv2d: the window reaches over 3 elements, but spatial axis 0 of [1, 1, 2, 4] has 2 with its padding',
      },
      {
        call: () => ops.conv2d(ones([1, 1, 4, 4]), ones([1, 1, 3, 3]), { stride: 0 }),
        message: 'conv2d: stride is a whole number ≥ 1, or 2 of them, not 0',
      },
      {
        call: () => ops.conv2d(ones([1, 1, 4, 4]), ones([1, 1, 3, 3]), { padding: [1, 2, 3] }),
        message: 'conv2d: padding is a whole number ≥ 0, or 2 of them, not [1, 2, 3]',
      },
      {
        call: () => ops.conv2d(ones([1, 1, 4, 4]), ones([1, 1, 3, 3]), { bias: ones([2]) }),
        message: 'conv2d: the bias has shape [1], not [2]',
      },
      {
        call: () => ops.conv2d(ones([1, 1, 4, 4]), ones([1, 1, 3, 3], { dtype: 'f64' })),
        message: 'conv2d: dtypes differ: f32 × f64; use cast',
      },
    ],
  ),
  maxPool1d: pooling(ops.maxPool1d, 1, largest, sequences, [
    {
      call: () => ops.maxPool1d(ones([4]), 2),
      message: 'maxPool1d: needs at least 2 axes [channels, …], not [4]',
    },
  ]),
  maxPool2d: pooling(ops.maxPool2d, 2, largest, images, [
    {
      call: () => ops.maxPool2d(ones([1, 4, 4]), 2, { padding: 2 }),
      message: 'maxPool2d: padding 2 is more than half of the window size 2',
    },
    {
      call: () => ops.maxPool2d(ones([1, 4, 4]), 5),
      message:
        'maxPool2d: the window reaches over 5 elements, but spatial axis 0 of [1, 4, 4] has 4 with its padding',
    },
    {
      call: () => ops.maxPool2d(ones([1, 4, 4]), 0),
      message: 'maxPool2d: the window size is a whole number ≥ 1, or 2 of them, not 0',
    },
  ]),
  avgPool1d: pooling(ops.avgPool1d, 1, meanWithPadding, sequences, [
    {
      call: () => ops.avgPool1d(ones([4]), 2),
      message: 'avgPool1d: needs at least 2 axes [channels, …], not [4]',
    },
  ]),
  avgPool2d: operation(
    [...pooling(ops.avgPool2d, 2, meanWithPadding, images, []).samples, ...averageWithoutPadding.samples],
    [
      {
        call: () => ops.avgPool2d('x' as never, 2),
        message: 'avgPool2d: expected a tensor, not the string "x"',
      },
    ],
  ),
} satisfies Record<string, OperationSamples>;
