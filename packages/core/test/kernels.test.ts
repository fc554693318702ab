/**
 * @file Small graphs whose kernels depend on one another in every way: a result that is read by an epilogue, a
 * reduction that feeds a contraction, a scatter beside a reduction. Each must give what the interpreter gives.
 */
import {
  assertClose,
  concat,
  einsum,
  evaluate,
  full,
  Generator,
  gradient,
  normal,
  ones,
  Tensor,
  tensor,
  where,
} from '../src/index.ts';
import { unfold } from '../src/graph/build.ts';
import { planOf } from './plan-of.ts';
import { compilingBackends, withBackend } from './with-backend.ts';
import { interpret } from '../src/interpret/interpret.ts';

const generator = new Generator(41);
const draw = (...shape: number[]): Tensor => {
  const x = normal(shape, { dtype: 'f64', generator });
  return tensor(x.data(), { shape });
};
const index = tensor([0, 1, 1], { dtype: 'i32' });
const vector = draw(3);
const matrix = draw(3, 3);
const cube = draw(2, 3, 3);

test.each<[string, () => Tensor]>([
  ['a reduction beside a contraction', () => cube.sum(0).add(matrix.matmul(matrix))],
  ['a contraction beside a reduction', () => matrix.matmul(matrix).mul(2).add(cube.sum(0))],
  [
    'a reduction beside a scatter',
    () =>
      cube.sum(0).add(
        ones([3, 3], { dtype: 'f64' })
          .scatterAdd(0, index.reshape([3, 1]).expand([3, 3]), matrix)
          .transpose(),
      ),
  ],
  [
    'a reduction that feeds a contraction',
    () =>
      matrix
        .sum(1, { keepDims: true })
        .div(3)
        .div(vector.reshape([3, 1]))
        .matmul(draw(1)),
  ],
  [
    'a reduction that feeds a scatter',
    () => ones([3], { dtype: 'f64' }).scatterAdd(0, index, matrix.min(1).div(vector)),
  ],
  [
    'a reduction of constants that feeds a scatter',
    () => ones([3], { dtype: 'f64' }).scatterAdd(0, index, ones([3, 3], { dtype: 'f64' }).sum(1)),
  ],
  [
    'a choice by a reduction between scattered values',
    () => where(matrix.variance(1).less(0.5), 0, vector.scatterAdd(0, index, vector).add(1).div(vector)),
  ],
  [
    'a reduction spread over what it was of, times a contraction',
    () =>
      matrix
        .equal(matrix.max(1, { keepDims: true }))
        .cast('f64')
        .mul(matrix.matmul(vector).add(1).div(vector).reshape([3, 1])),
  ],
  ['a mean, reshaped into fewer axes', () => cube.mean(1, { keepDims: true }).reshape([6])],
  [
    'a reshape beside a reduction that keeps finer axes',
    () => concat([cube.sum(0).reshape([9]), matrix.flip().reshape([9])], 0),
  ],
  [
    'every third window, of which there is one',
    () => new Tensor(unfold(cube.node, 1, 2, 1, 1)).slice([null, [null, null, 3]]).mul(1),
  ],
  ['two reductions of one tensor', () => matrix.sum(1).mul(matrix.max(1))],
  ['two reductions over different axes', () => matrix.sum(1).add(matrix.sum(0))],
  [
    'a reduction of a reduction',
    () =>
      matrix
        .sub(matrix.mean(1, { keepDims: true }))
        .square()
        .sum(1),
  ],
  [
    'a contraction of contractions beside reductions of them',
    () => {
      const product = matrix.matmul(matrix);
      return product
        .matmul(product.tanh())
        .add(product.sum(0))
        .sub(product.max(1, { keepDims: true }));
    },
  ],
  ['a contraction of a softmax', () => matrix.softmax().matmul(matrix).softmax(0)],
  [
    'a concatenation of a reduction and a contraction',
    () =>
      cube
        .sum([1, 2])
        .unsqueeze(1)
        .mul(matrix.matmul(vector))
        .add(cube.mean([0, 1])),
  ],
])('%s', (_name, make) => {
  const result = make();
  const { node } = result;
  const [expected] = interpret([node]);
  assertClose(result, { shape: node.shape, values: expected! });
});

test('a constant that a later contraction needs in memory is there when an earlier sum reads it', () => {
  const threes = full([3], 3, { dtype: 'f64' });
  const sum = threes.mul(vector).sum().expand([3]);
  planOf([vector.cast('i32').cast('f64'), sum, einsum('i,->i', threes, tensor(1, { dtype: 'f64' }))]);
});

test.each(compilingBackends)('%s pads a tensor without elements', (backend) => {
  const padded = tensor([], { shape: [2, 0] })
    .reshape([0])
    .pad([[1, 2]], { value: 7 });
  expect(withBackend(backend, () => padded.toArray())).toEqual([7, 7, 7]);
});

describe.each([...compilingBackends, 'interpreter'] as const)(
  'the variance of equal values in %s',
  (backend) => {
    test.each(['f32', 'f64'] as const)('is exactly 0, and so is the slope of its root: %s', (dtype) => {
      const moments = (x: Tensor, axes?: number): number[] => {
        const deviation = x.std(axes, { correction: 0 });
        const tensors = [x.variance(axes), deviation, gradient(deviation.sum(), [x])[0]];
        evaluate(tensors);
        return tensors.flatMap((result) => Array.from(result.data(), Math.abs));
      };
      withBackend(backend, () => {
        for (const extent of [2, 3, 5, 7, 13, 19, 100])
          for (const value of [0.1, -1.7, 1e30, Math.PI]) {
            const matrix = tensor(new Array<number>(6 * extent).fill(value), { shape: [6, extent], dtype });
            const found = [
              ...moments(matrix.slice([2])),
              ...moments(tensor(value, { dtype }).expand([extent])),
              ...moments(matrix, 1),
              ...moments(matrix.transpose(), 0),
              ...moments(matrix),
            ];
            expect(found.every((moment) => moment === 0)).toBe(true);
          }
      });
    });
  },
);

test.each(compilingBackends)('in %s what lies beyond the last element spoils no variance', (backend) => {
  const x = tensor([3, 5, 3]).pad([[0, 5]], { value: -Infinity });
  const variance = x.slice([[0, 4, 2]]).variance(0, { correction: 0 });
  expect(withBackend(backend, () => variance.item())).toBe(0);
});

test.each(['lkij,lkmn->ijmn', 'ijkl,mnlk->ijmn', 'ijkl,klnm->ijmn', 'ijkl,klmn->jimn'])(
  'the product %s keeps its permuted rows, columns and sums apart',
  (equation) => {
    for (const dtype of ['f32', 'f64'] as const) {
      const [left, right] = [draw(2, 2, 2, 2).cast(dtype), draw(2, 2, 2, 2).cast(dtype)] as const;
      for (const order of [
        [0, 1, 2, 3],
        [3, 2, 1, 0],
        [1, 0, 3, 2],
      ]) {
        const product = einsum(equation, left.permute(order), right);
        const [values] = interpret([product.node]);
        withBackend('wasm', () => {
          assertClose(product, { shape: product.shape, values: values! });
        });
      }
    }
  },
);

test.each(compilingBackends)('in %s 0 is greater than −0', (backend) => {
  const x = tensor([
    [-0, 0],
    [0, -0],
    [-0, -0],
  ]);
  expect(withBackend(backend, () => Array.from(x.max(1).data()))).toEqual([0, 0, -0]);
  expect(withBackend(backend, () => Array.from(x.min(1).data()))).toEqual([-0, -0, -0]);
});
