/**
 * @file Loop kernels in WebAssembly at sizes where loops are unrolled, sums run in stretches and columns in blocks: each
 * gives what the interpreter gives, and the same bits however many threads share its outer points.
 */
import { FunctionBuilder, ModuleBuilder } from '../src/backends/wasm/assembler.ts';
import { FunctionLibrary } from '../src/backends/wasm/function-library.ts';
import { loopScratchBytes, writeLoopKernel } from '../src/backends/wasm/loop-kernel.ts';
import { hasFusedMultiplyAdd } from '../src/backends/wasm/relaxed-simd.ts';
import { webAssembly } from '../src/backends/wasm/web-assembly.ts';
import { compilePlan } from '../src/compile/compile-plan.ts';
import type { Plan } from '../src/compile/kernel.ts';
import { allocate, bytesPerElement, type TypedArray } from '../src/dtype.ts';
import { isOp, type Node } from '../src/graph/node.ts';
import { topologicalOrder } from '../src/graph/traversal.ts';
import {
  assertClose,
  evaluate,
  full,
  Generator,
  normal,
  setFusedMultiplyAdd,
  type Tensor,
  tensor,
} from '../src/index.ts';
import { interpret } from '../src/interpret/interpret.ts';
import { withBackend } from './with-backend.ts';

const generator = new Generator(7);

function draw(shape: number[], dtype: 'f32' | 'f64' = 'f32'): Tensor {
  return tensor(normal(shape, { dtype, generator }).data(), { shape });
}

const bytesOf = (array: TypedArray): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** The plan's loop kernels, each run by so many threads one after the other; the buffers afterwards. */
function runPlan({ buffers, kernels }: Plan, inputs: readonly Node<'data'>[], threads: number): TypedArray[] {
  let next = 1024;
  const place = (bytes: number): number => {
    const address = next;
    next += Math.ceil((bytes + 16) / 16) * 16;
    return address;
  };
  const addresses = buffers.map(({ dtype, size }) => place(size * bytesPerElement(dtype)));
  const loops = kernels.filter((kernel) => kernel.kind === 'loop');
  const scratch = place(Math.max(...loops.map(loopScratchBytes)) * threads);
  const module = new ModuleBuilder({ minimumPages: 1, maximumPages: 65_536, shared: false });
  const library = new FunctionLibrary(module, hasFusedMultiplyAdd());
  const memory = { addressOf: (buffer: number) => addresses[buffer]!, errorCell: 16, scratch };
  loops.forEach((kernel, number) => {
    const fn = new FunctionBuilder(`k${number}`, ['i32', 'i32']);
    writeLoopKernel(fn, kernel, memory, library);
    module.add(fn);
  });
  const linear = new webAssembly.Memory({ initial: Math.ceil(next / 65_536) + 1, maximum: 65_536 });
  const bytes = new Uint8Array(linear.buffer);
  for (const [number, { attributes }] of inputs.entries())
    bytes.set(bytesOf(attributes.storage.array), addresses[number]);
  const compiled = new webAssembly.Module(module.encode());
  const { exports } = new webAssembly.Instance(compiled, {
    windfall: { memory: linear },
  });
  loops.forEach((_, number) => {
    const run = exports[`k${number}`] as (thread: number, threads: number) => void;
    for (let thread = 0; thread < threads; thread++) run(thread, threads);
  });
  return buffers.map(({ dtype, size }, number): TypedArray => {
    const values = allocate(dtype, size);
    const start = addresses[number]!;
    bytesOf(values).set(bytes.subarray(start, start + values.byteLength));
    return values;
  });
}

const standardized = (x: Tensor, axes: number[]): Tensor =>
  x
    .sub(x.mean(axes, { keepDims: true }))
    .div(x.variance(axes, { correction: 0, keepDims: true }).add(1e-5).sqrt());

/** The sum and the variance of what is left of values when something was subtracted: far away from 0, and from the values. */
const momentsOf = (x: Tensor, shift: Tensor, axes: number[]): Tensor[] => {
  const shifted = x.add(30).sub(shift.add(20));
  return [shifted.sum(axes), shifted.variance(axes), shifted.mul(x).sum(axes)];
};

