/**
 * @file Samples of the reductions and of what is built on them.
 */
import type { DType } from '../../dtype.ts';
import { ones } from '../../ops/create.ts';
import * as ops from '../../ops/reduce.ts';
import type { Tensor } from '../../ops/tensor.ts';
import type { Axes } from '../../shape.ts';
import { along, at, build, total, type Values } from '../reference.ts';
import {
  allDTypes,
  type ErrorSample,
  floats,
  operation,
  type OperationSamples,
  type Sample,
  sample,
  type SampleInput,
} from '../sample.ts';

type Reduction = (x: Tensor, axis?: Axes, options?: { keepDims?: boolean }) => Tensor;

const cases: readonly (readonly [SampleInput, Axes, boolean])[] = [
  [{ shape: [] }, undefined, false],
  [{ shape: [1] }, 0, false],
  [{ shape: [5] }, undefined, false],
  [{ shape: [5] }, -1, true],
  [{ shape: [2, 3] }, undefined, true],
  [{ shape: [2, 3, 4] }, 1, false],
  [{ shape: [2, 3, 4] }, [0, -1], false],
  [{ shape: [2, 3, 4] }, [-1, 1], true],
  [{ shape: [2, 3] }, [], false],
  [{ shape: [2, 0] }, 0, false],
  [{ shape: [4, 3], layout: 'transposed' }, 0, false],
  [{ shape: [3, 4], layout: 'expanded' }, -1, false],
  [{ shape: [2, 4], layout: 'strided' }, 1, false],
  [{ shape: [3, 5], layout: 'flipped' }, 0, true],
];

/** Reductions of nothing, for those that have a value for it. */
const emptyCases: typeof cases = [
  [{ shape: [0] }, undefined, false],
  [{ shape: [2, 0] }, 1, false],
  [{ shape: [0, 3] }, 0, true],
];

/** Values that only floats have, and ties. */
const specialCases: typeof cases = [
  [{ shape: [2, 3], values: [NaN, 1, 2, 3, Infinity, -Infinity] }, 1, false],
  [{ shape: [2, 3], values: [1, Infinity, 2, -Infinity, -1, 0] }, 1, false],
  [{ shape: [2, 4], values: [2, 5, 5, 1, 0, 0, 0, 0] }, 1, false],
];

const allAxes = (axes: Axes, rank: number): number[] => {
  const list = typeof axes === 'number' ? [axes] : (axes ?? Array.from({ length: rank }, (_, k) => k));
  return list.map((axis) => (axis < 0 ? axis + rank : axis));
};

function elementsPerResult([{ shape }, axes]: (typeof cases)[number]): number {
  return allAxes(axes, shape.length).reduce((count, axis) => count * shape[axis]!, 1);
}

interface Options {
  from?: readonly [number, number];
  /** Whether it has a value over an axis of extent 0. */
  empty?: boolean;
  /** Whether it is constant, or NaN, for a single element. */
  plural?: boolean;
}

function reduction(
  name: string,
  call: Reduction,
  f: (list: number[]) => number,
  { from, empty = true, plural = false }: Options = {},
): OperationSamples {
  const toSample = (
    [input, axes, keepDims]: (typeof cases)[number],
    smooth: boolean,
    dtypes: readonly DType[] = allDTypes,
  ): Sample =>
    sample(
      [from === undefined ? input : { from, ...input }],
      (x) => call(x, axes, { keepDims }),
      (x) => along(x, allAxes(axes, x.shape.length), keepDims, f),
      {
        note: `axes ${axes === undefined ? 'all' : JSON.stringify(axes)}${keepDims ? ' kept' : ''}`,
        smooth,
        dtypes,
      },
    );
  const errors: ErrorSample[] = [
    { call: () => call([1, 2] as never), message: `${name}: expected a tensor, not an array` },
    {
      call: () => call(ones([2, 3]), 2),
      message: `${name}: axis 2 is out of range for rank 2 (allowed: -2 … 1)`,
    },
    {
      call: () => call(ones([]), 0),
      message: `${name}: axis 0 is out of range for rank 0 (a single number has no axes)`,
    },
    { call: () => call(ones([2, 3]), [1, -1]), message: `${name}: an axis is named twice: [1, -1]` },
    { call: () => call(ones([2, 3]), 0.5), message: `${name}: an axis is a whole number, not 0.5` },
    {
      call: () => call(ones([2, 3]), 'x' as never),
      message: `${name}: axes are a number or an array of numbers, not the string "x"`,
    },
  ];
  if (!empty) {
    errors.push({
      call: () => call(ones([2, 0]), 1),
      message: `${name}: has no value over an axis of extent 0: [2, 0]`,
    });
  }
  return operation(
    [
      ...cases.map((entry) => toSample(entry, !plural || elementsPerResult(entry) > 1)),
      ...(empty ? emptyCases.map((entry) => toSample(entry, true)) : []),
      ...specialCases.map((entry) => toSample(entry, false, floats)),
    ],
    errors,
  );
}

