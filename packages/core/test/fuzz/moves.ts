/**
 * @file The moves of the random-graph fuzzer: one row per operation, each a random call of it on values so far. A new
 * operation is a new row; scalar functions come from their table by themselves.
 */
import {
  bernoulli,
  concat,
  customGradient,
  einsum,
  iota,
  maximum,
  minimum,
  normal,
  oneHot,
  outer,
  stack,
  type Tensor,
  type TensorLike,
  uniform,
  where,
} from '../../src/index.ts';
import { isFloat } from '../../src/dtype.ts';
import * as build from '../../src/graph/build.ts';
import { wrap } from '../../src/ops/tensor.ts';
import { sizeOf } from '../../src/shape.ts';
import type { Draw } from './draw.ts';

/** One random operation on some of the values so far; null where it does not fit. */
export type Move = (d: Draw) => Tensor | null;

/** A reduction of a value over random axes. */
const reduction =
  (reduce: (x: Tensor, axes: number[], options: { keepDims: boolean }, d: Draw) => Tensor, emptyToo = true) =>
  (d: Draw): Tensor | null => {
    const x = d.any();
    const axes = d.axes(x);
    const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
    return count === 0 && !emptyToo ? null : reduce(x, axes, { keepDims: d.chance(0.5) }, d);
  };

/** A move along one axis of a value that has one, of an extent > 0. */
const along =
  (move: (x: Tensor, axis: number, d: Draw) => Tensor | null) =>
  (d: Draw): Tensor | null => {
    const x = d.any();
    return x.rank === 0 || x.size === 0 ? null : move(x, d.axis(x), d);
  };

/** A call with a value that is not empty. */
const filled =
  (move: (x: Tensor, d: Draw) => Tensor | null) =>
  (d: Draw): Tensor | null => {
    const x = d.any();
    return x.size === 0 ? null : move(x, d);
  };

const all = (x: Tensor, from = 0): number[] => x.shape.map((_, axis) => axis).slice(from);
const keep = { keepDims: true } as const;
const population = { correction: 0, keepDims: true } as const;
const asFloat = (x: Tensor): Tensor => (isFloat(x.dtype) ? x : x.cast('f32'));

/** A sorted random choice of divisors of the size: another shape for the same elements. */
function otherShape(d: Draw, size: number): number[] {
  const shape: number[] = [];
  let rest = size;
  while (rest > 1 && shape.length < 4) {
    const divisors = [2, 3, 4, 5, 7, 8, 9, 16, 17, rest].filter((divisor) => rest % divisor === 0);
    const extent = d.pick(divisors);
    shape.push(extent);
    rest /= extent;
  }
  return d.shuffle([...shape, ...(rest > 1 ? [rest] : []), ...(d.chance(0.3) ? [1] : [])]);
}

/** A random range of an axis: everything, an index, a stretch with a step in either direction. */
const range = (d: Draw, extent: number) =>
  d.pick([
    null,
    [null, null, -1] as const,
    [d.below(extent + 1), null, 1 + d.below(3)] as const,
    [d.below(extent + 1), d.below(extent + 1)] as const,
    [null, d.below(extent + 1), -1 - d.below(2)] as const,
    extent > 0 ? d.below(extent) : null,
  ]);

/** Widths of padding, negative ones too, that leave every axis at least nothing. */
const widths = (d: Draw, x: Tensor): (readonly [number, number])[] =>
  x.shape.map((extent) =>
    d.chance(0.4)
      ? [0, 0]
      : [d.between(-Math.min(2, extent >> 1), 2), d.between(-Math.min(2, extent >> 1), 2)],
  );

/** Windows that fit an axis of an extent > 0. */
function window(d: Draw, extent: number) {
  const padding = d.below(3);
  const size = d.between(1, Math.min(4, extent + 2 * padding));
  const dilation = (size - 1) * 2 < extent + 2 * padding ? d.between(1, 2) : 1;
  return { size, dilation, padding, stride: d.between(1, 3) };
}

