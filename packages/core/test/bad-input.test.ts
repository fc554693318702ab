/**
 * @file Wrong calls are errors at the call, of class WindfallError, in the name of the operation that was called.
 */
import * as wf from '../src/index.ts';
import {
  arange,
  customGradient,
  full,
  hessian,
  hessianVectorProduct,
  jacobian,
  jacobianVectorProduct,
  noGrad,
  ones,
  tensor,
  uniform,
  vectorJacobianProduct,
  zeros,
} from '../src/index.ts';
import { messageOf } from './message-of.ts';

const x = tensor([1, 2, 3]);
const matrix = ones([3, 3]);
const image = ones([1, 1, 4, 4]);
const window = ones([1, 1, 2, 2]);

/** Every function with options, called with the given ones. */
const withOptions: Readonly<Record<string, (options: never) => unknown>> = {
  tensor: (options) => tensor([1], options),
  full: (options) => full([1], 1, options),
  zeros: (options) => zeros([1], options),
  ones: (options) => ones([1], options),
  zerosLike: (options) => wf.zerosLike(x, options),
  onesLike: (options) => wf.onesLike(x, options),
  arange: (options) => arange(0, 3, options),
  linspace: (options) => wf.linspace(0, 1, 3, options),
  eye: (options) => wf.eye(2, 2, options),
  oneHot: (options) => wf.oneHot(arange(2), 2, options),
  uniform: (options) => uniform([2], options),
  normal: (options) => wf.normal([2], options),
  bernoulli: (options) => wf.bernoulli([2], options),
  permutation: (options) => wf.permutation(2, options),
  gelu: (options) => x.gelu(options),
  sum: (options) => x.sum(0, options),
  mean: (options) => x.mean(0, options),
  variance: (options) => x.variance(0, options),
  std: (options) => x.std(0, options),
  max: (options) => x.max(0, options),
  min: (options) => x.min(0, options),
  prod: (options) => x.prod(0, options),
  argmax: (options) => x.argmax(0, options),
  argmin: (options) => x.argmin(0, options),
  all: (options) => x.all(0, options),
  any: (options) => x.any(0, options),
  logSumExp: (options) => x.logSumExp(0, options),
  norm: (options) => x.norm(0, options),
  pad: (options) => x.pad([[1, 1]], options),
  conv1d: (options) => ones([1, 1, 3]).conv1d(ones([1, 1, 2]), options),
  conv2d: (options) => image.conv2d(window, options),
  maxPool1d: (options) => matrix.maxPool1d(2, options),
  maxPool2d: (options) => image.maxPool2d(2, options),
  avgPool1d: (options) => matrix.avgPool1d(2, options),
  avgPool2d: (options) => image.avgPool2d(2, options),
  gradcheck: (options) => wf.gradcheck((a) => a, [x], options),
  assertClose: (options) => {
    wf.assertClose(x, x, options);
  },
};

describe.each(Object.entries(withOptions))('the options of %s', (name, call) => {
  test('are an object', () => {
    for (const [options, text] of [
      [null, 'null'],
      ['f64', 'the string "f64"'],
      [[], 'an array'],
    ] as const)
      expect(messageOf(() => call(options as never))).toBe(`${name}: options are an object, not ${text}`);
  });

  test('have known names only', () => {
    expect(messageOf(() => call({ keepdims: true } as never))).toContain(
      `${name}: has no option 'keepdims'; its options are `,
    );
  });

  test('may be left out', () => {
    if (name !== 'gradcheck') expect(() => call({} as never)).not.toThrow();
  });
});

test('the names of the options are listed', () => {
  expect(messageOf(() => x.sum(0, { keepdims: true } as never))).toBe(
    "sum: has no option 'keepdims'; its options are keepDims",
  );
  expect(messageOf(() => x.std(0, { ddof: 1 } as never))).toBe(
    "std: has no option 'ddof'; its options are keepDims, correction",
  );
});

const wrong = (value: unknown): never => value as never;
const closedOver = tensor([1, 2, 3], { requiresGrad: true });
const selfContaining: unknown[] = [];
selfContaining[0] = selfContaining;

