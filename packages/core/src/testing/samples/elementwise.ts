/**
 * @file Samples of the elementwise operations: shapes, layouts and special values are the same for all of one arity,
 * so a row names only its function in plain numbers and the interval it is defined on.
 */
import { type DType, isFloat } from '../../dtype.ts';
import * as activation from '../../ops/activation.ts';
import * as casting from '../../ops/cast.ts';
import { ones } from '../../ops/create.ts';
import * as ops from '../../ops/elementwise.ts';
import type { Tensor, TensorLike } from '../../ops/tensor.ts';
import { elementwise } from '../reference.ts';
import {
  type ErrorSample,
  floats,
  operation,
  type OperationSamples,
  type Sample,
  sample,
  type SampleInput,
} from '../sample.ts';

type Interval = readonly [low: number, high: number];

const anywhere: Interval = [-3, 3];
const positive: Interval = [0.1, 4];
const unit: Interval = [-0.9, 0.4];

/** What a row may say besides its function. */
interface Options {
  from?: Interval;
  /** Of the second operand. */
  from2?: Interval;
  /** Where a single number has a gradient that is not 0. */
  single?: Interval;
  /** The number that stands in for one operand; by default 2. */
  number?: number;
  /** Why the gradient is zero everywhere, if it is. */
  zeroGradient?: string;
  /** Whether the plain function is right for NaN, infinities and zeros, too. */
  special?: boolean;
}

const special = [
  NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  1e-30,
  -1e-30,
  1e30,
  -1e30,
  80,
  -80,
];

function errorsOf(name: string, call: (x: never) => unknown): ErrorSample[] {
  return [
    {
      call: () => call('text' as never),
      message: `${name}: expected a tensor or a number, not the string "text"`,
    },
    { call: () => call(null as never), message: `${name}: expected a tensor or a number, not null` },
  ];
}

function unary(
  name: string,
  call: (x: Tensor) => Tensor,
  f: (x: number) => number,
  options: Options = {},
): OperationSamples {
  const { from = anywhere, single = from, zeroGradient = null } = options;
  const inputs: SampleInput[] = [
    { shape: [], from: single },
    { shape: [1], from: single },
    { shape: [7] },
    { shape: [2, 3] },
    { shape: [0] },
    { shape: [2, 0, 3] },
    { shape: [2, 1, 3] },
    { shape: [2, 3, 4], layout: 'transposed' },
    { shape: [2, 3], layout: 'strided' },
    { shape: [3, 2], layout: 'expanded' },
    { shape: [2, 3], layout: 'flipped' },
  ];
  const samples = inputs.map((input) => sample([{ from, ...input }], call, elementwise(f)));
  if (options.special !== false) {
    samples.push(
      sample([{ shape: [special.length], values: special }], call, elementwise(f), {
        note: 'special values',
        smooth: false,
        dtypes: floats,
      }),
    );
  }
  return operation(samples, errorsOf(name, call), { zeroGradient });
}

const broadcasts: readonly (readonly [SampleInput, SampleInput])[] = [
  [{ shape: [] }, { shape: [] }],
  [{ shape: [4] }, { shape: [4] }],
  [{ shape: [2, 3] }, { shape: [3] }],
  [{ shape: [] }, { shape: [2, 2] }],
  [{ shape: [2, 1] }, { shape: [1, 3] }],
  [{ shape: [1] }, { shape: [2, 3] }],
  [{ shape: [0, 3] }, { shape: [1, 3] }],
  [{ shape: [2, 1, 4] }, { shape: [3, 1] }],
  [
    { shape: [2, 3], layout: 'transposed' },
    { shape: [3], layout: 'flipped' },
  ],
  [
    { shape: [3, 2], layout: 'expanded' },
    { shape: [3, 1], layout: 'strided' },
  ],
];