function convolution(d: Draw, axes: 1 | 2): Tensor | null {
  const x = d.ofRank(axes + 2, d.chance(0.9) ? d.float() : d.any());
  if (x.size === 0) return null;
  const windows = x.shape.slice(2).map((extent) => window(d, extent));
  const channels = x.shape[1]!;
  const groups = d.pick([1, 1, 2, 3, channels].filter((count) => channels % count === 0));
  const outputs = groups * d.between(1, 3);
  const weight = d.leaf([outputs, channels / groups, ...windows.map(({ size }) => size)], x.dtype);
  const bias = d.chance(0.3) && x.dtype !== 'bool' ? { bias: d.leaf([outputs], x.dtype) } : {};
  const options = { ...windowOptions(windows), groups, ...bias };
  return axes === 1 ? x.conv1d(weight, options) : x.conv2d(weight, options);
}

function windowOptions(windows: readonly ReturnType<typeof window>[]) {
  return {
    stride: windows.map(({ stride }) => stride),
    padding: windows.map(({ padding }) => padding),
    dilation: windows.map(({ dilation }) => dilation),
  };
}

function pool(d: Draw, axes: 1 | 2, kind: 'max' | 'avg'): Tensor | null {
  const x = d.ranked(axes + 1, d.chance(0.8) ? d.float() : d.any());
  if (x.size === 0) return null;
  const windows = x.shape.slice(-axes).map((extent) => {
    const own = window(d, extent);
    // Pools are padded by at most half a window.
    const isWide = (own.size - 1) * own.dilation < extent && 2 * own.padding <= own.size;
    return isWide ? own : { ...own, size: Math.min(own.size, extent), dilation: 1, padding: 0 };
  });
  const size = windows.map((own) => own.size);
  const options = windowOptions(windows);
  if (kind === 'max') return axes === 1 ? x.maxPool1d(size, options) : x.maxPool2d(size, options);
  const counting = { ...options, countIncludePad: d.chance(0.5) };
  return axes === 1 ? x.avgPool1d(size, counting) : x.avgPool2d(size, counting);
}

/** A product with another value, or a new one, that fits on the right. */
function matmul(d: Draw): Tensor {
  const x = d.ranked(1);
  const inner = x.shape.at(-1)!;
  const fitting = d.values.filter((y) => y.dtype === x.dtype && y.rank === 2 && y.shape[0] === inner);
  if (fitting.length > 0 && d.chance(0.3)) return x.matmul(d.pick(fitting));
  if (x.rank >= 2 && d.chance(0.25)) return d.chance(0.5) ? x.matmul(x.transpose()) : x.transpose().matmul(x);
  const batch = d.chance(0.3) ? x.shape.slice(0, -2).map((extent) => (d.chance(0.3) ? 1 : extent)) : [];
  const columns = d.pick([1, 2, 3, 5, 7, 8, 9, 17, 33]);
  if (d.chance(0.15)) return x.matmul(d.leaf([inner], x.dtype));
  return d.chance(0.5)
    ? x.matmul(d.leaf([...batch, inner, columns], x.dtype))
    : x.matmul(d.leaf([...batch, columns, inner], x.dtype).transpose());
}

/** A value times a new one, with random labels: batches, sums, outer products, in any order of the axes. */
function randomEinsum(d: Draw): Tensor | null {
  const x = d.any();
  if (x.rank > 4) return null;
  const own = Array.from('abcd').slice(0, x.rank);
  const extents = new Map(own.map((label, axis) => [label, x.shape[axis]!]));
  const added = Array.from('ef').slice(0, d.below(3));
  for (const label of added) extents.set(label, d.pick([1, 2, 3, 5, 7, 9]));
  const other = d.shuffle([...d.some(own, 0.6), ...added]);
  const result = d.shuffle(d.some([...own, ...added], 0.6));
  const y = d.leaf(
    other.map((label) => extents.get(label)!),
    x.dtype,
  );
  return d.chance(0.5)
    ? einsum(`${own.join('')},${other.join('')}->${result.join('')}`, x, y)
    : einsum(`${other.join('')},${own.join('')}->${result.join('')}`, y, x);
}

