/**
 * @file Derivatives of every module with respect to input and parameters agree with finite differences in float64.
 */
import { gradcheck, gradient, normal, tensor, type Tensor } from '@windfall/core';
import {
  batchNorm,
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  type BatchNormOptions,
  Conv2d,
  Flatten,
  Linear,
  MaxPool2d,
  type Module,
  ReLU,
  Sequential,
  Sigmoid,
  Tanh,
} from '../src/index.ts';
import { expectClose } from './support/fixtures.ts';
import { functional } from './support/functional.ts';

const dtype = 'f64';

function check(module: Module, shape: number[], order: 1 | 2 | 3): void {
  const parameters = module.parameters().map((parameter) => normal(parameter.shape, { dtype }));
  gradcheck(functional(module), [normal(shape, { dtype }), ...parameters], { order });
}

const modules: [name: string, make: () => Module, shape: number[]][] = [
  ['Linear', () => new Linear(4, 3, { dtype }), [5, 4]],
  ['Linear on several axes, without bias', () => new Linear(3, 2, { dtype, bias: false }), [2, 2, 3]],
  ['Conv2d', () => new Conv2d(2, 3, 3, { dtype, padding: 1 }), [2, 2, 4, 3]],
  [
    'Conv2d with stride, dilation and groups',
    () => new Conv2d(4, 2, [2, 3], { dtype, stride: [2, 1], dilation: [1, 2], groups: 2, padding: [0, 2] }),
    [1, 4, 4, 3],
  ],
  ['Sigmoid', () => new Sigmoid(), [3, 4]],
  ['Tanh', () => new Tanh(), [3, 4]],
  ['Flatten', () => new Sequential(new Flatten(), new Tanh()), [2, 3, 2]],
  ['ReLU', () => new Sequential(new Tanh(), new ReLU()), [3, 4]],
  ['MaxPool2d', () => new Sequential(new Tanh(), new MaxPool2d(2, { padding: 1 })), [2, 1, 3, 4]],
  [
    'a convolutional network',
    () =>
      new Sequential(
        new Conv2d(1, 2, 3, { dtype, bias: false }),
        new BatchNorm2d(2, { dtype }),
        new Tanh(),
        new MaxPool2d(2),
        new Flatten(),
        new Linear(8, 3, { dtype }),
        new BatchNorm1d(3, { dtype }),
      ),
    [3, 1, 6, 6],
  ],
];

test.each(modules)('%s: orders 1 and 2', (_name, make, shape) => {
  check(make(), shape, 2);
});

const layouts: [name: string, make: (options: BatchNormOptions) => Module, shape: number[]][] = [
  ['BatchNorm1d [N, C]', (options) => new BatchNorm1d(3, options), [5, 3]],
  ['BatchNorm1d [N, C, L]', (options) => new BatchNorm1d(2, options), [2, 2, 4]],
  ['BatchNorm2d', (options) => new BatchNorm2d(2, options), [3, 2, 2, 2]],
];

describe.each(layouts)('%s to order 3', (_name, make, shape) => {
  test.each([
    ['with γ and β', {}],
    ['without γ and β', { affine: false }],
    ['without running statistics', { trackRunningStats: false }],
    ['with ε = 0', { eps: 0 }],
  ])('in training %s', (_options, options) => {
    check(make({ dtype, ...options }), shape, 3);
  });

  test.each([
    ['with γ and β', {}],
    ['without γ and β', { affine: false }],
    ['without running statistics', { trackRunningStats: false }],
  ])('in evaluation %s', (_options, options) => {
    const module = make({ dtype, ...options });
    module.forward(normal(shape, { dtype, mean: 1, std: 2 }));
    // Without γ the map is affine in x: the tanh makes higher orders worth checking.
    check(new Sequential(module, new Tanh()).eval(), shape, 3);
  });
});

describe('the options of batch normalization to order 3', () => {
  const mask = tensor(
    [
      [1, 1, 0],
      [1, 0, 1],
      [0, 1, 1],
      [1, 1, 1],
    ],
    { dtype: 'bool' },
  );

  test.each([
    ['a mask', new BatchNorm1d(2, { dtype }), [4, 2, 3], mask],
    ['a mask, ε = 0', new BatchNorm1d(2, { dtype, eps: 0 }), [4, 2, 3], mask],
    ['a mask, and the channels last', new BatchNorm1d(2, { dtype, axis: -1 }), [4, 3, 2], mask],
    ['ghost batches', new BatchNorm1d(2, { dtype, ghostBatchSize: 3 }), [6, 2], null],
    ['ghost batches, the last smaller', new BatchNorm2d(2, { dtype, ghostBatchSize: 2 }), [3, 2, 2, 2], null],
    ['ghost batches with a mask', new BatchNorm1d(2, { dtype, ghostBatchSize: 2 }), [4, 2, 3], mask],
    ['channels last', new BatchNorm2d(2, { dtype, axis: -1 }), [2, 2, 2, 2], null],
    ['three dimensions', new BatchNorm3d(2, { dtype }), [2, 2, 2, 1, 2], null],
    ['no scale', new BatchNorm1d(3, { dtype, scale: false }), [4, 3], null],
    ['no shift', new BatchNorm1d(3, { dtype, shift: false }), [4, 3], null],
  ])('%s', (_name, norm, shape, given) => {
    const parameters = norm.parameters().map((parameter) => normal(parameter.shape, { dtype }));
    const run = functional(norm, (x) => norm.forward(x, { mask: given }));
    gradcheck(run, [normal(shape, { dtype, mean: 1 }), ...parameters], { order: 3 });
    norm.eval();
    // Evaluation is affine in x: the tanh makes higher orders worth checking.
    const evaluated = (...inputs: [Tensor, ...Tensor[]]): Tensor => run(...inputs).tanh();
    gradcheck(evaluated, [normal(shape, { dtype }), ...parameters], { order: 3 });
  });

  test('a renormalized batch, whose r and d are constants', () => {
    const x = normal([5, 2], { dtype, mean: 1 });
    const norm = new BatchNorm1d(2, { dtype, renorm: { rMax: 1.2, dMax: 0.3 } });
    norm.trackRunningStats = false;
    const plain = batchNorm(x, { training: true }).output;
    const once = norm.forward(x);
    // r·x̂ + d is a line through any two points.
    const [first, second] = [0, 1].map((row) => [plain.slice([row]), once.slice([row])] as const);
    const r = second![1].sub(first![1]).div(second![0].sub(first![0])).detach();
    const d = first![1].sub(r.mul(first![0])).detach();
    const frozen = (input: Tensor): Tensor => batchNorm(input, { training: true }).output.mul(r).add(d);
    gradcheck(frozen, [x], { order: 3 });
    const [start, cotangent] = [norm.forward(x), normal([5, 2], { dtype })];
    const derive = (y: Tensor): Tensor =>
      gradient(gradient(y.tanh(), [x], { cotangent })[0].pow(3).sum(), [x])[0];
    expectClose(derive(start), derive(frozen(x)), 1e-11);
  });
});

test('a batch mean that is held constant, the classic mistake, would be noticed', () => {
  const mistaken = (x: Tensor): Tensor =>
    x.sub(x.mean(0).stopGradient()).mul(x.variance(0, { correction: 0 }).rsqrt());
  expect(() => gradcheck(mistaken, [normal([5, 2], { dtype })])).toThrow('the derivative of order 1');
});
