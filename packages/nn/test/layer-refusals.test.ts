/**
 * @file What layers and the functions behind them refuse, in their own name and in words.
 */
import { ones, zeros } from '@windfall/core';
import {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AvgPool1d,
  AvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  Conv1d,
  Conv2d,
  ConvTranspose1d,
  ConvTranspose2d,
  Dropout,
  Dropout1d,
  Dropout2d,
  ELU,
  fanInUniform,
  Flatten,
  functional,
  GELU,
  Hardtanh,
  Identity,
  LeakyReLU,
  Linear,
  LogSigmoid,
  LogSoftmax,
  MaxPool1d,
  MaxPool2d,
  type Module,
  Parameter,
  PReLU,
  ReLU,
  ReLU6,
  Sequential,
  Sigmoid,
  SiLU,
  Softmax,
  Softmin,
  Softplus,
  Tanh,
  Unflatten,
} from '../src/index.ts';
import { twins } from './support/functional-twins.ts';

const refusals: [message: string, call: () => unknown][] = [
  ['LeakyReLU: negativeSlope is a finite number, not NaN', () => new LeakyReLU(NaN)],
  ['leakyRelu: negativeSlope is a finite number', () => functional.leakyRelu(ones([1]), '1' as any)],
  ['ELU: alpha is a finite number, not Infinity', () => new ELU(Infinity)],
  ['elu: alpha is a finite number, not null', () => functional.elu(ones([1]), null as any)],
  ["GELU: approximate is 'none' or 'tanh', not the string", () => new GELU({ approximate: 'erf' as any })],
  ['Softplus: beta is not 0', () => new Softplus({ beta: 0 })],
  ['softplus: threshold is a finite number', () => functional.softplus(ones([1]), { threshold: Infinity })],
  ['Hardtanh: minVal is less than maxVal, but they are 2 and 1', () => new Hardtanh({ minVal: 2 })],
  ['hardtanh: maxVal is a finite number, not NaN', () => functional.hardtanh(ones([1]), { maxVal: NaN })],
  ['PReLU: numParameters is a whole number ≥ 1, not 0', () => new PReLU(0)],
  ['PReLU: parameters are f32 or f64', () => new PReLU(1, { dtype: 'i32' })],
  ['PReLU: expected 3 channels (axis 1), got [2, 4]', () => new PReLU(3).forward(zeros([2, 4]))],
  ['PReLU: the input is f64, the layer f32', () => new PReLU().forward(zeros([2], { dtype: 'f64' }))],
  [
    'prelu: the weight is [1] or one slope per channel, not [1, 2]',
    () => functional.prelu(ones([2, 2]), ones([1, 2])),
  ],
  [
    'prelu: dtypes differ: f64 × f32; use cast',
    () => functional.prelu(ones([2], { dtype: 'f64' }), ones([1])),
  ],
  [
    'convTranspose1d: dtypes differ: f64 × f32; use cast',
    () => functional.convTranspose1d(ones([1, 2], { dtype: 'f64' }), ones([1, 1, 1])),
  ],
  ['Softmax: axis is a whole number, not 0.5', () => new Softmax(0.5)],
  ['LogSoftmax: axis is a whole number, not undefined', () => new (LogSoftmax as any)()],
  ['Softmin: axis is a whole number, not null', () => new Softmin(null as any)],
  ['Softmax: axis 2 is out of range', () => new Softmax(2).forward(ones([1, 2]))],
  ['Softmin: axis -3 is out of range', () => new Softmin(-3).forward(ones([1, 2]))],
  ['Conv1d: kernelSize is a whole number ≥ 1, or a list of one, not [1, 2]', () => new Conv1d(1, 1, [1, 2])],
  ['Conv1d: expected [N, 3, L] or [3, L], got [2, 4, 8]', () => new Conv1d(3, 1, 1).forward(ones([2, 4, 8]))],
  ['Conv1d: expected [N, 3, L] or [3, L], got [3]', () => new Conv1d(3, 1, 1).forward(ones([3]))],
  ['Conv1d: the window reaches over 5', () => new Conv1d(1, 1, 3, { dilation: 2 }).forward(ones([1, 4]))],
  [
    "Conv2d: padding 'same' needs stride 1, not [1, 2]",
    () => new Conv2d(1, 1, 3, { padding: 'same', stride: [1, 2] }),
  ],
  [
    "Conv2d: padding is 'same', 'valid' or numbers, not the string \"full\"",
    () => new Conv2d(1, 1, 3, { padding: 'full' as any }),
  ],
  [
    'Conv2d: paddingMode is \'zeros\', the only one there is, not the string "reflect"',
    () => new Conv2d(1, 1, 3, { paddingMode: 'reflect' as any }),
  ],
  [
    'conv1d: expected 2 or 3 axes [N, C, L] or [C, L], got [4]',
    () => functional.conv1d(ones([4]), ones([1, 1, 1])),
  ],
  [
    "conv2d: padding 'same' needs stride 1, not [2, 2]",
    () => functional.conv2d(ones([1, 4, 4]), ones([1, 1, 1, 1]), { padding: 'same', stride: 2 }),
  ],
  ['conv2d: the weight is a tensor, not undefined', () => (functional as any).conv2d(ones([1, 4, 4]))],
  [
    'ConvTranspose1d: outputPadding 2 is not less than stride 2 or dilation 1',
    () => new ConvTranspose1d(1, 1, 3, { stride: 2, outputPadding: 2 }),
  ],
  [
    'ConvTranspose1d: padding is a whole number ≥ 0, or a list of one, not the string "same"',
    () => new ConvTranspose1d(1, 1, 3, { padding: 'same' as any }),
  ],
  [
    'ConvTranspose1d: groups must divide the channels: 3 groups, 4 in, 6 out',
    () => new ConvTranspose1d(4, 6, 3, { groups: 3 }),
  ],
  [
    'ConvTranspose2d: expected [N, 2, H, W] or [2, H, W], got [1, 3, 4, 4]',
    () => new ConvTranspose2d(2, 1, 1).forward(ones([1, 3, 4, 4])),
  ],
  [
    'ConvTranspose2d: nothing is left of spatial axis 1 of [2, 1, 1] with padding 2',
    () => new ConvTranspose2d(2, 1, [4, 1], { padding: [0, 2] }).forward(ones([2, 1, 1])),
  ],
  [
    'ConvTranspose1d: outputSize is from [7] to [8] for an input of [3], not [9]',
    () => new ConvTranspose1d(2, 3, 3, { stride: 2 }).forward(ones([2, 3]), { outputSize: 9 }),
  ],
  [
    "ConvTranspose1d: has no option 'outputPadding'; its options are outputSize",
    () => new ConvTranspose1d(2, 3, 3).forward(ones([2, 3]), { outputPadding: 1 } as any),
  ],
  [
    'convTranspose1d: outputPadding 1 is not less than stride 1 or dilation 1',
    () => functional.convTranspose1d(ones([1, 4]), ones([1, 1, 3]), { outputPadding: 1 }),
  ],
  [
    'convTranspose1d: the bias is f32 [2], not f32 [3]',
    () => functional.convTranspose1d(ones([1, 4]), ones([1, 2, 3]), { bias: ones([3]) }),
  ],
  [
    'convTranspose2d: the weight has 4 axes [C, outputs / groups, …window], not [1, 2, 3]',
    () => functional.convTranspose2d(ones([1, 4, 4]), ones([1, 2, 3])),
  ],
  [
    'convTranspose2d: groups must divide the channels: 2 groups, 3 in',
    () => functional.convTranspose2d(ones([3, 4, 4]), ones([3, 2, 1, 1]), { groups: 2 }),
  ],
  ['MaxPool1d: padding [2] is more than half of kernelSize [3]', () => new MaxPool1d(3, { padding: 2 })],
  ['MaxPool2d: ceilMode is true or false, not 1', () => new MaxPool2d(3, { ceilMode: 1 as any })],
  ['MaxPool1d: expected 2 or 3 axes [N, C, L] or [C, L], got [4]', () => new MaxPool1d(2).forward(ones([4]))],
  ['MaxPool1d: the window reaches over 5', () => new MaxPool1d(5).forward(ones([1, 4]))],
  ['maxPool2d: kernelSize is a whole number ≥ 1', () => functional.maxPool2d(ones([1, 2, 2]), 0)],
  ['AvgPool1d: countIncludePad is true or false', () => new AvgPool1d(3, { countIncludePad: null as any })],
  ["AvgPool1d: has no option 'divisorOverride'", () => new AvgPool1d(3, { divisorOverride: 2 } as any)],
  ['AvgPool2d: divisorOverride is not 0', () => new AvgPool2d(3, { divisorOverride: 0 })],
  [
    'avgPool2d: divisorOverride is a finite number',
    () => functional.avgPool2d(ones([1, 2, 2]), 1, { divisorOverride: NaN }),
  ],
  [
    'AvgPool2d: expected 3 or 4 axes [N, C, H, W] or [C, H, W], got [4, 4]',
    () => new AvgPool2d(2).forward(ones([4, 4])),
  ],
  [
    'AdaptiveAvgPool2d: outputSize is a whole number ≥ 1 or null, or two of them, not [2, 0]',
    () => new AdaptiveAvgPool2d([2, 0]),
  ],
  [
    'AdaptiveMaxPool1d: outputSize is a whole number ≥ 1 or null, or a list of one, not undefined',
    () => new (AdaptiveMaxPool1d as any)(),
  ],
  [
    'AdaptiveAvgPool1d: the input is f32 or f64, not i32',
    () => new AdaptiveAvgPool1d(1).forward(ones([1, 2], { dtype: 'i32' })),
  ],
  ['AdaptiveMaxPool2d: expected 3 or 4 axes', () => new AdaptiveMaxPool2d(1).forward(ones([2, 2]))],
  [
    'adaptiveAvgPool2d: there is nothing to pool over an axis of extent 0',
    () => functional.adaptiveAvgPool2d(ones([1, 0, 2]), 1),
  ],
  ['Dropout: p is a finite number ≥ 0 and ≤ 1, not 1.5', () => new Dropout(1.5)],
  ['Dropout1d: p is a finite number ≥ 0 and ≤ 1, not NaN', () => new Dropout1d(NaN)],
  ['Dropout2d: generator is a Generator, not 3', () => new Dropout2d(0.5, { generator: 3 as any })],
  ['Dropout: the input is f32 or f64, not i32', () => new Dropout().forward(zeros([2], { dtype: 'i32' }))],
  ['Dropout1d: expected 2 or 3 axes [N, C, L] or [C, L], got [2]', () => new Dropout1d().forward(ones([2]))],
  ['Dropout2d: expected 3 or 4 axes', () => new Dropout2d().eval().forward(ones([2, 3]))],
  [
    'dropout: training is true or false, not 0',
    () => functional.dropout(ones([1]), 0.5, { training: 0 as any }),
  ],
  ['dropout2d: p is a finite number', () => functional.dropout2d(ones([1, 1, 1]), -1)],
  ['Linear: generator is a Generator, not 7', () => new Linear(1, 1, { generator: 7 as any })],
  [
    'Conv2d: generator is a Generator, not an object of class Object',
    () => new Conv2d(1, 1, 1, { generator: {} as any }),
  ],
  ['Unflatten: axis is a whole number', () => new Unflatten('0' as any, [1])],
  [
    'Unflatten: unflattenedSize is a list of whole numbers ≥ 0, of which one may be -1, not [-1, -1]',
    () => new Unflatten(1, [-1, -1]),
  ],
  ['Unflatten: unflattenedSize is a list', () => new Unflatten(1, 6 as any)],
  [
    'Unflatten: axis 1 of [2, 6] does not split into [4, -1]',
    () => new Unflatten(1, [4, -1]).forward(ones([2, 6])),
  ],
  [
    'Unflatten: axis 1 of [2, 6] does not split into [2, 2]',
    () => new Unflatten(1, [2, 2]).forward(ones([2, 6])),
  ],
  ['Unflatten: axis 2 is out of range for [2, 6]', () => new Unflatten(2, [6]).forward(ones([2, 6]))],
  [
    'linear: expected x [..., inputs] and a weight [outputs, inputs], got [2, 3] and [3, 2]',
    () => functional.linear(ones([2, 3]), ones([3, 2])),
  ],
  ['linear: the bias is f32 [3], not f32 [2]', () => functional.linear(ones([2]), ones([3, 2]), ones([2]))],
  ['linear: dtypes differ: f64 × f32', () => functional.linear(ones([2], { dtype: 'f64' }), ones([3, 2]))],
];