/** The same with means of their products: with factors, with products of their own, and with factors that have a variance. */
const productsOf = (x: Tensor, shift: Tensor, axes: number[]): Tensor[] => {
  const shifted = x.sub(shift);
  const [factor, other] = [draw([...x.shape]), draw([...x.shape])];
  const product = factor.mul(shifted);
  const summed = [factor, product, product.mul(other), other, other.mul(shifted)];
  return [shifted.variance(axes), ...summed.map((each) => each.mean(axes)), other.variance(axes)];
};

test.each<[string, () => Tensor[]]>([
  ['elements, not a whole number of passes', () => [draw([1003]).mul(2).add(1)]],
  [
    'elements in rows, with a value for each row and column',
    () => [
      draw([7, 53])
        .mul(draw([53]))
        .add(draw([7, 1])),
    ],
  ],
  ['elements in reverse', () => [draw([9, 38]).flip(1).add(1), draw([9, 38], 'f64').flip(1).add(1)]],
  ['elements, transposed', () => [draw([21, 38]).transpose().add(1)]],
  ['sums along rows', () => [draw([5, 103]).sum(1), draw([5, 103], 'f64').sum(1), draw([5, 3]).sum(1)]],
  ['sums along rows of several stretches', () => [draw([2, 9001]).sum(1), draw([2, 9001]).variance(1)]],
  [
    'sums along short rows in stretches',
    () => [draw([40, 3, 301]).sum([0, 2]), draw([40, 3, 301]).variance([0, 2])],
  ],
  [
    'sums along columns',
    () => [draw([40, 203]).sum(0), draw([40, 203]).max(0), draw([40, 203], 'f64').sum(0)],
  ],
  [
    'sums along columns in blocks and stretches',
    () => [draw([270, 1030]).sum(0), draw([270, 1030]).variance(0)],
  ],
  [
    'sums along a few columns',
    () => [draw([601, 6]).sum(0), draw([601, 6]).variance(0), draw([9, 203]).sum(0)],
  ],
  ['sums of stacked columns', () => [draw([3, 35, 70]).sum(1), draw([35, 3, 70]).variance([0, 1])]],
  ['normalization along rows', () => [standardized(draw([9, 130]), [1])]],
  ['normalization along columns', () => [standardized(draw([90, 131]), [0])]],
  ['normalization over the channels of images', () => [standardized(draw([6, 3, 11, 13]), [0, 2, 3])]],
  ['sum and variance along rows', () => momentsOf(draw([5, 1103]), draw([5, 1]), [1])],
  [
    'sum and variance along rows, nothing subtracted',
    () => [draw([5, 1103])].flatMap((x) => [x.sum(1), x.variance(1)]),
  ],
  [
    'sum and variance along rows, shifted by something else everywhere',
    () => momentsOf(draw([5, 103]), draw([103]), [1]),
  ],
  ['sum and variance along columns', () => momentsOf(draw([570, 131]), draw([131]), [0])],
  ['sum and variance along a few columns', () => momentsOf(draw([601, 6]), draw([6]), [0])],
  ['sum and variance of all', () => momentsOf(draw([30, 41]), draw([]), [0, 1])],
  [
    'sum and variance over the channels of images',
    () => momentsOf(draw([6, 3, 11, 13]), draw([3, 1, 1]), [0, 2, 3]),
  ],
  ['means of products and variance along rows', () => productsOf(draw([5, 1103]), draw([5, 1]), [1])],
  ['means of products and variance along columns', () => productsOf(draw([570, 131]), draw([131]), [0])],
  ['means of products and variance along a few columns', () => productsOf(draw([601, 6]), draw([6]), [0])],
  ['means of products and variance of all', () => productsOf(draw([30, 41]), draw([]), [0, 1])],
  [
    'means of products and variance over the channels of images',
    () => productsOf(draw([6, 3, 11, 13]), draw([3, 1, 1]), [0, 2, 3]),
  ],
  [
    'functions of functions, of several vectors in turns',
    () =>
      (['f32', 'f64'] as const).flatMap((dtype) => [
        draw([1003], dtype)
          .tanh()
          .exp()
          .add(draw([1003], dtype).sigmoid()),
        draw([7, 131], dtype).erf().sum(1),
        draw([90, 131], dtype).exp().sum(0),
      ]),
  ],
  ['softmax along rows and columns', () => [draw([9, 70]).softmax(1), draw([30, 70]).softmax(0)]],
])('%s', (_name, compute) => {
  const results = compute();
  const roots = results.map(({ node }) => node);
  const order = topologicalOrder(roots);
  const inputs = order.filter((node): node is Node<'data'> => isOp(node, 'data'));
  const { plan, bufferOf } = compilePlan(roots, order, inputs);
  const alone = runPlan(plan, inputs, 1);
  const together = runPlan(plan, inputs, 3);
  const expected = interpret(roots);
  roots.forEach((root, position) => {
    const values = alone[bufferOf(root)!]!;
    expect(together[bufferOf(root)!]).toEqual(values);
    // Partial sums of 256 numbers of size 1 are rounded to f32.
    const tolerance =
      root.dtype === 'f64' ? { absolute: 1e-12, relative: 1e-12 } : { absolute: 2e-5, relative: 3e-6 };
    assertClose(
      tensor(values, { shape: root.shape }),
      { shape: root.shape, values: expected[position]! },
      { tolerance },
    );
  });
});

