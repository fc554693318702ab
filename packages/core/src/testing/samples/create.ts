/**
 * @file Samples of the operations that make tensors from nothing but numbers, patterns and seeds.
 */
import * as ops from '../../ops/create.ts';
import { slice } from '../../ops/movement.ts';
import * as random from '../../ops/random.ts';
import type { Tensor } from '../../ops/tensor.ts';
import { at, build, type Values } from '../reference.ts';
import {
  allDTypes,
  type ErrorSample,
  operation,
  type OperationSamples,
  type Sample,
  sample,
} from '../sample.ts';

const values = (shape: readonly number[], ...list: number[]): Values => ({ shape, values: list });

function creation(
  made: readonly (readonly [note: string, call: () => Tensor, expected: Values | null])[],
  errors: readonly ErrorSample[],
): OperationSamples {
  return operation(
    made.map(([note, call, expected]) =>
      sample([], call, expected === null ? null : () => expected, { note, dtypes: ['f32'] }),
    ),
    errors,
    { differentiable: false },
  );
}

function like(name: string, call: (x: Tensor) => Tensor, value: number): OperationSamples {
  const samples: Sample[] = [{ shape: [] }, { shape: [2, 3] }, { shape: [0] }].map((input) =>
    sample([input], call, (x) => build(x.shape, () => value), { dtypes: allDTypes }),
  );
  return operation(
    samples,
    [{ call: () => call(2 as never), message: `${name}: expected a tensor, not 2` }],
    {
      differentiable: false,
    },
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
    [
      ['a number', () => ops.tensor(7), values([], 7)],
      [
        'nested arrays',
        () =>
          ops.tensor([
            [1, 2, 3],
            [4, 5, 6],
          ]),
        values([2, 3], 1, 2, 3, 4, 5, 6),
      ],
      ['booleans', () => ops.tensor([true, false]), values([2], 1, 0)],
      [
        'a typed array with a shape',
        () => ops.tensor(new Float64Array([1, 2, 3, 4]), { shape: [2, 2] }),
        values([2, 2], 1, 2, 3, 4),
      ],
      [
        'typed rows',
        () => ops.tensor([new Float32Array([1, 2]), new Float32Array([3, 4])]),
        values([2, 2], 1, 2, 3, 4),
      ],
      ['nothing', () => ops.tensor([]), values([0])],
      ['rows of nothing', () => ops.tensor([[], []]), values([2, 0])],
      [
        'special values',
        () => ops.tensor([NaN, Infinity, -0], { dtype: 'f64' }),
        values([3], NaN, Infinity, -0),
      ],
      [
        'integers',
        () => ops.tensor([-(2 ** 31), 2 ** 31 - 1], { dtype: 'i32' }),
        values([2], -(2 ** 31), 2 ** 31 - 1),
      ],
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
    [
      ['of a shape', () => ops.full([2, 2], 7), values([2, 2], 7, 7, 7, 7)],
      ['of no axes', () => ops.full([], -1.5), values([], -1.5)],
      ['of no elements', () => ops.full([0, 2], 1), values([0, 2])],
      ['a boolean', () => ops.full([1], true), values([1], 1)],
      ['rounded', () => ops.full([1], 0.1), values([1], Math.fround(0.1))],
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
    [['of a shape', () => ops.zeros([3]), values([3], 0, 0, 0)]],
    shapeErrors('zeros', ops.zeros),
  ),
  ones: creation([['of a shape', () => ops.ones([3]), values([3], 1, 1, 1)]], shapeErrors('ones', ops.ones)),
  zerosLike: like('zerosLike', ops.zerosLike, 0),
  onesLike: like('onesLike', ops.onesLike, 1),
  arange: creation(
    [
      ['stop', () => ops.arange(3), values([3], 0, 1, 2)],
      ['start and stop', () => ops.arange(-1, 2), values([3], -1, 0, 1)],
      ['a fractional step', () => ops.arange(1, 2, { step: 0.25 }), values([4], 1, 1.25, 1.5, 1.75)],
      ['downwards', () => ops.arange(3, 0, { step: -1 }), values([3], 3, 2, 1)],
      ['nothing', () => ops.arange(3, 0), values([0])],
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
    [
      ['five', () => ops.linspace(0, 1, 5), values([5], 0, 0.25, 0.5, 0.75, 1)],
      ['one', () => ops.linspace(2, 3, 1), values([1], 2)],
      ['none', () => ops.linspace(2, 3, 0), values([0])],
      ['the stop exactly', () => slice(ops.linspace(0, 0.1, 4, { dtype: 'f64' }), [-1]), values([], 0.1)],
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
  ),
  iota: creation(
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
    [
      ['square', () => ops.eye(2), values([2, 2], 1, 0, 0, 1)],
      ['wide', () => ops.eye(2, 3), values([2, 3], 1, 0, 0, 0, 1, 0)],
      ['empty', () => ops.eye(0), values([0, 0])],
    ],
    [
      { call: () => ops.eye(-1), message: 'eye: a shape holds whole numbers ≥ 0: [-1, -1]' },
      badDType('eye', () => ops.eye(1, 1, { dtype: float })),
    ],
  ),
  oneHot: operation(
    [
      sample(
        [{ shape: [3], values: [0, 2, 1], dtype: 'i32' }],
        (index) => ops.oneHot(index, 3),
        (index) => build([3, 3], ([i, k]) => (at(index, [i!]) === k ? 1 : 0)),
        { dtypes: ['f32'] },
      ),
      sample(
        [{ shape: [2, 2], values: [-1, 5, 1, 0], dtype: 'i32' }],
        (index) => ops.oneHot(index, 3),
        (index) => build([2, 2, 3], ([i, j, k]) => (at(index, [i!, j!]) === k ? 1 : 0)),
        { note: 'outside the classes', dtypes: ['f32'] },
      ),
    ],
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
    { differentiable: false },
  ),

  uniform: creation(
    [
      ['f32', () => random.uniform([2, 3], { generator: new random.Generator(1) }), null],
      ['f64', () => random.uniform([2, 3], { generator: new random.Generator(1), dtype: 'f64' }), null],
      [
        'an interval',
        () => random.uniform([5], { generator: new random.Generator(2), low: -2, high: 3 }),
        null,
      ],
      ['of one point', () => random.uniform([2], { low: 3, high: 3 }), values([2], 3, 3)],
      ['nothing', () => random.uniform([0]), values([0])],
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
  ),
  normal: creation(
    [
      ['f32', () => random.normal([2, 3], { generator: new random.Generator(3) }), null],
      ['f64', () => random.normal([2, 3], { generator: new random.Generator(3), dtype: 'f64' }), null],
      ['without spread', () => random.normal([2], { mean: 5, std: 0 }), values([2], 5, 5)],
    ],
    [
      ...shapeErrors('normal', random.normal),
      { call: () => random.normal([1], { dtype: 'bool' }), message: 'normal: gives f32 or f64, not bool' },
      {
        call: () => random.normal([1], { std: -1 }),
        message: 'normal: needs a finite mean and std ≥ 0, not 0 and -1',
      },
    ],
  ),
  bernoulli: creation(
    [
      ['f32', () => random.bernoulli([2, 3], { generator: new random.Generator(4) }), null],
      ['certainty', () => random.bernoulli([3], { probability: 1, dtype: 'bool' }), values([3], 1, 1, 1)],
      ['impossibility', () => random.bernoulli([3], { probability: 0, dtype: 'i32' }), values([3], 0, 0, 0)],
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
  permutation: creation(
    [
      ['of one', () => random.permutation(1), values([1], 0)],
      ['of none', () => random.permutation(0), values([0])],
      ['of nine', () => random.permutation(9, { generator: new random.Generator(5) }), null],
    ],
    [
      { call: () => random.permutation(-1), message: 'permutation: a shape holds whole numbers ≥ 0: [-1]' },
      { call: () => random.permutation(2.5), message: 'permutation: a shape holds whole numbers ≥ 0: [2.5]' },
    ],
  ),
} satisfies Record<string, OperationSamples>;
