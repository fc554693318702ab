/**
 * @file Matrix products around the sizes of tiles, panels and blocks, in every layout, against the interpreter; and that
 * neither threads nor, but for rounding, fused multiplication change them.
 */
import {
  assertClose,
  conv2d,
  type DType,
  einsum,
  evaluate,
  Generator,
  gradient,
  relu,
  setFusedMultiplyAdd,
  type Tensor,
  tensor,
  type Tolerance,
  uniform,
} from '../src/index.ts';
import { ModuleBuilder } from '../src/backends/wasm/assembler.ts';
import { contractScratchBytes } from '../src/backends/wasm/contract-kernel.ts';
import { ContractFunctions } from '../src/backends/wasm/contract-functions.ts';
import { addContraction } from '../src/backends/wasm/contraction-functions.ts';
import { contractionOf } from '../src/backends/wasm/contraction.ts';
import { FunctionLibrary } from '../src/backends/wasm/function-library.ts';
import { hasFusedMultiplyAdd } from '../src/backends/wasm/relaxed-simd.ts';
import { webAssembly } from '../src/backends/wasm/web-assembly.ts';
import { compilePlan } from '../src/compile/compile-plan.ts';
import type { ContractKernel } from '../src/compile/kernel.ts';
import { bytesPerElement } from '../src/dtype.ts';
import { isOp, type Node } from '../src/graph/node.ts';
import { topologicalOrder } from '../src/graph/traversal.ts';
import { interpret } from '../src/interpret/interpret.ts';
import { withBackend } from './with-backend.ts';

const generator = new Generator(7);

function draw(shape: readonly number[], dtype: DType = 'f32'): Tensor {
  const wide = dtype === 'i32' ? 1e6 : 1;
  const x = uniform([...shape], { low: -wide, high: wide, dtype: 'f64', generator }).cast(dtype);
  return tensor(x.data(), { shape: [...shape], dtype });
}

const layouts = ['A·B', 'Aᵀ·B', 'A·Bᵀ', 'Aᵀ·Bᵀ'] as const;

function product(rows: number, inner: number, columns: number, layout: number, dtype: DType): Tensor {
  const left = layout % 2 === 0 ? draw([rows, inner], dtype) : draw([inner, rows], dtype).transpose();
  const right = layout < 2 ? draw([inner, columns], dtype) : draw([columns, inner], dtype).transpose();
  return left.matmul(right);
}

/** Computes all tensors in one plan of the backend and compares them with the interpreter. */
function check(results: readonly Tensor[], tolerance?: Tolerance): void {
  const nodes = results.map(({ node }) => node);
  const expected = interpret(nodes);
  withBackend('wasm', () => evaluate(results));
  for (const [number, result] of results.entries()) {
    const { shape } = nodes[number]!;
    assertClose(result, { shape, values: expected[number]! }, tolerance && { tolerance });
  }
}

/** What sums of many products may lose. */
const longSums: Readonly<Partial<Record<DType, Tolerance>>> = {
  f32: { absolute: 3e-5, relative: 1e-5 },
  f64: { absolute: 1e-12, relative: 1e-12 },
};

const dtypes = ['f32', 'f64', 'i32'] as const;
const counts = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 16, 17, 31, 32, 33];
const inners = [1, 2, 3, 5, 8, 17, 33];

describe.each(dtypes)('in %s', (dtype) => {
  test.each(layouts.map((name, layout) => [name, layout] as const))(
    'a product %s of any size is the interpreter’s',
    (_name, layout) => {
      check(
        counts.flatMap((rows, r) =>
          counts.map((columns, c) =>
            product(rows, inners[(r + 3 * c + layout) % inners.length]!, columns, layout, dtype),
          ),
        ),
      );
    },
  );

  test.each(layouts.map((name, layout) => [name, layout] as const))(
    'a product %s of more than one block is the interpreter’s',
    (_name, layout) => {
      const sizes = [
        [70, 300, 90],
        [130, 257, 20],
        [3, 1030, 5],
        [16, 1100, 9],
        [1, 1200, 50],
        [50, 1201, 1],
        [2, 515, 70],
        [1, 4099, 1],
        [270, 20, 33],
      ] as const;
      check(
        sizes.map(([rows, inner, columns]) => product(rows, inner, columns, layout, dtype)),
        longSums[dtype],
      );
    },
  );

  test('batched products are the interpreter’s, whichever operand repeats', () => {
    const products = [
      draw([9, 5, 7], dtype).matmul(draw([9, 7, 6], dtype)),
      draw([9, 5, 7], dtype).matmul(draw([9, 6, 7], dtype).permute([0, 2, 1])),
      draw([3, 4, 5, 7], dtype).matmul(draw([4, 7, 9], dtype)),
      draw([5, 7], dtype).matmul(draw([9, 7, 6], dtype)),
      draw([12, 16, 16], dtype).matmul(draw([12, 16, 16], dtype)),
      draw([2, 33, 70], dtype).matmul(draw([2, 70, 34], dtype)),
      draw([50, 280], dtype).matmul(draw([3, 280, 35], dtype)),
      draw([3, 35, 280], dtype).matmul(draw([280, 50], dtype)),
    ];
    check(products, longSums[dtype]);
  });
});