const mean = (list: readonly number[]): number => total(list) / list.length;

const squares = (list: readonly number[]): number => total(list.map((x) => (x - mean(list)) ** 2));

/** JavaScript's Math.max of nothing is −∞; reductions of nothing are tested as errors. */
const largest = (list: readonly number[]): number => Math.max(...list);

const logSumExp = (list: readonly number[]): number => {
  if (list.length === 0) return -Infinity;
  const shift = Number.isFinite(largest(list)) ? largest(list) : 0;
  return shift + Math.log(total(list.map((x) => Math.exp(x - shift))));
};

/** A function of the variance, with and without correction. */
function spread(name: string, call: typeof ops.variance, f: (variance: number) => number): OperationSamples {
  const uncorrected: Reduction = (x, axis, options) => call(x, axis, { ...options, correction: 0 });
  return extend(
    reduction(name, call, (list) => (list.length > 1 ? f(squares(list) / (list.length - 1)) : NaN), {
      plural: true,
    }),
    reduction(name, uncorrected, (list) => f(squares(list) / list.length), { plural: true }),
  );
}

const pNorm =
  (p: number) =>
  (list: readonly number[]): number =>
    p === Infinity ? largest(list.map(Math.abs)) : total(list.map((x) => Math.abs(x) ** p)) ** (1 / p);

/** Adds the samples of other options to a row. */
function extend(row: OperationSamples, ...others: OperationSamples[]): OperationSamples {
  return { ...row, samples: [...row.samples, ...others.flatMap(({ samples }) => samples)] };
}

/** The first position of an extremum, or of a NaN. */
function firstPosition(list: readonly number[], better: (a: number, b: number) => boolean): number {
  const nan = list.findIndex(Number.isNaN);
  return nan >= 0 ? nan : list.reduce((best, value, k) => (better(value, list[best]!) ? k : best), 0);
}

const oneAxis: readonly (readonly [SampleInput, number | undefined, boolean])[] = [
  [{ shape: [] }, undefined, false],
  [{ shape: [4] }, 0, false],
  [{ shape: [2, 3] }, undefined, true],
  [{ shape: [2, 3, 4] }, 1, false],
  [{ shape: [2, 3, 4] }, -1, true],
  [{ shape: [0, 3] }, 1, false],
  [{ shape: [4, 3], layout: 'transposed' }, 0, false],
  [{ shape: [2, 4], values: [2, 5, 5, 1, 0, 0, 0, 0] }, 1, false],
];

function position(name: string, call: typeof ops.argmax, f: (list: number[]) => number): OperationSamples {
  const inputs: typeof oneAxis = [
    ...oneAxis,
    [{ shape: [2, 3], values: [1, NaN, 2, -Infinity, 3, Infinity] }, 1, false],
  ];
  return operation(
    inputs.map(([input, axis, keepDims], k) =>
      sample(
        [input],
        (x) => call(x, axis, { keepDims }),
        (x) => along(x, allAxes(axis, x.shape.length), keepDims, f),
        { note: `axis ${axis ?? 'all'}`, dtypes: k < oneAxis.length ? allDTypes : floats },
      ),
    ),
    [
      { call: () => call(3 as never), message: `${name}: expected a tensor, not 3` },
      {
        call: () => call(ones([2, 3]), -3),
        message: `${name}: axis -3 is out of range for rank 2 (allowed: -2 … 1)`,
      },
      {
        call: () => call(ones([2, 0]), 1),
        message: `${name}: has no value over an axis of extent 0: [2, 0]`,
      },
    ],
  );
}