test.each<[call: () => unknown, message: string]>([
  [
    () => tensor(wrong(selfContaining)),
    'tensor: the nesting is deeper than 64 levels; does a list contain itself?',
  ],
  [
    () => ones([2], { requiresGrad: wrong('yes') }),
    'ones: requiresGrad is true or false, not the string "yes"',
  ],
  [() => uniform([2], { requiresGrad: wrong(1) }), 'uniform: requiresGrad is true or false, not 1'],
  [() => uniform([2], { generator: wrong(1) }), 'uniform: generator is a Generator, not 1'],
  [
    () => wf.permutation(2, { generator: wrong({}) }),
    'permutation: generator is a Generator, not an object of class Object',
  ],
  [
    () => wf.linspace(wrong('0'), 1, 3),
    'linspace: needs start and stop a finite distance apart, not the string "0" and 1',
  ],
  [() => wf.linspace(0, NaN, 3), 'linspace: needs start and stop a finite distance apart, not 0 and NaN'],
  [
    () => wf.linspace(0, Infinity, 3),
    'linspace: needs start and stop a finite distance apart, not 0 and Infinity',
  ],
  [
    () => wf.bernoulli([2], { probability: wrong('0.5') }),
    'bernoulli: a probability lies in [0, 1], not the string "0.5"',
  ],
  [() => x.sum(0, { keepDims: wrong('no') }), 'sum: keepDims is true or false, not the string "no"'],
  [() => x.prod(0, { keepDims: wrong(1) }), 'prod: keepDims is true or false, not 1'],
  [() => x.variance(0, { correction: NaN }), 'variance: correction is a finite number, not NaN'],
  [() => x.std(0, { correction: wrong('1') }), 'std: correction is a finite number, not the string "1"'],
  [() => x.std(0, { correction: wrong(null) }), 'std: correction is a finite number, not null'],
  [() => x.norm(0, { p: wrong('2') }), 'norm: p is a number > 0, not the string "2"'],
  [() => x.clamp(wrong('0')), 'clamp: expected a tensor or a number, not the string "0"'],
  [() => x.clamp(0, ones([2])), 'clamp: shapes do not broadcast: [3] and [] and [2] (3 ≠ 2 at axis -1)'],
  [() => x.unsqueeze(wrong(undefined)), 'unsqueeze: axes are a number or an array of numbers, not undefined'],
  [() => x.unsqueeze(wrong(null)), 'unsqueeze: axes are a number or an array of numbers, not null'],
  [() => x.split(wrong(undefined)), 'split: sizes are a number or an array of numbers, not undefined'],
  [() => x.split(wrong('2')), 'split: sizes are a number or an array of numbers, not the string "2"'],
  [
    () => x.slice([wrong([0, 2, 1, 1])]),
    'slice: a range is null, a number or [start, stop, step], not an array of 4',
  ],
  [() => matrix.tril(wrong('a')), 'tril: the diagonal is a whole number, not the string "a"'],
  [() => matrix.tril(NaN), 'tril: the diagonal is a whole number, not NaN'],
  [() => matrix.triu(0.5), 'triu: the diagonal is a whole number, not 0.5'],
  [() => x.pad([[1, 1]], { value: wrong('0') }), 'pad: the value is a number, not the string "0"'],
  [() => image.conv2d(ones([1, 1, 0, 2])), 'conv2d: the window of the weight [1, 1, 0, 2] has no elements'],
  [
    () => image.conv2d(window, { bias: ones([1], { dtype: 'f64' }) }),
    'conv2d: the bias has dtype f32, as the product, not f64; use cast',
  ],
  [
    () => image.avgPool2d(2, { countIncludePad: wrong(0) }),
    'avgPool2d: countIncludePad is true or false, not 0',
  ],
  [() => wf.printGraph(wrong(null)), 'printGraph: expected tensors by name, { y }, not null'],
  [() => customGradient(wrong(3)), 'customGradient: expected a function, not 3'],
  [
    () => customGradient(wrong(() => undefined))(),
    'customGradient: the function returns { value, gradient }, not undefined',
  ],
  [
    () => customGradient(wrong(() => ({ value: x })))(),
    'customGradient: the function returns { value, gradient }, but gradient is undefined',
  ],
  [
    () => {
      const same = customGradient((a: wf.Tensor) => ({ value: a.mul(1), gradient: wrong(() => x) }));
      wf.gradient(same(x).sum(), [x]);
    },
    'customGradient: the gradient returns an array of cotangents, not an object of class Tensor',
  ],
  [
    () => customGradient((a: wf.Tensor) => ({ value: a.mul(closedOver.exp()), gradient: (g) => [g] }))(x),
    'customGradient: the value depends on a tensor that requires a gradient and is not an argument; pass it as an argument or detach() it',
  ],
  [() => vectorJacobianProduct(wrong(1), [x]), 'vectorJacobianProduct: expected a function, not 1'],
  [
    () => vectorJacobianProduct((a) => a, wrong(x)),
    'vectorJacobianProduct: expected an array of inputs, not an object of class Tensor',
  ],
  [
    () => vectorJacobianProduct((a) => a, [arange(2)]),
    'vectorJacobianProduct: input 0 is i32; only f32 and f64 tensors have gradients',
  ],
  [
    () => vectorJacobianProduct((a) => a, [x], ones([3], { dtype: 'f64' })),
    'vectorJacobianProduct: the cotangent is f64, the output f32; use cast',
  ],
  [
    () =>
      jacobian(
        wrong(() => 1),
        x,
      ),
    'jacobian: the function returned 1, not a tensor',
  ],
  [
    () => jacobian((a) => a.cast('i32'), x),
    "jacobian: the function's result is i32; only f32 and f64 results have gradients",
  ],
  [
    () => jacobianVectorProduct((a) => a, [x], [ones([3], { dtype: 'f64' })]),
    'jacobianVectorProduct: tangent 0 is f64, its input f32; use cast',
  ],
  [
    () => jacobianVectorProduct((a) => a, [x], wrong(x)),
    'jacobianVectorProduct: expected an array of tangents, not an object of class Tensor',
  ],
  [
    () => hessianVectorProduct((a) => a, [x], [x]),
    "hessianVectorProduct: the function's result has shape [3], but must be a single number",
  ],
  [() => hessian((a) => a, x), "hessian: the function's result has shape [3], but must be a single number"],
])('%s is an error', (call, message) => {
  expect(messageOf(call)).toBe(message);
});