test.each(refusals)('%s', (message, call) => {
  expect(call).toThrow(message);
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

const layers: Module[] = [
  new AdaptiveAvgPool1d(1),
  new AdaptiveAvgPool2d(1),
  new AdaptiveMaxPool1d(1),
  new AdaptiveMaxPool2d(1),
  new AvgPool1d(1),
  new AvgPool2d(1),
  new BatchNorm1d(2),
  new BatchNorm2d(2),
  new Conv1d(1, 1, 1),
  new Conv2d(1, 1, 1),
  new ConvTranspose1d(1, 1, 1),
  new ConvTranspose2d(1, 1, 1),
  new Dropout(),
  new Dropout1d(),
  new Dropout2d(),
  new ELU(),
  new Flatten(),
  new GELU(),
  new Hardtanh(),
  new Identity(),
  new LeakyReLU(),
  new Linear(2, 2),
  new LogSigmoid(),
  new LogSoftmax(0),
  new MaxPool1d(1),
  new MaxPool2d(1),
  new PReLU(),
  new ReLU(),
  new ReLU6(),
  new Sequential(),
  new Sequential(new ReLU()),
  new Sigmoid(),
  new SiLU(),
  new Softmax(0),
  new Softmin(0),
  new Softplus(),
  new Tanh(),
  new Unflatten(0, [1]),
];

test.each(layers)('%s refuses in its own name what is no tensor', (layer) => {
  const { name } = layer.constructor;
  expect(() => layer.forward(5 as any)).toThrow(`${name}: the input is a tensor, not 5`);
  expect(() => layer.forward([[1, 2]] as any)).toThrow(`${name}: the input is a tensor, not an array`);
});

const functions = Object.values(twins).map(([name]): [name: string, call: (x: unknown) => unknown] => [
  name,
  (x) => (functional[name as never] as (...values: unknown[]) => unknown)(x),
]);

test.each(functions)('%s refuses in its own name what is no tensor', (name, call) => {
  expect(() => call('x')).toThrow(new RegExp(`^${name}: .*not the string "x"`));
});

describe.each<[name: string, create: (options: any) => unknown, keys: string]>([
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
  [
    'Conv1d',
    (options) => new Conv1d(1, 1, 1, options),
    'stride, padding, dilation, groups, bias, paddingMode, dtype, generator',
  ],
  [
    'ConvTranspose2d',
    (options) => new ConvTranspose2d(1, 1, 1, options),
    'stride, padding, dilation, groups, bias, paddingMode, dtype, generator, outputPadding',
  ],
  [
    'conv2d',
    (options) => functional.conv2d(ones([1, 1, 1]), ones([1, 1, 1, 1]), options),
    'bias, stride, padding, dilation, groups',
  ],
  [
    'convTranspose1d',
    (options) => functional.convTranspose1d(ones([1, 1]), ones([1, 1, 1]), options),
    'bias, stride, padding, outputPadding, groups, dilation',
  ],
  [
    'AvgPool2d',
    (options) => new AvgPool2d(1, options),
    'stride, padding, ceilMode, countIncludePad, divisorOverride',
  ],
  [
    'maxPool1d',
    (options) => functional.maxPool1d(ones([1, 1]), 1, options),
    'stride, padding, dilation, ceilMode',
  ],
  [
    'avgPool1d',
    (options) => functional.avgPool1d(ones([1, 1]), 1, options),
    'stride, padding, ceilMode, countIncludePad',
  ],
  ['Dropout', (options) => new Dropout(0.5, options), 'generator'],
  ['dropout1d', (options) => functional.dropout1d(ones([1, 1]), 0.5, options), 'training, generator'],
  ['GELU', (options) => new GELU(options), 'approximate'],
  ['Hardtanh', (options) => new Hardtanh(options), 'minVal, maxVal'],
  ['PReLU', (options) => new PReLU(1, options), 'init, dtype'],
  ['Softplus', (options) => new Softplus(options), 'beta, threshold'],
  ['hardtanh', (options) => functional.hardtanh(ones([1]), options), 'minVal, maxVal'],
  ['softplus', (options) => functional.softplus(ones([1]), options), 'beta, threshold'],
])('%s', (name, create, keys) => {
  test('refuses options that are no object, and unknown ones, naming those it knows', () => {
    expect(() => create(null)).toThrow(`${name}: options are an object with ${keys}, not null`);
    expect(() => create([])).toThrow(`${name}: options are an object with ${keys}, not an array`);
    expect(() => create(false)).toThrow(`${name}: options are an object with ${keys}, not false`);
    expect(() => create({ wrong: 1 })).toThrow(`${name}: has no option 'wrong'; its options are ${keys}`);
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
