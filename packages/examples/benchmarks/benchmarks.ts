/**
 * @file What is measured: names, titles and the work of each benchmark. How anyone does that work is not known here.
 */

/** What a computation cannot do without: multiplications and additions, or bytes through memory. */
export type Work =
  | { readonly unit: 'flops'; readonly amount: number; readonly dtype: 'f32' | 'f64' }
  | { readonly unit: 'bytes'; readonly amount: number };

export interface Benchmark {
  readonly title: string;
  /** What it is, for the page. */
  readonly description: string;
  /** Null where neither arithmetic nor memory is what takes the time. */
  readonly work: Work | null;
}

/** 2·m·k·n, an addition for each multiplication. */
const product = (m: number, k: number, n: number): number => 2 * m * k * n;

const flops = (amount: number, dtype: 'f32' | 'f64' = 'f32'): Work => ({ unit: 'flops', amount, dtype });

/** So many full-size f32 arrays read or written: each input once and each result once, which no order of work can avoid. */
const arrays = (count: number, elements: number): Work => ({ unit: 'bytes', amount: 4 * count * elements });

/** The products of a layer and of its two gradients, of which the first layer needs only that of its weights. */
const trained = (layers: readonly number[]): number =>
  layers.reduce((sum, layer, position) => sum + (position === 0 ? 2 : 3) * layer, 0);

const batch = 60;
const mlpLayers = [
  product(batch, 784, 100),
  ...[1, 2].map(() => product(batch, 100, 100)),
  product(batch, 100, 10),
];

const images = 64;
const cnnLayers = [
  product(images * 28 * 28, 1 * 3 * 3, 16),
  product(images * 14 * 14, 16 * 3 * 3, 32),
  product(images, 32 * 7 * 7, 10),
];

function matrixProduct(
  m: number,
  k: number,
  n: number,
  more: { form?: string; dtype?: 'f64' } = {},
): Benchmark {
  const { form = 'A·B', dtype = 'f32' } = more;
  const size = m === k && k === n ? `${m}³` : `${m}×${k}×${n}`;
  return {
    title: `matmul ${size}${form === 'A·B' ? '' : `, ${form}`}${dtype === 'f64' ? ', f64' : ''}`,
    description:
      'the product of an m×k and a k×n matrix, m×k×n being the numbers; ᵀ marks one that is stored transposed',
    work: flops(product(m, k, n), dtype),
  };
}

export const benchmarks = {
  'mlp-step': {
    title: 'MLP step',
    description:
      'the network of the batch normalization paper, 784-100-100-100-10, BatchNorm1d and sigmoid on each hidden layer, batch 60: forward, softmax cross-entropy, backward, SGD; data uploaded and loss read each step',
    work: flops(trained(mlpLayers)),
  },
  'cnn-step': {
    title: 'CNN step',
    description:
      'conv 1→16 3×3, BatchNorm2d, ReLU, max-pool 2, conv 16→32 3×3, BatchNorm2d, ReLU, max-pool 2, linear → 10 on 64 images of 28×28: forward, softmax cross-entropy, backward, SGD; data uploaded and loss read each step',
    work: flops(trained(cnnLayers)),
  },
  'batch-norm-2d': {
    title: 'BatchNorm2d 32×64×28×28',
    description: 'training forward with running statistics, and backward to x, γ and β',
    work: arrays(4, 32 * 64 * 28 * 28),
  },
  'batch-norm-1d': {
    title: 'BatchNorm1d 1024×1024',
    description: 'training forward with running statistics, and backward to x, γ and β',
    work: arrays(4, 1024 * 1024),
  },
  'layer-norm': {
    title: 'LayerNorm 1024×1024',
    description: 'forward and backward to x, γ and β',
    work: arrays(4, 1024 * 1024),
  },
  'cross-entropy': {
    title: 'softmax cross-entropy 1024×1000',
    description: 'mean loss of 1024 rows, and backward to the logits',
    work: arrays(2, 1024 * 1000),
  },
  adam: {
    title: 'Adam, 1M parameters',
    description: 'one update of a 1024×1024 parameter from a given gradient',
    work: arrays(7, 1024 * 1024),
  },
  'chain-forward': {
    title: 'chain of 10 ops, 1M floats',
    description: '10 cheap elementwise operations one after another',
    work: arrays(2, 1024 * 1024),
  },
  'chain-gradient': {
    title: 'chain of 10 ops, with backward',
    description: 'the same chain, its sum, and backward to the input',
    work: arrays(2, 1024 * 1024),
  },
  'tiny-graph': {
    title: '101 tiny ops, with backward',
    description: '100 elementwise operations on 10 floats and their sum, and backward to the input',
    work: null,
  },
  'matmul-512x512x512': matrixProduct(512, 512, 512),
  'matmul-512x512x512-at-b': matrixProduct(512, 512, 512, { form: 'Aᵀ·B' }),
  'matmul-512x512x512-a-bt': matrixProduct(512, 512, 512, { form: 'A·Bᵀ' }),
  'matmul-511x511x511': matrixProduct(511, 511, 511),
  'matmul-101x127x255': matrixProduct(101, 127, 255),
  'matmul-104x128x256': matrixProduct(104, 128, 256),
  'matmul-60x784x100': matrixProduct(60, 784, 100),
  'matmul-1024x1024x1024': matrixProduct(1024, 1024, 1024),
  'matmul-512x512x512-f64': matrixProduct(512, 512, 512, { dtype: 'f64' }),
} as const satisfies Readonly<Record<string, Benchmark>>;

export type BenchmarkKey = keyof typeof benchmarks;

/** What this machine can do at most, measured by loops that do nothing else. */
export const limits = {
  'peak-f32': {
    title: 'multiply, then add, f32',
    description: 'f32x4.mul and f32x4.add on 12 accumulators in registers',
    work: flops(4e7),
  },
  'peak-f32-fused': {
    title: 'fused multiply-add, f32',
    description: 'f32x4.relaxed_madd on 12 accumulators in registers',
    work: flops(4e7),
  },
  'peak-f64': {
    title: 'multiply, then add, f64',
    description: 'f64x2.mul and f64x2.add on 12 accumulators in registers',
    work: flops(2e7, 'f64'),
  },
  'peak-f64-fused': {
    title: 'fused multiply-add, f64',
    description: 'f64x2.relaxed_madd on 12 accumulators in registers',
    work: flops(2e7, 'f64'),
  },
  'copy-in-cache': {
    title: 'copy, 256 KiB',
    description: 'v128.load and v128.store, bytes read and bytes written counted',
    work: { unit: 'bytes', amount: 2 ** 18 },
  },
  'copy-out-of-cache': {
    title: 'copy, 256 MiB',
    description: 'v128.load and v128.store, bytes read and bytes written counted',
    work: { unit: 'bytes', amount: 2 ** 28 },
  },
} as const satisfies Readonly<Record<string, Benchmark>>;