test('a typed array whose memory was transferred is an error where engines can tell', () => {
  const values = new Float32Array([1, 2]);
  structuredClone(values.buffer, { transfer: [values.buffer] });
  if (!('detached' in values.buffer)) return;
  expect(messageOf(() => tensor(values))).toBe(
    'tensor: the memory of the typed array was transferred elsewhere',
  );
});

test('what hides its class is an error, too', () => {
  const hidden = JSON.parse('{ "constructor": null }') as never;
  expect(messageOf(() => x.add(hidden))).toBe(
    'add: expected a tensor or a number, not an object of class null',
  );
});

test('64 levels of nesting are allowed', () => {
  let nested: wf.NestedArray = 1;
  for (let level = 0; level < 64; level++) nested = [nested];
  expect(tensor(nested).rank).toBe(64);
});

describe('customGradient finds closed-over tensors only where their gradient would be lost', () => {
  const scaledBy = (scale: wf.Tensor) =>
    customGradient((a: wf.Tensor) => ({ value: a.mul(scale), gradient: (g) => [g.mul(scale)] }));

  test('not where they are detached, constant, or inside noGrad', () => {
    expect(() => scaledBy(closedOver.detach())(x)).not.toThrow();
    expect(() => scaledBy(x)(closedOver)).not.toThrow();
    expect(() => noGrad(() => scaledBy(closedOver)(x))).not.toThrow();
  });

  test('not where they are arguments, computed or read before', () => {
    expect(() => scaledBy(x)(closedOver.exp().mul(2))).not.toThrow();
    const read = tensor([1, 2, 3], { requiresGrad: true }).mul(2);
    read.toArray();
    expect(() => scaledBy(x)(read)).not.toThrow();
    const readInside = customGradient((a: wf.Tensor) => {
      a.toArray();
      return { value: a.mul(2), gradient: (g) => [g] };
    });
    expect(() => readInside(tensor([1], { requiresGrad: true }))).not.toThrow();
  });

  test('also where an argument was computed from them', () => {
    expect(() => scaledBy(closedOver)(closedOver.exp())).toThrow('customGradient: the value depends on');
  });
});