function binary(
  name: string,
  call: (a: TensorLike, b: TensorLike) => Tensor,
  f: (a: number, b: number) => number,
  options: Options = {},
): OperationSamples {
  const { from = anywhere, from2 = from, number = 2 } = options;
  const reference = elementwise(f);
  const scalar = { shape: [], values: [number] };
  const samples: Sample[] = broadcasts.map(([a, b]) =>
    sample(
      [
        { from, ...a },
        { from: from2, ...b },
      ],
      call,
      reference,
    ),
  );
  samples.push(
    sample(
      [{ shape: [2, 3], from }],
      (a) => call(a, number),
      (a) => reference(a, scalar),
      {
        note: `and the number ${number}`,
      },
    ),
    sample(
      [{ shape: [2, 3], from: from2 }],
      (b) => call(number, b),
      (b) => reference(scalar, b),
      {
        note: `after the number ${number}`,
      },
    ),
  );
  if (options.special !== false) {
    const n = special.length;
    samples.push(
      sample(
        [
          { shape: [n, 1], values: special },
          { shape: [1, n], values: special },
        ],
        call,
        reference,
        { note: 'special values', smooth: false, dtypes: floats },
      ),
    );
  }
  const errors = [
    ...errorsOf(name, (x) => call(x, 1)),
    ...errorsOf(name, (x) => call(1, x)),
    {
      call: () => call(ones([2, 3]), ones([2])),
      message: `${name}: shapes do not broadcast: [2, 3] and [2] (3 ≠ 2 at axis -1)`,
    },
  ];
  return operation(samples, errors);
}

const truth = (condition: boolean): number => (condition ? 1 : 0);

/** Why functions that jump have no slope. */
const isConstantBetweenJumps = { zeroGradient: 'constant between its jumps' };

/** The error function as the integral that defines it, by Simpson's rule. */
function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  const end = Math.min(Math.abs(x), 6);
  const pieces = 2000;
  const h = end / pieces;
  let sum = 0;
  for (let k = 0; k <= pieces; k++) {
    const weight = k === 0 || k === pieces ? 1 : k % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-((k * h) ** 2));
  }
  return (Math.sign(x) * (2 / Math.sqrt(Math.PI)) * h * sum) / 3;
}

function roundHalfToEven(x: number): number {
  if (x - Math.floor(x) !== 0.5) return Math.round(x);
  return Math.floor(x) % 2 === 0 ? Math.floor(x) : Math.ceil(x);
}

function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/** IEEE 754's pow, which differs from JavaScript's at base ±1. */
function power(a: number, b: number): number {
  if (a === 1) return 1;
  return a === -1 && Math.abs(b) === Infinity ? 1 : a ** b;
}

const flagged: readonly (readonly [SampleInput, SampleInput, SampleInput])[] = [
  [{ shape: [] }, { shape: [] }, { shape: [] }],
  [{ shape: [5] }, { shape: [5] }, { shape: [5] }],
  [{ shape: [2, 1] }, { shape: [1, 3] }, { shape: [] }],
  [{ shape: [2, 3], layout: 'transposed' }, { shape: [3] }, { shape: [2, 3], layout: 'strided' }],
  [{ shape: [0] }, { shape: [1] }, { shape: [0] }],
];

const select = elementwise((condition, a, b) => (condition !== 0 ? a : b));

const clampSamples = (
  [
    [-1, 1],
    [-1, null],
    [null, 0.5],
    [2, -2],
  ] as const
).flatMap(([low, high]) =>
  [
    { shape: [], from: unit },
    { shape: [2, 5] },
    { shape: [0] },
    { shape: [4, 3], layout: 'strided' as const },
  ].map((input) =>
    sample(
      [input],
      (x) => activation.clamp(x, low, high),
      elementwise((x) => Math.min(Math.max(x, low ?? -Infinity), high ?? Infinity)),
      { note: `to ${low} … ${high}`, smooth: low !== 2 },
    ),
  ),
);

