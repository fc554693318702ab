/**
 * @file Samples of the operations that make tensors from nothing but numbers, patterns and seeds.
 */
import { allocate, type DType, isFloat, roundTo } from '../../dtype.ts';
import { threefry } from '../../graph/threefry.ts';
import * as ops from '../../ops/create.ts';
import { slice } from '../../ops/movement.ts';
import * as random from '../../ops/random.ts';
import type { Tensor } from '../../ops/tensor.ts';
import { at, build, type Values } from '../reference.ts';
import {
  allDTypes,
  type ErrorSample,
  floats,
  operation,
  type OperationSamples,
  type Sample,
  sample,
} from '../sample.ts';

const values = (shape: readonly number[], ...list: number[]): Values => ({ shape, values: list });

/** A call and what it gives. */
type Made = readonly [note: string, call: () => Tensor, expected: Values];

/** A call that gives a row of numbers. */
const row = (note: string, call: () => Tensor, ...expected: number[]): Made => [
  note,
  call,
  values([expected.length], ...expected),
];

/** Samples of a function that makes a tensor of the dtype asked for; in other dtypes than those given all are refused. */
function creation(
  made: (dtype: DType) => readonly Made[],
  errors: readonly ErrorSample[],
  dtypes: readonly DType[] = allDTypes,
): OperationSamples {
  const refused = allDTypes.filter((dtype) => !dtypes.includes(dtype));
  return operation(
    dtypes.flatMap((dtype) =>
      made(dtype).map(([note, call, expected]) =>
        sample([], call, () => expected, { note, dtypes: [dtype] }),
      ),
    ),
    errors,
    { refused: refused.flatMap((dtype) => made(dtype).map(([, call]) => ({ dtype, call }))) },
  );
}

/** Samples of a function that makes integers, and cannot be asked for another dtype. */
function integers(made: readonly Made[], errors: readonly ErrorSample[]): OperationSamples {
  return { ...creation(() => made, errors, ['i32']), refused: [], onlyDType: 'i32' };
}

/** The number in [0, 1) at a position of a generator's nth draw, from the published random bits. */
function unitNumber(seed: number, draw: number, position: number, dtype: DType): number {
  const words = (k0: number, k1: number, counter: number): number[] => [
    threefry(k0, k1, counter, 0, 0),
    threefry(k0, k1, counter, 0, 1),
  ];
  const [k0, k1] = words(seed, 0, draw) as [number, number];
  const [first, second] = words(k0, k1, position) as [number, number];
  /** The highest bits of a word, in the order of signed integers. */
  const highest = (bits: number, word: number): number => Math.floor((word + 2 ** 31) / 2 ** (32 - bits));
  return dtype === 'f32'
    ? highest(24, first) / 2 ** 24
    : highest(27, first) / 2 ** 27 + highest(26, second) / 2 ** 53;
}

function like(name: string, call: (x: Tensor) => Tensor, value: number): OperationSamples {
  const samples: Sample[] = [{ shape: [] }, { shape: [2, 3] }, { shape: [0] }].map((input) =>
    sample([input], call, (x) => build(x.shape, () => value)),
  );
  return operation(
    samples,
    [{ call: () => call(2 as never), message: `${name}: expected a tensor, not 2` }],
    { zeroGradient: 'does not depend on the values of its argument' },
  );
}

/** The errors that all functions of a shape share. */
function shapeErrors(name: string, call: (shape: never) => unknown): ErrorSample[] {
  return [
    { call: () => call(3 as never), message: `${name}: a shape is an array of whole numbers, not 3` },
    { call: () => call([2, -1] as never), message: `${name}: a shape holds whole numbers ≥ 0: [2, -1]` },
    { call: () => call([1.5] as never), message: `${name}: a shape holds whole numbers ≥ 0: [1.5]` },
    { call: () => call([NaN] as never), message: `${name}: a shape holds whole numbers ≥ 0: [NaN]` },
    {
      call: () => call([Infinity] as never),
      message: `${name}: a shape holds whole numbers ≥ 0: [Infinity]`,
    },
    {
      call: () => call(['2'] as never),
      message: `${name}: a shape holds whole numbers ≥ 0: [the string "2"]`,
    },
    {
      call: () => call([2 ** 20, 2 ** 20] as never),
      message: `${name}: the shape [1048576, 1048576] holds more than 2³² elements`,
    },
  ];
}

const badDType = (name: string, call: () => unknown): ErrorSample => ({
  call,
  message: `${name}: a dtype is one of bool, i32, f32, f64, not the string "float"`,
});

