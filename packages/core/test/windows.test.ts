/**
 * @file Sums of overlapping windows, which gradients of convolutions and pooling are made of: no plan scatters them, and
 * every backend computes what the interpreter does.
 */
import { storesOf } from '../src/compile/kernel.ts';
import { interpret } from '../src/interpret/interpret.ts';
import { assertClose, type ConvolutionOptions, gradient, normal, type Tensor, tensor } from '../src/index.ts';
import { wrap } from '../src/ops/tensor.ts';
import { topologicalOrder } from '../src/graph/traversal.ts';
import * as build from '../src/graph/build.ts';
import { planOf } from './plan-of.ts';
import { compilingBackends, withBackend } from './with-backend.ts';

const draw = (...shape: number[]): Tensor => tensor(normal(shape, { dtype: 'f64' }).data(), { shape });

/** Whether some kernel of the plan for tensors adds to what another has written. */
const scatters = (...results: readonly Tensor[]): boolean =>
  planOf(results).kernels.some((kernel) => storesOf(kernel).some(({ accumulate }) => accumulate));

/** Computes tensors on every backend, and holds them against the interpreter. */
function agree(results: readonly Tensor[]): void {
  const expected = interpret(results.map(({ node }) => node));
  for (const backend of compilingBackends) {
    withBackend(backend, () => {
      for (const [position, { node }] of results.entries()) {
        const again = wrap(build.materialize(node));
        assertClose(again, { shape: node.shape, values: expected[position]! });
      }
    });
  }
}

type Case = readonly [x: readonly number[], weight: readonly number[], options: ConvolutionOptions];

const plain = { padding: 1 };
const convolutions: readonly Case[] = [
  [[2, 3, 6, 7], [4, 3, 3, 3], plain],
  [[2, 3, 9, 8], [4, 3, 3, 2], {}],
  [[1, 2, 11, 12], [3, 2, 4, 3], { padding: [2, 1], dilation: [2, 1] }],
  [[2, 4, 7, 7], [6, 2, 3, 3], { groups: 2, padding: 1 }],
  [[1, 3, 6, 6], [3, 1, 3, 3], { groups: 3, padding: 1 }],
  [[2, 3, 13, 12], [4, 3, 3, 3], { stride: 2, padding: 1 }],
  [[1, 2, 12, 12], [3, 2, 2, 2], { stride: 2 }],
  [[1, 2, 13, 14], [3, 2, 2, 3], { stride: [3, 2], padding: [1, 0] }],
  [[1, 2, 9, 9], [3, 2, 1, 1], { stride: 2 }],
  [[2, 2, 5, 5], [3, 2, 5, 5], { padding: 2 }],
];

const slopesOf = ([shape, kernel, options]: Case): readonly [Tensor, Tensor] => {
  const [x, weight] = [draw(...shape), draw(...kernel)];
  const y = x.conv2d(weight, options);
  return gradient(y, [x, weight], { cotangent: draw(...y.shape) });
};

describe.each(convolutions)('a convolution of %j with %j, %j', (...given) => {
  test('has gradients that add up no windows in memory', () => {
    const slopes = slopesOf(given);
    expect(scatters(...slopes)).toBe(false);
    agree(slopes);
  });

  test('has second derivatives', () => {
    const [x, weight] = [draw(...given[0]), draw(...given[1])];
    const [slope] = gradient(x.conv2d(weight, given[2]).square().sum(), [x]);
    agree(gradient(slope.square().sum(), [x, weight]));
  });
});

test.each<Case>([
  [[1, 2, 3, 3], [3, 2, 3, 3], {}],
  [[1, 2, 17, 17], [3, 2, 3, 3], { stride: 2, dilation: 2 }],
  [[1, 2, 30, 30], [3, 2, 28, 28], {}],
])('windows of which few fit, or with gaps and a stride, stay right: %j with %j, %j', (...given) => {
  const slopes = slopesOf(given);
  planOf(slopes);
  agree(slopes);
});

test('the gradient of a convolution is two contractions and two paddings', () => {
  const slopes = slopesOf([[2, 3, 6, 7], [4, 3, 3, 3], plain]);
  expect(planOf(slopes).kernels.map(({ kind }) => kind)).toEqual(['loop', 'contract', 'loop', 'contract']);
});