/** x less its mean, over its spread, along axes, perhaps scaled and shifted: batch, layer and group normalization. */
function normalize(d: Draw, x: Tensor, axes: number[]): Tensor {
  const spread = x.variance(axes, population).add(d.pick([1e-5, 0.1, 1]));
  const y = x.sub(x.mean(axes, keep)).mul(d.chance(0.5) ? spread.rsqrt() : spread.sqrt().reciprocal());
  const rest = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  return d.chance(0.5) ? y : y.mul(d.leaf(rest, x.dtype)).add(d.leaf(rest, x.dtype));
}

const reducers: readonly ((x: Tensor, axes: number[]) => Tensor)[] = [
  (x, axes) => x.sum(axes, keep),
  (x, axes) => x.mean(axes, keep),
  (x, axes) => x.max(axes, keep),
  (x, axes) => x.min(axes, keep),
  (x, axes) => x.variance(axes, population),
  (x, axes) => x.abs().mean(axes, keep),
  (x, axes) => x.square().sum(axes, keep),
];

/** A reduction spread over what it was of, a function of both, and again a reduction of that, perhaps over other axes. */
function reduceSpreadReduce(d: Draw): Tensor | null {
  const x = d.float();
  if (x.size === 0) return null;
  const axes = d.axes(x);
  const first = d.pick(reducers)(x, axes);
  const second = d.chance(0.5) ? d.pick(reducers)(x, axes) : first;
  const mixed = d.pick([
    x.sub(first),
    x.mul(first),
    x.div(second.abs().add(1)),
    where(x.less(first), x, second),
  ]);
  const again = d.chance(0.7) ? d.pick(reducers)(mixed, d.chance(0.6) ? axes : d.axes(x)) : mixed;
  return d.pick([again, mixed.mul(again), x.add(again), mixed.sub(again).add(second)]);
}

/** The identity with an unusual gradient. */
const steered = customGradient((x: Tensor) => ({ value: x.mul(1), gradient: (g) => [g.clamp(-0.5, 0.5)] }));

const mirrored = (d: Draw, x: Tensor, number: TensorLike, name: 'add' | 'sub' | 'mul' | 'maximum'): Tensor =>
  d.chance(0.5) ? x[name](number) : x[name](x.flip());