const float = 'float' as never;

export const createSamples = {
  tensor: creation(
    (dtype) => [
      ['a number', () => ops.tensor(1, { dtype }), values([], 1)],
      [
        'nested arrays',
        () =>
          ops.tensor(
            [
              [1, 0, 1],
              [0, 1, 1],
            ],
            { dtype },
          ),
        values([2, 3], 1, 0, 1, 0, 1, 1),
      ],
      row('booleans', () => ops.tensor([true, false], { dtype }), 1, 0),
      [
        'a typed array with a shape',
        () => ops.tensor(allocate(dtype, 4).fill(1), { shape: [2, 2] }),
        values([2, 2], 1, 1, 1, 1),
      ],
      [
        'typed rows',
        () => ops.tensor([new Float32Array([1, 0]), new Float32Array([0, 1])], { dtype }),
        values([2, 2], 1, 0, 0, 1),
      ],
      row('nothing', () => ops.tensor([], { dtype })),
      ['rows of nothing', () => ops.tensor([[], []], { dtype }), values([2, 0])],
      ...(isFloat(dtype)
        ? [row('special values', () => ops.tensor([NaN, Infinity, -0], { dtype }), NaN, Infinity, -0)]
        : []),
      ...(dtype === 'i32'
        ? [row('extremes', () => ops.tensor([-(2 ** 31), 2 ** 31 - 1], { dtype }), -(2 ** 31), 2 ** 31 - 1)]
        : []),
    ],
    [
      {
        call: () => ops.tensor([[1, 2], [3]]),
        message: 'tensor: rows differ in length: 1 at [1], 2 before it',
      },
      {
        call: () => ops.tensor([1, [2]]),
        message: 'tensor: the nesting is deeper at [1] than at the first element ([2])',
      },
      {
        call: () => ops.tensor([[1], 2]),
        message: 'tensor: the nesting is shallower at [1] than at the first element ([2, 1])',
      },
      {
        call: () => ops.tensor(['1'] as never),
        message: 'tensor: expected a number or a boolean at [0], not the string "1"',
      },
      { call: () => ops.tensor(null as never), message: 'tensor: expected a number or a boolean, not null' },
      {
        call: () => ops.tensor(undefined as never),
        message: 'tensor: expected a number or a boolean, not undefined',
      },
      {
        call: () => ops.tensor([1.5], { dtype: 'i32' }),
        message: 'tensor: 1.5 (element 0) is not a 32-bit whole number, as dtype i32 needs',
      },
      {
        call: () => ops.tensor([2], { dtype: 'bool' }),
        message: 'tensor: 2 (element 0) is not 0, 1 or a boolean, as dtype bool needs',
      },
      {
        call: () => ops.tensor([1, 2, 3], { shape: [2, 2] }),
        message: 'tensor: the shape [2, 2] holds 4 elements, but 3 were given',
      },
      {
        call: () => ops.tensor([1], { dtype: 'i32', requiresGrad: true }),
        message: 'requiresGrad: only f32 and f64 tensors have gradients, not i32',
      },
      badDType('tensor', () => ops.tensor([1], { dtype: float })),
    ],
  ),
  full: creation(
    (dtype) => [
      ['of a shape', () => ops.full([2, 2], 1, { dtype }), values([2, 2], 1, 1, 1, 1)],
      ['of no axes', () => ops.full([], 0, { dtype }), values([], 0)],
      ['of no elements', () => ops.full([0, 2], 1, { dtype }), values([0, 2])],
      row('a boolean', () => ops.full([1], true, { dtype }), 1),
      ...(isFloat(dtype) ? [row('rounded', () => ops.full([1], 0.1, { dtype }), roundTo(dtype, 0.1))] : []),
      ...(dtype === 'i32' ? [row('negative', () => ops.full([1], -7, { dtype }), -7)] : []),
    ],
    [
      ...shapeErrors('full', (shape) => ops.full(shape, 1)),
      {
        call: () => ops.full([1], '1' as never),
        message: 'full: the value is a number or a boolean, not the string "1"',
      },
      {
        call: () => ops.full([1], 0.5, { dtype: 'i32' }),
        message: 'full: 0.5 is not a 32-bit whole number, as dtype i32 needs',
      },
      badDType('full', () => ops.full([1], 1, { dtype: float })),
    ],
  ),
  zeros: creation(
    (dtype) => [row('of a shape', () => ops.zeros([3], { dtype }), 0, 0, 0)],
    shapeErrors('zeros', ops.zeros),
  ),
  ones: creation(
    (dtype) => [row('of a shape', () => ops.ones([3], { dtype }), 1, 1, 1)],
    shapeErrors('ones', ops.ones),
  ),
  zerosLike: like('zerosLike', ops.zerosLike, 0),
  onesLike: like('onesLike', ops.onesLike, 1),
  arange: creation(
    (dtype) => [
      row('stop', () => ops.arange(2, { dtype }), 0, 1),
      row('start and stop', () => ops.arange(1, 2, { dtype }), 1),
      row('downwards', () => ops.arange(1, -1, { step: -1, dtype }), 1, 0),
      row('nothing', () => ops.arange(3, 0, { dtype })),
      ...(dtype === 'bool' ? [] : [row('negative', () => ops.arange(-1, 3, { dtype }), -1, 0, 1, 2)]),
      ...(isFloat(dtype)
        ? [row('a fractional step', () => ops.arange(1, 2, { step: 0.25, dtype }), 1, 1.25, 1.5, 1.75)]
        : []),
    ],
    [
      {
        call: () => ops.arange(Infinity),
        message: 'arange: needs finite numbers and a step other than 0, not 0, Infinity, step 1',
      },
      {
        call: () => ops.arange(0, 1, { step: 0 }),
        message: 'arange: needs finite numbers and a step other than 0, not 0, 1, step 0',
      },
      {
        call: () => ops.arange(0, 1, { step: 0.5, dtype: 'i32' }),
        message: 'arange: 0, 1, step 0.5 are not whole numbers, as dtype i32 needs',
      },
      {
        call: () => ops.arange('3' as never),
        message: 'arange: needs finite numbers and a step other than 0, not 0, the string "3", step 1',
      },
      badDType('arange', () => ops.arange(3, { dtype: float })),
    ],
  ),
  linspace: creation(
    (dtype) => [
      row('five', () => ops.linspace(0, 1, 5, { dtype }), 0, 0.25, 0.5, 0.75, 1),
      row('one', () => ops.linspace(2, 3, 1, { dtype }), 2),
      row('none', () => ops.linspace(2, 3, 0, { dtype })),
      [
        'the stop exactly',
        () => slice(ops.linspace(0, 0.1, 4, { dtype }), [-1]),
        values([], roundTo(dtype, 0.1)),
      ],
    ],
    [
      {
        call: () => ops.linspace(0, 1, 3, { dtype: 'i32' }),
        message: 'linspace: gives floats, not i32',
      },
      {
        call: () => ops.linspace(0, 1, -1),
        message: 'linspace: a shape holds whole numbers ≥ 0: [-1]',
      },
    ],
    floats,
  ),
  iota: integers(
    [
      ['along an axis', () => ops.iota([2, 3], 1), values([2, 3], 0, 1, 2, 0, 1, 2)],
      ['along the first', () => ops.iota([2, 2]), values([2, 2], 0, 0, 1, 1)],
      ['from the end', () => ops.iota([2, 2], -1), values([2, 2], 0, 1, 0, 1)],
      ['nothing', () => ops.iota([0, 2]), values([0, 2])],
    ],
    [
      ...shapeErrors('iota', (shape) => ops.iota(shape, 0)),
      { call: () => ops.iota([2], 1), message: 'iota: axis 1 is out of range for rank 1 (allowed: -1 … 0)' },
    ],
  ),
  eye: creation(
    (dtype) => [
      ['square', () => ops.eye(2, 2, { dtype }), values([2, 2], 1, 0, 0, 1)],
      ['wide', () => ops.eye(2, 3, { dtype }), values([2, 3], 1, 0, 0, 0, 1, 0)],
      ['empty', () => ops.eye(0, 0, { dtype }), values([0, 0])],
    ],
    [
      { call: () => ops.eye(-1), message: 'eye: a shape holds whole numbers ≥ 0: [-1, -1]' },
      badDType('eye', () => ops.eye(1, 1, { dtype: float })),
    ],
  ),
  oneHot: operation(
    allDTypes.flatMap((dtype) => [
      sample(
        [{ shape: [3], values: [0, 2, 1], dtype: 'i32' }],
        (index) => ops.oneHot(index, 3, { dtype }),
        (index) => build([3, 3], ([i, k]) => (at(index, [i!]) === k ? 1 : 0)),
        { dtypes: [dtype] },
      ),
      sample(
        [{ shape: [2, 2], values: [-1, 5, 1, 0], dtype: 'i32' }],
        (index) => ops.oneHot(index, 3, { dtype }),
        (index) => build([2, 2, 3], ([i, j, k]) => (at(index, [i!, j!]) === k ? 1 : 0)),
        { note: 'outside the classes', dtypes: [dtype] },
      ),
    ]),
    [
      {
        call: () => ops.oneHot(ops.ones([2]), 3),
        message: "oneHot: needs an i32 index, not f32; use cast(index, 'i32')",
      },
      {
        call: () => ops.oneHot(ops.arange(2), 0),
        message: 'oneHot: classes is a whole number > 0, not 0',
      },
    ],
  ),

  uniform: creation(
    (dtype) => [
      [
        'the unit interval',
        () => random.uniform([2, 3], { generator: new random.Generator(1), dtype }),
        build([2, 3], ([i, j]) => unitNumber(1, 0, 3 * i! + j!, dtype)),
      ],
      [
        'an interval',
        () => random.uniform([5], { generator: new random.Generator(2), low: -2, high: 3, dtype }),
        build([5], ([i]) => 5 * unitNumber(2, 0, i!, dtype) - 2),
      ],
      row('of one point', () => random.uniform([2], { low: 3, high: 3, dtype }), 3, 3),
      row('nothing', () => random.uniform([0], { dtype })),
    ],
    [
      ...shapeErrors('uniform', random.uniform),
      { call: () => random.uniform([1], { dtype: 'i32' }), message: 'uniform: gives f32 or f64, not i32' },
      {
        call: () => random.uniform([1], { low: 1, high: 0 }),
        message: 'uniform: needs finite low ≤ high, not 1 and 0',
      },
      {
        call: () => random.uniform([1], { low: 0, high: Infinity }),
        message: 'uniform: needs finite low ≤ high, not 0 and Infinity',
      },
    ],
    floats,
  ),
  normal: creation(
    (dtype) => [
      [
        'the standard distribution',
        () => random.normal([2, 3], { generator: new random.Generator(3), dtype }),
        build([2, 3], ([i, j]) => {
          // Box and Muller's transformation of two draws.
          const [u, v] = [0, 1].map((draw) => unitNumber(3, draw, 3 * i! + j!, dtype)) as [number, number];
          return Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v);
        }),
      ],
      row('without spread', () => random.normal([2], { mean: 5, std: 0, dtype }), 5, 5),
    ],
    [
      ...shapeErrors('normal', random.normal),
      { call: () => random.normal([1], { dtype: 'bool' }), message: 'normal: gives f32 or f64, not bool' },
      {
        call: () => random.normal([1], { std: -1 }),
        message: 'normal: needs a finite mean and std ≥ 0, not 0 and -1',
      },
    ],
    floats,
  ),
  bernoulli: creation(
    (dtype) => [
      [
        'a coin',
        () => random.bernoulli([2, 3], { generator: new random.Generator(4), dtype }),
        build([2, 3], ([i, j]) => (unitNumber(4, 0, 3 * i! + j!, 'f32') < 0.5 ? 1 : 0)),
      ],
      row('certainty', () => random.bernoulli([3], { probability: 1, dtype }), 1, 1, 1),
      row('impossibility', () => random.bernoulli([3], { probability: 0, dtype }), 0, 0, 0),
    ],
    [
      ...shapeErrors('bernoulli', random.bernoulli),
      {
        call: () => random.bernoulli([1], { probability: 1.5 }),
        message: 'bernoulli: a probability lies in [0, 1], not 1.5',
      },
      {
        call: () => random.bernoulli([1], { probability: NaN }),
        message: 'bernoulli: a probability lies in [0, 1], not NaN',
      },
    ],
  ),
  permutation: integers(
    [
      row('of one', () => random.permutation(1), 0),
      row('of none', () => random.permutation(0)),
      row('of five', () => random.permutation(5, { generator: new random.Generator(1) }), 2, 0, 4, 1, 3),
    ],
    [
      { call: () => random.permutation(-1), message: 'permutation: a shape holds whole numbers ≥ 0: [-1]' },
      { call: () => random.permutation(2.5), message: 'permutation: a shape holds whole numbers ≥ 0: [2.5]' },
      {
        call: () => random.permutation(2, { dtype: 'f32' } as never),
        message: "permutation: has no option 'dtype'; its options are generator",
      },
    ],
  ),
} satisfies Record<string, OperationSamples>;
