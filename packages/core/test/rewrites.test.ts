/**
 * @file What the compiler must not change: non-finite values, overflow, empty sums, and work that must stay linear.
 */
import { expressionsOf, subexpressions } from '../src/compile/kernel.ts';
import { planText } from '../src/compile/plan-text.ts';
import { interpret } from '../src/interpret/interpret.ts';
import {
  assertClose,
  gradient,
  noGrad,
  ones,
  tensor,
  type Tensor,
  uniform,
  Variable,
  zeros,
} from '../src/index.ts';
import { planOf } from './plan-of.ts';
import { compilingBackends, withBackend } from './with-backend.ts';

const cases: readonly (readonly [string, () => Tensor])[] = [
  ['a zero among quotients by zero', () => tensor([0, 1]).div(0).sum()],
  ['a zero among products with infinity', () => tensor([0, 1]).mul(Infinity).sum()],
  ['products that keep a sum finite', () => tensor([3e38, 3e38]).mul(1e-30).sum()],
  ['quotients that keep a sum finite', () => tensor([3e38, 3e38]).div(2).sum()],
  [
    'an empty sum of a NaN factor',
    () =>
      zeros([2, 0])
        .mul(tensor([[NaN], [1]]))
        .sum(1),
  ],
  [
    'the softmax of infinities',
    () =>
      tensor([
        [Infinity, 0],
        [-Infinity, -Infinity],
        [1, -Infinity],
      ]).softmax(1),
  ],
  [
    'the logSumExp of infinities',
    () =>
      tensor([
        [Infinity, 0],
        [-Infinity, -Infinity],
      ]).logSumExp(1),
  ],
  [
    'large integer powers',
    () => tensor([3, -7, -7, 2], { dtype: 'i32' }).pow(tensor([40, 20, 31, 10], { dtype: 'i32' })),
  ],
];

describe.each(compilingBackends)('by the %s backend', (backend) => {
  test.each(cases)('%s', (_name, compute) => {
    const result = compute();
    const [values] = interpret([result.node]);
    withBackend(backend, () => assertClose(result, { shape: result.shape, values: values! }));
  });
});

test('integer powers wrap around at 32 bits', () => {
  const powers = tensor([3, -7, -7], { dtype: 'i32' }).pow(tensor([40, 20, 31], { dtype: 'i32' }));
  expect(powers.toArray()).toEqual([689956897, -1199696159, -265001655]);
});

test('a maximum beside NaN passes the gradient on', () => {
  const [a, b] = [tensor([NaN, 1]), tensor([1, NaN])];
  expect(gradient(a.maximum(b).sum(), [a, b]).map((slope) => slope.toArray())).toEqual([
    [1, 1],
    [1, 1],
  ]);
});

test('a running sum is a kernel of few operations for each doubling of its length', () => {
  const x = tensor(new Float64Array(1000).fill(1));
  const { kernels } = planOf([x.cumsum(0)]);
  expect(kernels.length).toBeLessThanOrEqual(10);
  for (const kernel of kernels) expect(subexpressions(expressionsOf(kernel)).length).toBeLessThanOrEqual(10);
});

test('what is added after its sign was changed is subtracted', () => {
  const [a, b] = [tensor([1, 2]), tensor([3, 5])];
  for (const [result, text] of [
    [a.add(b.neg()), 'sub(b0[i0], b1[i0])'],
    [a.neg().add(b), 'sub(b1[i0], b0[i0])'],
    [a.sub(b.neg()), 'add(b0[i0], b1[i0])'],
  ] as const)
    expect(planText(planOf([result]))).toContain(`= ${text}`);
});

test('a long running sum is right', () => {
  expect(ones([200_000]).cumsum(0).slice([-1]).item()).toBe(200_000);
});

test('a product has second derivatives at length 1,000', () => {
  const x = uniform([1000], { low: 0.99, high: 1.01, dtype: 'f64' });
  const [slope] = gradient(x.prod(), [x]);
  const [curvature] = gradient(slope.sum(), [x]);
  expect(curvature.isFinite().all().item()).toBe(true);
});

test('the interpreter reads variables and detached values whose history is gone', () => {
  withBackend('interpreter', () => {
    const count = new Variable(tensor(0));
    count.assign(count.add(1));
    expect(count.item()).toBe(1);
    const a = tensor([1, 2]).mul(2).detach();
    const b = a.mul(3);
    expect([a.toArray(), b.toArray()]).toEqual([
      [2, 4],
      [6, 12],
    ]);
  });
});

test('a gradient finds a tensor that required none when it was used', () => {
  const x = tensor(3);
  const square = x.mul(x);
  x.requiresGrad = true;
  expect(gradient(square, [x])[0].item()).toBe(6);
});

test('what is computed inside noGrad is constant, for tensors of every kind', () => {
  const x = tensor(3);
  expect(gradient(noGrad(() => x.mul(x)).add(x), [x])[0].item()).toBe(1);
});

test('a shape cannot be changed from outside', () => {
  expect(() => (zeros([2, 3]).shape as number[]).push(4)).toThrow(TypeError);
});