export const elementwiseSamples = {
  add: binary('add', ops.add, (a, b) => a + b),
  sub: binary('sub', ops.sub, (a, b) => a - b),
  mul: binary('mul', ops.mul, (a, b) => a * b),
  div: binary('div', ops.div, (a, b) => a / b, { from2: positive }),
  pow: binary('pow', ops.pow, power, { from: positive }),
  // Only integers meet a divisor of 0 here.
  remainder: binary('remainder', ops.remainder, (a, b) => (b === 0 ? 0 : a - b * Math.floor(a / b)), {
    from2: positive,
    special: false,
  }),
  maximum: binary('maximum', ops.maximum, Math.max, { number: 0 }),
  minimum: binary('minimum', ops.minimum, Math.min, { number: 0 }),
  atan2: binary('atan2', ops.atan2, Math.atan2),

  equal: binary('equal', ops.equal, (a, b) => truth(a === b)),
  notEqual: binary('notEqual', ops.notEqual, (a, b) => truth(a !== b)),
  less: binary('less', ops.less, (a, b) => truth(a < b)),
  lessEqual: binary('lessEqual', ops.lessEqual, (a, b) => truth(a <= b)),
  greater: binary('greater', ops.greater, (a, b) => truth(a > b)),
  greaterEqual: binary('greaterEqual', ops.greaterEqual, (a, b) => truth(a >= b)),
  logicalAnd: binary('logicalAnd', ops.logicalAnd, (a, b) => truth(a !== 0 && b !== 0)),
  logicalOr: binary('logicalOr', ops.logicalOr, (a, b) => truth(a !== 0 || b !== 0)),
  logicalXor: binary('logicalXor', ops.logicalXor, (a, b) => truth((a !== 0) !== (b !== 0))),
  logicalNot: unary('logicalNot', ops.logicalNot, (a) => truth(a === 0)),

  where: operation(
    [
      ...flagged.map(([condition, a, b]) =>
        sample([{ ...condition, dtype: 'bool' }, a, b], (c, x, y) => ops.where(c, x, y), select),
      ),
      sample(
        [{ shape: [2, 3] }, { shape: [3] }],
        (c, x) => ops.where(c, x, 0),
        (c, x) => select(c, x, { shape: [], values: [0] }),
        {
          note: 'a number condition and the number 0',
          smooth: false,
        },
      ),
      sample(
        [
          { shape: [2], values: [1, 0], dtype: 'bool' },
          { shape: [2], values: [1, NaN] },
          { shape: [2], values: [Infinity, 2] },
        ],
        (c, x, y) => ops.where(c, x, y),
        select,
        { note: 'special values', smooth: false, dtypes: floats },
      ),
    ],
    [
      ...errorsOf('where', (x) => ops.where(x, 1, 2)),
      ...errorsOf('where', (x) => ops.where(ones([2]), x, 2)),
      {
        call: () => ops.where(ones([2]), ones([3]), 0),
        message: 'where: shapes do not broadcast: [2] and [3] and [] (2 ≠ 3 at axis -1)',
      },
    ],
  ),

  neg: unary('neg', ops.neg, (x) => -x),
  abs: unary('abs', ops.abs, Math.abs),
  sign: unary('sign', ops.sign, Math.sign, isConstantBetweenJumps),
  floor: unary('floor', ops.floor, Math.floor, isConstantBetweenJumps),
  ceil: unary('ceil', ops.ceil, Math.ceil, isConstantBetweenJumps),
  round: unary('round', ops.round, roundHalfToEven, isConstantBetweenJumps),
  trunc: unary('trunc', ops.trunc, Math.trunc, isConstantBetweenJumps),
  reciprocal: unary('reciprocal', ops.reciprocal, (x) => 1 / x, { from: positive }),
  sqrt: unary('sqrt', ops.sqrt, Math.sqrt, { from: positive }),
  rsqrt: unary('rsqrt', ops.rsqrt, (x) => 1 / Math.sqrt(x), { from: positive }),
  exp: unary('exp', ops.exp, Math.exp),
  expm1: unary('expm1', ops.expm1, Math.expm1),
  log: unary('log', ops.log, Math.log, { from: positive }),
  log1p: unary('log1p', ops.log1p, Math.log1p, { from: positive }),
  sin: unary('sin', ops.sin, Math.sin),
  cos: unary('cos', ops.cos, Math.cos),
  tan: unary('tan', ops.tan, Math.tan, { from: [-1.2, 1.2] }),
  asin: unary('asin', ops.asin, Math.asin, { from: unit }),
  acos: unary('acos', ops.acos, Math.acos, { from: unit }),
  atan: unary('atan', ops.atan, Math.atan),
  sinh: unary('sinh', ops.sinh, Math.sinh),
  cosh: unary('cosh', ops.cosh, Math.cosh),
  tanh: unary('tanh', ops.tanh, Math.tanh),
  sigmoid: unary('sigmoid', ops.sigmoid, (x) => 1 / (1 + Math.exp(-x))),
  softplus: unary('softplus', ops.softplus, softplus),
  erf: unary('erf', ops.erf, erf),

  square: unary('square', activation.square, (x) => x * x),
  relu: unary('relu', activation.relu, (x) => Math.max(x, 0), { single: positive }),
  gelu: unary(
    'gelu',
    (x) => activation.gelu(x),
    (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
    { special: false },
  ),
  clamp: operation(
    [
      ...clampSamples,
      sample(
        [{ shape: [3, 4] }, { shape: [4], from: [-1, 0] }, { shape: [3, 1], from: [0, 1] }],
        (x, low, high) => activation.clamp(x, low, high),
        elementwise((x, low, high) => Math.min(Math.max(x, low), high)),
        { note: 'bounds that broadcast' },
      ),
    ],
    [
      {
        call: () => activation.clamp(ones([1])),
        message: 'clamp: at least one of low and high must be given',
      },
    ],
  ),
  isNaN: unary('isNaN', activation.isNaN, (x) => truth(Number.isNaN(x))),
  isFinite: unary('isFinite', activation.isFinite, (x) => truth(Number.isFinite(x))),

  cast: operation(
    (
      [
        ['i32', Math.trunc],
        ['bool', (x) => truth(x !== 0)],
        ['f64', (x) => x],
        ['f32', (x) => x],
      ] satisfies [DType, (x: number) => number][]
    ).flatMap(([dtype, f]) =>
      [
        { shape: [] },
        { shape: [2, 5] },
        { shape: [0] },
        { shape: [2, 3], layout: 'transposed' as const },
      ].map((input) =>
        sample(
          [input],
          (x) => casting.cast(x, dtype),
          elementwise((x) => f(x)),
          {
            note: `to ${dtype}`,
            smooth: isFloat(dtype),
          },
        ),
      ),
    ),
    [
      {
        call: () => casting.cast(ones([1]), 'f16' as never),
        message: 'cast: a dtype is one of bool, i32, f32, f64, not the string "f16"',
      },
      { call: () => casting.cast(3 as never, 'f32'), message: 'cast: expected a tensor, not 3' },
    ],
  ),
  stopGradient: identity('stopGradient', casting.stopGradient, 'stopping it is the purpose'),
  detach: identity('detach', casting.detach, 'stopping it is the purpose'),
  materialize: identity('materialize', casting.materialize, null),
} satisfies Record<string, OperationSamples>;

function identity(name: string, call: (x: Tensor) => Tensor, zeroGradient: string | null): OperationSamples {
  const inputs: SampleInput[] = [
    { shape: [] },
    { shape: [2, 3] },
    { shape: [0] },
    { shape: [3, 2], layout: 'expanded' },
  ];
  return operation(
    inputs.map((input) => sample([input], call, (x) => x)),
    [{ call: () => call(1 as never), message: `${name}: expected a tensor, not 1` }],
    { zeroGradient },
  );
}
