/**
 * @file What fresh layers hold, and what layers refuse.
 */
import { Generator, ones, type Tensor, tensor, zeros } from '@windfall/core';
import {
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  fanInUniform,
  Flatten,
  Linear,
  MaxPool2d,
  Parameter,
  ReLU,
  Sequential,
  Sigmoid,
  Tanh,
} from '../src/index.ts';

const numbers = (x: Tensor): number[] => Array.from(x.data());

/** Asserts numbers spread evenly over ±bound. */
function expectUniform(x: Tensor, bound: number): void {
  const values = numbers(x);
  const scale = Math.sqrt(values.length);
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound);
  // The mean's deviation is bound/√(3n), that of the mean square bound²·√(4/45n); 5 of them are never exceeded here.
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
  expect(Math.abs(mean)).toBeLessThan((5 * bound) / Math.sqrt(3) / scale);
  expect(Math.abs(square - bound ** 2 / 3)).toBeLessThan((5 * bound ** 2 * Math.sqrt(4 / 45)) / scale);
}

describe('a fresh layer', () => {
  test('Linear is spread over ±1/√inputs, as PyTorch has it', () => {
    const linear = new Linear(400, 300, { generator: new Generator(1) });
    expectUniform(linear.weight, 1 / 20);
    expectUniform(linear.bias!, 1 / 20);
  });

  test('Conv2d is spread over ±1/√(inputs of one output), as PyTorch has it', () => {
    const conv = new Conv2d(18, 64, [2, 4], { groups: 2, generator: new Generator(2) });
    expect(conv.weight.shape).toEqual([64, 9, 2, 4]);
    expectUniform(conv.weight, 1 / Math.sqrt(72));
    expectUniform(conv.bias!, 1 / Math.sqrt(72));
  });

  test('is the same for the same generator, and of the dtype asked for', () => {
    const make = (): Linear => new Linear(3, 2, { dtype: 'f64', generator: new Generator(7) });
    expect(make().weight.toArray()).toEqual(make().weight.toArray());
    expect(make().bias!.dtype).toBe('f64');
  });
});

describe('refusals name the layer, the rule and the shapes', () => {
  test('Linear', () => {
    expect(() => new Linear(0, 2)).toThrow('Linear: inFeatures is a whole number ≥ 1, not 0');
    expect(() => new Linear(2, 1.5)).toThrow('Linear: outFeatures is a whole number ≥ 1, not 1.5');
    expect(() => new Linear(2, 2, { dtype: 'i32' })).toThrow(
      'Linear: parameters are f32 or f64, not the string "i32"',
    );
    expect(() => new Linear(784, 10).forward(ones([32, 512]))).toThrow(
      'Linear: expected [..., 784], got [32, 512]',
    );
    expect(() => new Linear(2, 2).forward(ones([]))).toThrow('Linear: expected [..., 2], got []');
    expect(() => new Linear(2, 2).forward(ones([1, 2], { dtype: 'f64' }))).toThrow(
      'Linear: the input is f64, the layer f32',
    );
  });

  test('Conv2d', () => {
    expect(() => new Conv2d(3, 4, [3])).toThrow(
      'Conv2d: kernelSize is a whole number ≥ 1, or two of them, not [3]',
    );
    expect(() => new Conv2d(3, 4, 3, { padding: -1 })).toThrow('Conv2d: padding is a whole number ≥ 0');
    expect(() => new Conv2d(3, 4, 3, { groups: 2 })).toThrow(
      'Conv2d: groups must divide the channels: 2 groups, 3 in, 4 out',
    );
    expect(() => new Conv2d(3, 4, 3).forward(zeros([2, 4, 8, 8]))).toThrow(
      'Conv2d: expected [N, 3, H, W] or [3, H, W], got [2, 4, 8, 8]',
    );
    expect(() => new Conv2d(3, 4, 3).forward(zeros([2, 3, 8, 8], { dtype: 'f64' }))).toThrow(
      "Conv2d: the input is f64, the layer f32: cast the input with x.cast('f32')",
    );
    expect(() => new Conv2d(3, 4, 5).forward(zeros([2, 3, 4, 8]))).toThrow(
      'Conv2d: the window reaches over 5',
    );
  });

  test('MaxPool2d', () => {
    expect(() => new MaxPool2d(2, { padding: 2 })).toThrow(
      'MaxPool2d: padding [2, 2] is more than half of kernelSize [2, 2]',
    );
    expect(() => new MaxPool2d(2).forward(zeros([4, 4]))).toThrow(
      'MaxPool2d: expected 3 or 4 axes [N, C, H, W] or [C, H, W], got [4, 4]',
    );
    expect(() => new MaxPool2d(5).forward(zeros([2, 4, 8]))).toThrow('MaxPool2d: the window reaches over 5');
  });

  test('Flatten and Sequential', () => {
    expect(() => new Flatten({ start: 0.5 })).toThrow(
      'Flatten: start and end are whole numbers, not 0.5 and -1',
    );
    expect(() => new Flatten({ start: 2 }).forward(zeros([2, 3]))).toThrow(/^Flatten: /);
    expect(() => new Sequential(new ReLU(), Math.tanh as any)).toThrow(
      'Sequential: argument 1 is a module, not function',
    );
  });
});