test.each<[string, (x: Tensor) => Tensor]>([
  ['variances of rows', (x) => x.variance(1)],
  ['functions made of polynomials', (x) => x.erf()],
])('%s is rounded otherwise only if products are added in one rounding', (_name, compute) => {
  const x = draw([100, 200]);
  const values = (fused: boolean): TypedArray => {
    setFusedMultiplyAdd(fused);
    try {
      return withBackend('wasm', () => compute(x).data());
    } finally {
      setFusedMultiplyAdd(true);
    }
  };
  expect(String(values(true)) !== String(values(false))).toBe(hasFusedMultiplyAdd());
});

const special: [name: string, values: number[], sum: number][] = [
  ['a number', [1, 2, 3, 4], 10],
  ['an infinity', [1, 2, Infinity, 4], Infinity],
  ['an infinity at first', [-Infinity, -Infinity, 3, 4], -Infinity],
  ['infinities of both signs', [1, Infinity, -Infinity, 4], NaN],
  ['NaN', [NaN, 2, 3, 4], NaN],
  ['zeros with a sign', [-0, -0, -0, -0], 0],
];

/** Four values 300 times, along rows and along columns. */
function repeated(values: number[]): Tensor[] {
  const row = tensor(Array.from({ length: 300 }, () => values).flat());
  return [row, row.reshape([1200, 1]).expand([1200, 70]).add(0)];
}

test.each([...special, ['large numbers that balance', [1e8, 1, -1e8, 1], 2] as const])(
  'the sum beside a variance of %s is what it is alone',
  (_name, values, expected) => {
    for (const x of repeated([...values])) {
      const sum = x.sum(0);
      evaluate([sum, x.variance(0)]);
      for (const value of sum.data()) expect(value).toBe(300 * expected);
    }
  },
);

test.each(special)(
  'the sum of products beside a variance of %s is what it is alone',
  (_name, values, expected) => {
    for (const x of repeated(values)) {
      const twos = full(x.shape, 2).add(0).detach();
      evaluate([twos]);
      const sum = x.mul(twos).sum(0);
      evaluate([sum, twos.sum(0), x.variance(0)]);
      for (const value of sum.data()) expect(value).toBe(600 * expected);
    }
  },
);

describe('an outlier at the start of a variance costs no digits', () => {
  /** Numbers near 0, but for one that stands at some place. */
  const withOutlier = (size: number, place: number): number[] =>
    Array.from({ length: size }, (_, k) => (k === place ? 5.123 : 0.001 * Math.sin(k)));

  test.each([
    [64, 0],
    [256, 0],
    [1024, 0],
    [1024, 1],
    [5000, 0],
  ])('of %d numbers, at place %d, along rows and along columns', (size, place) => {
    const values = withOutlier(size, place);
    const mean = values.reduce((sum, value) => sum + value, 0) / size;
    const expected = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
    const columns = 72;
    const matrix = tensor(
      values.flatMap((value) => new Array<number>(columns).fill(value)),
      { shape: [size, columns] },
    );
    const along = [matrix.variance(0, { correction: 0 }), tensor(values).variance(0, { correction: 0 })];
    for (const result of along)
      for (const value of result.data()) expect(Math.abs(value / expected - 1)).toBeLessThan(2e-6);
  });
});