/** Products as they occur in networks, with what follows them. */
const networks: readonly (readonly [string, () => Tensor])[] = [
  [
    'a linear layer',
    () =>
      relu(
        draw([60, 33])
          .matmul(draw([20, 33]).transpose())
          .add(draw([20])),
      ),
  ],
  [
    'a linear layer of sequences',
    () =>
      relu(
        draw([4, 9, 33])
          .matmul(draw([33, 12]))
          .add(draw([12])),
      ),
  ],
  [
    'a linear layer of one row',
    () =>
      relu(
        draw([1, 70])
          .matmul(draw([70, 300]))
          .add(draw([300])),
      ),
  ],
  [
    'a batch with a term for each item',
    () =>
      relu(
        draw([40, 5, 33])
          .matmul(draw([40, 33, 12]))
          .add(draw([40, 1, 1])),
      ),
  ],
  [
    'a product that another dtype follows',
    () =>
      draw([30, 20])
        .matmul(draw([20, 40]))
        .greater(0.5),
  ],
  [
    'a transposed product',
    () =>
      draw([30, 20])
        .matmul(draw([20, 40]))
        .add(1)
        .transpose()
        .mul(draw([40, 30])),
  ],
  ['a convolution', () => relu(conv2d(draw([9, 3, 12, 13]), draw([5, 3, 3, 3]), { bias: draw([5]) }))],
  ['a sum over a short and a long axis', () => einsum('nap,nbp->ab', draw([3, 5, 1100]), draw([3, 7, 1100]))],
  ['a sum over a long and a short axis', () => einsum('nap,nbp->ab', draw([90, 5, 14]), draw([90, 7, 14]))],
  ['a product whose batch comes last', () => einsum('bij,bjk->ikb', draw([6, 5, 7]), draw([6, 7, 9]))],
  ['a padded convolution', () => conv2d(draw([2, 3, 9, 9]), draw([5, 3, 3, 3]), { padding: 1 })],
  ['a strided convolution', () => conv2d(draw([2, 3, 11, 11]), draw([5, 3, 3, 3]), { stride: 2 })],
  ['a convolution in groups', () => conv2d(draw([2, 4, 9, 20]), draw([6, 2, 3, 3]), { groups: 2 })],
  [
    'the gradient of a convolution’s weight',
    () => {
      const [x, weight] = [draw([6, 2, 15, 30]), draw([7, 2, 3, 3])];
      const y = conv2d(x, weight);
      return gradient(y, [weight], { cotangent: draw(y.shape) })[0];
    },
  ],
  [
    'the gradient of a convolution’s input',
    () => {
      const [x, weight] = [draw([2, 3, 10, 11]), draw([7, 3, 3, 3])];
      const y = conv2d(x, weight);
      return gradient(y, [x], { cotangent: draw(y.shape) })[0];
    },
  ],
];

test.each(networks)('%s is the interpreter’s', (_name, make) => {
  check([make()], longSums.f32);
});

/**
 * The bytes of a plan's results when its contractions run on a number of threads, one after the other, products being added
 * in two roundings.
 * @param isTall whether tiles are as high as where they are added in one
 */
function runContractions(result: Tensor, threads: number, isTall: boolean): Uint8Array {
  const roots = [result.node];
  const order = topologicalOrder(roots);
  const inputs = order.filter((node): node is Node<'data'> => isOp(node, 'data'));
  const { plan } = compilePlan(roots, order, inputs);
  const spare = plan.buffers.length;
  let end = 1024;
  const take = (bytes: number): number => {
    const at = end;
    end += Math.ceil(bytes / 64) * 64 + 64;
    return at;
  };
  const addresses = plan.buffers.map(({ dtype, size }) => take(size * bytesPerElement(dtype)));
  addresses.push(take(1 << 20));
  const contractions = plan.kernels.map((kernel) => {
    if (kernel.kind !== 'contract') throw new Error('a plan of contractions only');
    return contractionOf(kernel, spare, (one, other) => one === other, isTall);
  });
  const most = Math.max(
    ...contractions.map(({ product }) => (product === null ? 0 : contractScratchBytes(product))),
  );
  const scratch = take(threads * most);
  const module = new ModuleBuilder({ minimumPages: 1, maximumPages: 65_536, shared: false });
  const map = { addressOf: (buffer: number) => addresses[buffer]!, errorCell: 16, scratch };
  const parts = {
    functions: new ContractFunctions(module, false),
    library: new FunctionLibrary(module, false),
    map,
    spare,
  };
  const functions = contractions.flatMap((contraction, number) =>
    addContraction(module, number, contraction, parts),
  );
  const memory = new webAssembly.Memory({ initial: Math.ceil(end / 65_536), maximum: 65_536 });
  inputs.forEach(({ attributes }, number) => {
    const { array } = attributes.storage;
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    new Uint8Array(memory.buffer).set(bytes, addresses[number]);
  });
  const compiled = new webAssembly.Module(module.encode());
  const { exports } = new webAssembly.Instance(compiled, { windfall: { memory } });
  for (const { name } of functions) {
    const run = exports[name] as (thread: number, threads: number) => void;
    for (let thread = threads - 1; thread >= 0; thread--) run(thread, threads);
  }
  const start = addresses[inputs.length]!;
  return new Uint8Array(memory.buffer).slice(start, addresses[spare]);
}