test('the gradient of a cropped convolution is computed for what was padded no more', () => {
  const [slope] = slopesOf([[2, 3, 6, 7], [4, 3, 3, 3], plain]);
  const [contract] = planOf([slope]).kernels.filter(({ kind }) => kind === 'contract');
  expect(contract).toMatchObject({ rows: [2, 6, 7], columns: [3], inner: [4, 3, 3] });
});

test('slices of a product that has no windows leave it whole', () => {
  const product = draw(6, 5).matmul(draw(5, 4));
  const plan = planOf([product.slice([[0, 3]]), product.slice([[3, 6]])]);
  expect(plan.kernels.filter(({ kind }) => kind === 'contract').length).toBe(1);
});

describe('pooling', () => {
  test.each<readonly [string, (x: Tensor) => Tensor]>([
    ['maxPool2d', (x) => x.maxPool2d(2)],
    ['maxPool2d, overlapping', (x) => x.maxPool2d(3, { stride: 2, padding: 1 })],
    ['maxPool2d at every element', (x) => x.maxPool2d(3, { stride: 1 })],
    ['maxPool2d with gaps between windows', (x) => x.maxPool2d(2, { stride: 3 })],
    ['maxPool2d, dilated', (x) => x.maxPool2d(2, { stride: 1, dilation: 2 })],
    ['avgPool2d', (x) => x.avgPool2d(2)],
    ['avgPool2d, overlapping', (x) => x.avgPool2d(3, { stride: 2, padding: 1 })],
    ['avgPool2d without padding', (x) => x.avgPool2d(3, { stride: 2, padding: 1, countIncludePad: false })],
  ])('%s scatters no gradient', (_name, pool) => {
    const x = draw(2, 3, 10, 9);
    const y = pool(x);
    const slopes = gradient(y, [x], { cotangent: draw(...y.shape) });
    expect(scatters(...slopes)).toBe(false);
    agree(slopes);
  });

  test('takes its gradient to where it came from in one kernel', () => {
    const x = draw(2, 3, 8, 8);
    const slopes = gradient(x.maxPool2d(2), [x], { cotangent: draw(2, 3, 4, 4) });
    expect(planOf(slopes).kernels.length).toBe(1);
  });
});

test('the maximum over large windows takes few operations, and its gradient too', () => {
  const x = draw(1, 1, 40, 40);
  const y = x.maxPool2d(32, { stride: 8 });
  const slopes = gradient(y, [x], { cotangent: draw(...y.shape) });
  expect(topologicalOrder(slopes.map(({ node }) => node)).length).toBeLessThan(2000);
  agree([y, ...slopes]);
});

describe('a sum of windows', () => {
  type Windows = readonly [shape: number[], extent: number, stride: number, dilation: number];

  test.each<Windows>([
    [[2, 5, 3], 7, 1, 1],
    [[2, 5, 3], 9, 1, 2],
    [[2, 4, 3], 10, 2, 1],
    [[2, 4, 5], 12, 2, 1],
    [[2, 4, 2], 11, 3, 1],
    [[2, 3, 1], 9, 4, 1],
    [[2, 3, 2], 8, 2, 2],
    [[2, 30, 20], 49, 1, 1],
  ])('of %j in %j, stride %j, dilation %j, rounds as adding one window after the other', (...given) => {
    const [shape, extent, stride, dilation] = given;
    const windows = normal(shape).mul(1e3).data();
    const result = wrap(build.fold(tensor(windows, { shape }).node, 1, extent, stride, dilation));
    const [lines, count, size] = shape as [number, number, number];
    const expected = new Float32Array(lines * extent);
    windows.forEach((value, position) => {
      const [line, rest] = [Math.floor(position / (count * size)), position % (count * size)];
      const at = Math.floor(rest / size) * stride + (rest % size) * dilation;
      expected[line * extent + at]! += value;
    });
    for (const backend of compilingBackends)
      withBackend(backend, () => expect(wrap(build.materialize(result.node)).data()).toEqual(expected));
  });

  test('is never −0', () => {
    const zeros = tensor([
      [-0, -0],
      [-0, -0],
    ]); // prettier-ignore
    for (const stride of [1, 2, 3]) {
      const result = wrap(build.fold(zeros.node, 0, stride + 2, stride, 1));
      for (const backend of compilingBackends)
        withBackend(backend, () => {
          const values = [...wrap(build.materialize(result.node)).data()];
          expect(values.some((value) => Object.is(value, -0))).toBe(false);
        });
    }
  });
});