test.each([
  new BatchNorm1d(2),
  new BatchNorm2d(2),
  new Conv2d(1, 1, 1),
  new Flatten(),
  new Linear(2, 2),
  new MaxPool2d(1),
  new ReLU(),
  new Sequential(),
  new Sequential(new ReLU()),
  new Sigmoid(),
  new Tanh(),
])('%s refuses in its own name what is no tensor', (layer) => {
  const { name } = layer.constructor;
  expect(() => layer.forward(5 as any)).toThrow(`${name}: the input is a tensor, not 5`);
  expect(() => layer.forward([[1, 2]] as any)).toThrow(`${name}: the input is a tensor, not an array`);
});

describe.each<[string, (options: any) => unknown, string]>([
  [
    'BatchNorm1d',
    (options) => new BatchNorm1d(2, options),
    'eps, momentum, affine, scale, shift, trackRunningStats, axis, ghostBatchSize, renorm, dtype',
  ],
  [
    'BatchNorm2d',
    (options) => new BatchNorm2d(2, options),
    'eps, momentum, affine, scale, shift, trackRunningStats, axis, ghostBatchSize, renorm, dtype',
  ],
  [
    'Conv2d',
    (options) => new Conv2d(1, 1, 1, options),
    'stride, padding, dilation, groups, bias, paddingMode, dtype, generator',
  ],
  ['Flatten', (options) => new Flatten(options), 'start, end'],
  ['Linear', (options) => new Linear(2, 2, options), 'bias, dtype, generator'],
  ['MaxPool2d', (options) => new MaxPool2d(1, options), 'stride, padding, dilation, ceilMode'],
  ['Parameter', (options) => new Parameter(zeros([1]), options), 'requiresGrad'],
  ['fanInUniform', (options) => fanInUniform([1], 1, options), 'dtype, generator'],
])('%s', (name, create, keys) => {
  test('refuses options that are no object, naming those it knows', () => {
    expect(() => create(null)).toThrow(`${name}: options are an object with ${keys}, not null`);
    expect(() => create([])).toThrow(`${name}: options are an object with ${keys}, not an array`);
    expect(() => create(false)).toThrow(`${name}: options are an object with ${keys}, not false`);
  });

  test('refuses unknown options, naming those it knows', () => {
    expect(() => create({ biass: false })).toThrow(`${name}: has no option 'biass'; its options are ${keys}`);
  });

  test('takes every option that it names as left out', () => {
    const nothing = Object.fromEntries(keys.split(', ').map((key) => [key, undefined]));
    expect(() => create(nothing)).not.toThrow();
  });
});

test('a parameter is made of a tensor, and requires its gradient or not', () => {
  expect(() => new Parameter(5 as any)).toThrow('Parameter: the initial value is a tensor, not 5');
  expect(() => new Parameter(zeros([1]), { requiresGrad: 1 as any })).toThrow(
    'Parameter: requiresGrad is true or false, not 1',
  );
});

describe('shapes', () => {
  test('Flatten joins all axes but the batch, or those named', () => {
    expect(new Flatten().forward(zeros([2, 3, 4])).shape).toEqual([2, 12]);
    expect(new Flatten({ start: 0, end: 1 }).forward(zeros([2, 3, 4])).shape).toEqual([6, 4]);
  });

  test('Sequential is indexed by number, and without modules is the identity', () => {
    const relu = new ReLU();
    expect(new Sequential(new Flatten(), relu)[1]).toBe(relu);
    const x = tensor([1]);
    expect(new Sequential().forward(x)).toBe(x);
  });
});
