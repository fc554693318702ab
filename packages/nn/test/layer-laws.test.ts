/**
 * @file Laws that hold between layers: a transposed convolution is the adjoint of the convolution with the same options, and
 * poolings, paddings and activations are special cases of each other.
 */
import { gradient, normal, type Tensor, tensor } from '@windfall/core';
import { AdaptiveAvgPool1d, AdaptiveMaxPool1d, functional, MaxPool1d, MaxPool2d } from '../src/index.ts';
import { expectClose } from './support/fixtures.ts';

const dtype = 'f64';
const draw = (...shape: number[]): Tensor => normal(shape, { dtype });

const convolutions: { stride?: number[]; padding?: number[]; dilation?: number[]; groups?: number }[] = [
  {},
  { stride: [2, 2] },
  { stride: [1, 3], padding: [2, 1] },
  { dilation: [2, 1], padding: [1, 1] },
  { stride: [3, 2], dilation: [1, 2], padding: [0, 1] },
  { groups: 2, stride: [2, 4], padding: [1, 0] },
];

test.each(convolutions)('convTranspose2d is the adjoint of conv2d with %j', (options) => {
  const { stride = [1, 1], padding = [0, 0], dilation = [1, 1], groups = 1 } = options;
  const weight = draw(6, 4 / groups, 3, 2);
  const x = draw(2, 4, 8, 7);
  const y = functional.conv2d(x, weight, options);
  const cotangent = draw(...y.shape);
  const [adjoint] = gradient(y, [x], { cotangent });
  // What the windows do not reach.
  const outputPadding = [0, 1].map((axis) => {
    const reach = (weight.shape[2 + axis]! - 1) * dilation[axis]! + 1;
    return (x.shape[2 + axis]! + 2 * padding[axis]! - reach) % stride[axis]!;
  });
  expectClose(functional.convTranspose2d(cotangent, weight, { ...options, outputPadding }), adjoint);
});

test('a convolution without a batch is that of a batch of one', () => {
  const [x, weight, other] = [draw(2, 5, 6), draw(3, 2, 2, 3), draw(2, 3, 2, 2)];
  for (const convolve of [
    (input: Tensor) => functional.conv2d(input, weight, { padding: 'same' }),
    (input: Tensor) => functional.convTranspose2d(input, other, { stride: 2 }),
    (input: Tensor) => functional.maxPool2d(input, 2, { ceilMode: true }),
    (input: Tensor) => functional.adaptiveAvgPool2d(input, 4),
  ])
    expectClose(convolve(x), convolve(x.unsqueeze(0)).squeeze(0), 0);
});

test('pooling to a size that divides is pooling by windows', () => {
  const x = draw(2, 3, 6, 8);
  expectClose(functional.adaptiveAvgPool2d(x, [3, 2]), functional.avgPool2d(x, [2, 4]), 0);
  expectClose(functional.adaptiveMaxPool2d(x, [2, null]), functional.maxPool2d(x, [3, 1]), 0);
  expectClose(functional.adaptiveAvgPool2d(x, 1), x.mean([2, 3], { keepDims: true }), 1e-15);
});

test('an infinity or NaN stays in the windows that hold it', () => {
  const x = tensor([[1, Infinity, 2, 3, 4]]);
  expect(new AdaptiveAvgPool1d(2).forward(x).toArray()).toEqual([[Infinity, 3]]);
  expect(new AdaptiveMaxPool1d(2).forward(tensor([[NaN, 1, 2, 3, 4]])).toArray()).toEqual([[NaN, 4]]);
});

test('where all is −∞, the first element of a window is the largest, not what ceilMode adds', () => {
  const x = tensor([[[-Infinity, -Infinity, -Infinity]]], { dtype });
  const y = new MaxPool2d([1, 2], { ceilMode: true }).forward(x);
  expect(y.toArray()).toEqual([[[-Infinity, -Infinity]]]);
  expect(gradient(y.sum(), [x])[0].toArray()).toEqual([[[1, 0, 1]]]);
});

test('whole numbers are pooled as such', () => {
  const x = tensor([[-5, -7, -9]], { dtype: 'i32' });
  const y = new MaxPool1d(2, { ceilMode: true }).forward(x);
  expect([y.dtype, y.toArray()]).toEqual(['i32', [[-5, -9]]]);
});

test('activations are special cases of each other', () => {
  const x = draw(50).mul(3);
  expectClose(functional.leakyRelu(x, 0), functional.relu(x), 0);
  expectClose(functional.prelu(x, tensor([0.2], { dtype })), functional.leakyRelu(x, 0.2), 0);
  expectClose(functional.relu6(x), functional.hardtanh(x, { minVal: 0, maxVal: 6 }), 0);
  expectClose(functional.logsigmoid(x), functional.sigmoid(x).log(), 1e-13);
  expectClose(functional.softmin(x, 0), functional.softmax(x.neg(), 0), 0);
  expectClose(functional.silu(x), x.mul(functional.sigmoid(x)), 0);
  expectClose(
    functional.softplus(x, { beta: 2, threshold: 1e9 }),
    functional.softplus(x.mul(2)).div(2),
    1e-8,
  );
});

test.each([
  ['relu', 1],
  ['relu6', 0],
  ['hardtanh', 0],
  ['leakyRelu', 0.01],
  ['elu', NaN],
  ['softplus', NaN],
  ['silu', NaN],
  ['gelu', NaN],
  ['logsigmoid', NaN],
] as const)('%s keeps NaN, where its gradient is PyTorch’s: %s', (name, slope) => {
  const x = tensor(NaN, { dtype });
  const y = functional[name](x);
  expect([y.item(), gradient(y, [x])[0].item()]).toEqual([NaN, slope]);
});