/** Where two lists of bytes first differ; −1 if they do not. */
function firstDifference(one: Uint8Array, other: Uint8Array): number {
  return one.length === other.length ? one.findIndex((byte, k) => byte !== other[k]) : 0;
}

const split: readonly (readonly [string, () => Tensor])[] = [
  ...(
    [
      [70, 300, 90],
      [3, 40, 200],
      [16, 1100, 9],
      [1, 600, 90],
      [5, 1030, 3],
      [33, 7, 33],
    ] as const
  ).flatMap(([rows, inner, columns]) =>
    layouts.map(
      (name, layout) =>
        [`${rows}×${inner}×${columns} ${name}`, () => product(rows, inner, columns, layout, 'f32')] as const,
    ),
  ),
  ['doubles', () => product(40, 50, 70, 2, 'f64')],
  ['integers', () => product(40, 50, 70, 1, 'i32')],
  ['a large product', () => product(300, 300, 300, 0, 'f32')],
  ['many items', () => draw([40, 5, 33]).matmul(draw([40, 33, 12]))],
  ['one operand for many items', () => draw([50, 280]).matmul(draw([9, 280, 35]))],
  ['one operand for few items', () => draw([50, 280]).matmul(draw([3, 280, 35]))],
  ['few items', () => draw([3, 5, 33]).matmul(draw([3, 33, 12]))],
  ...networks.slice(0, 5),
  [
    'a large linear layer',
    () =>
      relu(
        draw([300, 40])
          .matmul(draw([40, 600]))
          .add(draw([600])),
      ),
  ],
];

test.each(split)('%s has the same bits on any number of threads, in tiles of any height', (_name, make) => {
  const result = make();
  for (const isTall of [false, true]) {
    const alone = runContractions(result, 1, isTall);
    for (const threads of [2, 3, 7])
      expect(firstDifference(runContractions(result, threads, isTall), alone)).toBe(-1);
  }
});

test('products are added in two roundings everywhere when fused multiplication is off', () => {
  const [left, right] = [draw([40, 500]), draw([500, 30])];
  const bits = (fused: boolean): Uint8Array => {
    setFusedMultiplyAdd(fused);
    try {
      const values = withBackend('wasm', () => left.matmul(right).data());
      return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    } finally {
      setFusedMultiplyAdd(true);
    }
  };
  const separately = runContractions(left.matmul(right), 1, false).subarray(0, 40 * 30 * 4);
  expect(firstDifference(bits(false), separately)).toBe(-1);
  expect(firstDifference(bits(true), separately) >= 0).toBe(hasFusedMultiplyAdd());
});

(hasFusedMultiplyAdd() ? test : test.skip)('fused products are the interpreter’s', () => {
  for (const dtype of ['f32', 'f64'] as const) {
    check(
      layouts.map((_, layout) => product(40, 500, 30, layout, dtype)),
      longSums[dtype],
    );
  }
});

test('products do not stand where a value stands that what follows them reads', () => {
  const updated = draw([8, 9]).sub(draw([8, 3]).matmul(draw([3, 9])));
  const order = topologicalOrder([updated.node]);
  const inputs = order.filter((node) => isOp(node, 'data'));
  const { plan, bufferOf } = compilePlan([updated.node], order, inputs);
  const kernel = plan.kernels.find(({ kind }) => kind === 'contract') as ContractKernel;
  const target = (isSamePlace: (one: number, other: number) => boolean): number | null =>
    contractionOf(kernel, plan.buffers.length, isSamePlace, false).target;
  expect(target((one, other) => one === other)).toBe(bufferOf(updated.node));
  expect(target(() => true)).toBe(null);
});