/** All moves, each with how often it is drawn compared with others. */
export const moves: Readonly<Record<string, readonly [weight: number, move: Move]>> = {
  'scalar function': [24, (d) => d.scalar()],
  arithmetic: [8, (d) => d.scalar(d.pick(['add', 'sub', 'mul', 'div']))],
  'with a number or mirrored': [
    3,
    (d) => mirrored(d, d.any(), d.constant(-3, 3), d.pick(['add', 'sub', 'mul', 'maximum'])),
  ],
  relu: [2, (d) => d.any().relu()],
  square: [1, (d) => d.any().square()],
  gelu: [1, (d) => d.float().gelu({ approximate: d.pick(['none', 'tanh']) })],
  clamp: [1, (d) => d.any().clamp(d.constant(-1, 0), d.chance(0.5) ? null : d.constant(0, 1))],
  'clamp by tensors': [1, (d) => ((x) => x.clamp(d.partner(x), d.partner(x)))(d.float())],
  isNaN: [1, (d) => d.any().isNaN()],
  isFinite: [1, (d) => d.any().isFinite()],
  cast: [3, (d) => d.any().cast(d.dtype())],
  'extremum of two': [2, (d) => ((x) => d.pick([maximum, minimum])(x, d.partner(x)))(d.any())],
  where: [3, (d) => ((x) => where(d.flag(x), x, d.partner(x)))(d.any())],

  sum: [4, reduction((x, axes, options) => x.sum(axes, options))],
  mean: [2, reduction((x, axes, options) => x.mean(axes, options), false)],
  variance: [
    4,
    reduction((x, axes, options, d) => x.variance(axes, { ...options, correction: d.below(2) }), false),
  ],
  std: [1, reduction((x, axes, options) => x.std(axes, { ...options, correction: 0 }), false)],
  max: [2, reduction((x, axes, options) => x.max(axes, options), false)],
  min: [2, reduction((x, axes, options) => x.min(axes, options), false)],
  prod: [1, reduction((x, axes, options) => x.prod(axes, options))],
  norm: [
    1,
    reduction((x, axes, options, d) => x.norm(axes, { ...options, p: d.pick([1, 2, 3, Infinity]) }), false),
  ],
  logSumExp: [1, reduction((x, axes, options) => x.logSumExp(axes, options), false)],
  any: [1, reduction((x, axes, options, d) => (d.chance(0.5) ? x.any(axes, options) : x.all(axes, options)))],
  argmax: [1, along((x, axis, d) => (d.chance(0.5) ? x.argmax(axis) : x.argmin(axis)))],
  softmax: [2, along((x, axis, d) => (d.chance(0.5) ? x.softmax(axis) : x.logSoftmax(axis)))],
  cumsum: [1, along((x, axis) => x.cumsum(axis))],

  permute: [3, (d) => ((x) => x.permute(d.shuffle(all(x))))(d.any())],
  reshape: [3, filled((x, d) => x.reshape(otherShape(d, x.size)))],
  flatten: [1, (d) => d.any().flatten()],
  'squeeze or unsqueeze': [
    1,
    (d) => ((x) => (d.chance(0.5) ? x.squeeze() : x.unsqueeze(d.below(x.rank + 1))))(d.any()),
  ],
  expand: [
    3,
    (d) =>
      ((x) =>
        x.expand([
          ...(d.chance(0.4) ? [d.between(1, 4)] : []),
          ...x.shape.map((extent) => (extent === 1 ? d.extent() : extent)),
        ]))(d.any()),
  ],
  repeat: [1, (d) => ((x) => x.repeat(x.shape.map(() => d.pick([1, 1, 2, 3]))))(d.any())],
  pad: [
    3,
    (d) =>
      ((x) => x.pad(widths(d, x), { value: x.dtype === 'bool' || d.chance(0.6) ? 0 : d.between(-1, 1) }))(
        d.any(),
      ),
  ],
  'pad between elements': [
    2,
    (d) =>
      ((x) =>
        wrap(
          build.pad(
            x.node,
            x.shape.map((extent) => ({
              low: d.below(2),
              high: d.below(2),
              interior: extent > 1 ? d.below(3) : 0,
            })),
            d.below(2),
          ),
        ))(d.any()),
  ],
  slice: [5, (d) => ((x) => x.slice(x.shape.map((extent) => range(d, extent))))(d.any())],
  flip: [2, (d) => ((x) => x.flip(d.axes(x)))(d.any())],
  concat: [
    2,
    along((x, axis, d) =>
      concat(d.shuffle([x, x.flip(axis), d.leaf(x.shape.with(axis, d.below(4)), x.dtype)]), axis),
    ),
  ],
  stack: [1, (d) => ((x) => stack([x, d.leaf(x.shape, x.dtype)], d.below(x.rank + 1)))(d.any())],
  'split and recombine': [
    1,
    along((x, axis, d) => concat(d.shuffle(x.split(Math.ceil(x.shape[axis]! / 2), axis)), axis)),
  ],
  triangle: [
    1,
    (d) => ((x) => (d.chance(0.5) ? x.tril(d.between(-1, 1)) : x.triu(d.between(-1, 1))))(d.ranked(2)),
  ],
  diagonal: [1, (d) => ((x) => x.matmul(x.transpose()).diagonal())(d.ranked(2, d.float()))],
  materialize: [1, (d) => d.any().materialize()],
  stopGradient: [1, (d) => d.any().stopGradient()],
  customGradient: [1, (d) => steered(d.float())],

  unfold: [
    3,
    along((x, axis, d) => {
      const { size, dilation, stride, padding } = window(d, x.shape[axis]!);
      const isWide = (size - 1) * dilation >= x.shape[axis]! || padding > 1;
      return wrap(build.unfold(x.node, axis, isWide ? 1 : size, stride, dilation));
    }),
  ],
  fold: [
    2,
    (d) => {
      const x = d.ranked(2);
      const [axis, stride, dilation] = [d.below(x.rank - 1), d.between(1, 3), d.between(1, 2)];
      if (x.dtype === 'bool' || x.size === 0) return null;
      const extent = (x.shape[axis]! - 1) * stride + (x.shape.at(-1)! - 1) * dilation + 1 + d.below(stride);
      return wrap(build.fold(x.node, axis, extent, stride, dilation));
    },
  ],
  conv1d: [2, (d) => convolution(d, 1)],
  conv2d: [3, (d) => convolution(d, 2)],
  'average pooling': [2, (d) => pool(d, d.pick([1, 2]), 'avg')],
  'max pooling': [2, (d) => pool(d, d.pick([1, 2]), 'max')],

  matmul: [7, matmul],
  einsum: [6, randomEinsum],
  outer: [1, (d) => ((x) => outer(x, d.leaf([d.extent()], x.dtype)))(d.ofRank(1, d.any()))],
  dot: [1, (d) => ((x) => x.dot(d.leaf(x.shape, x.dtype)))(d.ofRank(1, d.any()))],

  indexSelect: [
    2,
    along((x, axis, d) => x.indexSelect(axis, d.index(d.pick([[3], [2, 2], [], [5]]), x.shape[axis]!))),
  ],
  gather: [
    2,
    along((x, axis, d) => x.gather(axis, d.index(x.shape.with(axis, d.between(1, 4)), x.shape[axis]!))),
  ],
  scatterAdd: [
    2,
    along((x, axis, d) => {
      if (x.dtype === 'bool') return null;
      const target = x.shape.with(axis, d.between(1, 4));
      return d.leaf(target, x.dtype).scatterAdd(axis, d.index(x.shape, target[axis]!), x);
    }),
  ],
  oneHot: [1, (d) => oneHot(d.any().cast('i32').remainder(4), d.between(2, 5))],

  iota: [1, (d) => ((x) => (x.rank === 0 ? null : x.add(iota(x.shape, d.axis(x)))))(d.any())],
  uniform: [
    1,
    (d) => uniform(d.any().shape, { dtype: d.pick(['f32', 'f64']), generator: d.generator(), low: -1 }),
  ],
  normal: [1, (d) => normal(d.any().shape, { dtype: d.pick(['f32', 'f64']), generator: d.generator() })],
  dropout: [
    2,
    (d) => ((x) => x.mul(bernoulli(x.shape, { dtype: 'bool', generator: d.generator() })).mul(2))(d.float()),
  ],

  'batch normalization': [
    2,
    (d) =>
      ((x) =>
        x.size === 0
          ? null
          : normalize(
              d,
              x,
              all(x).filter((axis) => axis !== 1),
            ))(d.ranked(2, d.float())),
  ],
  'layer normalization': [
    2,
    (d) =>
      ((x) => (x.size === 0 ? null : normalize(d, x, all(x, d.between(1, x.rank - 1)))))(
        d.ranked(2, d.float()),
      ),
  ],
  'any normalization': [2, (d) => ((x) => (x.size === 0 ? null : normalize(d, x, d.axes(x))))(d.float())],
  'root mean square': [
    1,
    along((x, axis) => ((y) => y.mul(y.square().mean(axis, keep).add(0.1).rsqrt()))(asFloat(x))),
  ],
  'cross entropy': [
    1,
    (d) => {
      const x = d.ofRank(2);
      if (x.size === 0) return null;
      const target = d.index([x.shape[0]!, 1], x.shape[1]!);
      return x.logSoftmax(1).gather(1, target).neg().mean();
    },
  ],
  attention: [
    1,
    (d) => {
      const x = d.ofRank(3);
      if (sizeOf(x.shape) === 0) return null;
      const scores = x.matmul(x.transpose()).mul(1 / Math.sqrt(x.shape[2]!));
      return scores.softmax().matmul(d.chance(0.5) ? x : d.leaf(x.shape, x.dtype));
    },
  ],
  'reduce, spread, reduce': [6, reduceSpreadReduce],
};