/** For functions from lists to lists of the same length along one axis; `plural` if they are constant where all elements are equal. */
function scan(
  name: string,
  call: (x: Tensor, axis: number) => Tensor,
  f: (list: number[], position: number) => number,
  { plural = false } = {},
): OperationSamples {
  const inputs: readonly (readonly [SampleInput, number])[] = [
    [{ shape: [1] }, 0],
    [{ shape: [6] }, -1],
    [{ shape: [2, 3, 4] }, 1],
    [{ shape: [2, 3] }, 0],
    [{ shape: [2, 0] }, 1],
    [{ shape: [0, 2] }, 1],
    [{ shape: [3, 4], layout: 'transposed' }, 0],
    [{ shape: [3, 5], layout: 'expanded' }, 0],
    [{ shape: [5, 2], layout: 'flipped' }, 0],
  ];
  const reference =
    (given: number) =>
    (x: Values): Values => {
      const axis = given < 0 ? given + x.shape.length : given;
      return build(x.shape, (index) =>
        f(
          Array.from({ length: x.shape[axis]! }, (_, k) => at(x, index.with(axis, k))),
          index[axis]!,
        ),
      );
    };
  return operation(
    [
      ...inputs.map(([input, axis]) => {
        const smooth = !plural || (input.shape[0] !== 1 && input.layout !== 'expanded');
        return sample([input], (x) => call(x, axis), reference(axis), {
          note: `axis ${axis}`,
          smooth,
        });
      }),
      sample([{ shape: [3], values: [1000, 1000, -1000] }], (x) => call(x, 0), reference(0), {
        note: 'large values',
        smooth: false,
        dtypes: floats,
      }),
    ],
    [
      { call: () => call(3 as never, 0), message: `${name}: expected a tensor, not 3` },
      {
        call: () => call(ones([2, 3]), 2),
        message: `${name}: axis 2 is out of range for rank 2 (allowed: -2 … 1)`,
      },
    ],
  );
}

export const reduceSamples = {
  sum: reduction('sum', ops.sum, total),
  mean: reduction('mean', ops.mean, mean),
  variance: spread('variance', ops.variance, (x) => x),
  std: spread('std', ops.std, Math.sqrt),
  max: reduction('max', ops.max, largest, { empty: false }),
  min: reduction('min', ops.min, (list) => Math.min(...list), { empty: false }),
  prod: reduction('prod', ops.prod, (list) => list.reduce((product, value) => product * value, 1)),
  all: reduction('all', ops.all, (list) => (list.every((value) => value !== 0) ? 1 : 0)),
  any: reduction('any', ops.any, (list) => (list.some((value) => value !== 0) ? 1 : 0)),
  logSumExp: reduction('logSumExp', ops.logSumExp, logSumExp),
  norm: extend(
    reduction('norm', ops.norm, pNorm(2)),
    ...[1, 3, 0.5].map((p) =>
      reduction('norm', (x, axis, options) => ops.norm(x, axis, { ...options, p }), pNorm(p), {
        from: [0.5, 2],
      }),
    ),
    reduction('norm', (x, axis, options) => ops.norm(x, axis, { ...options, p: Infinity }), pNorm(Infinity), {
      empty: false,
    }),
  ),
  argmax: position('argmax', ops.argmax, (list) => firstPosition(list, (a, b) => a > b)),
  argmin: position('argmin', ops.argmin, (list) => firstPosition(list, (a, b) => a < b)),
  softmax: scan('softmax', ops.softmax, (list, k) => Math.exp(list[k]! - logSumExp(list)), {
    plural: true,
  }),
  logSoftmax: scan('logSoftmax', ops.logSoftmax, (list, k) => list[k]! - logSumExp(list), {
    plural: true,
  }),
  cumsum: scan('cumsum', ops.cumsum, (list, k) => total(list.slice(0, k + 1))),
} satisfies Record<string, OperationSamples>;
