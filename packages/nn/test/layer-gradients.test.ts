/**
 * @file Derivatives of order 1 and 2 of every layer, with respect to input and parameters, agree with finite differences in
 * float64.
 */
import { gradcheck, normal } from '@windfall/core';
import {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AvgPool1d,
  AvgPool2d,
  MaxPool1d,
  MaxPool2d,
  Conv1d,
  Conv2d,
  ConvTranspose1d,
  ConvTranspose2d,
  ELU,
  GELU,
  Hardtanh,
  LeakyReLU,
  LogSigmoid,
  LogSoftmax,
  type Module,
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
} from '../src/index.ts';
import { layers } from './parity/layers.ts';
import { functional } from './support/functional.ts';

const dtype = 'f64';

/** What is linear in pieces has no second derivative of its own to check. */
const curved = (module: Module): Module => new Sequential(new Tanh(), module);

const modules: [name: string, module: Module, shape: number[]][] = [
  ['AdaptiveAvgPool1d', curved(new AdaptiveAvgPool1d(3)), [2, 2, 5]],
  ['AdaptiveAvgPool2d', curved(new AdaptiveAvgPool2d([2, 3])), [1, 2, 4, 5]],
  ['AdaptiveMaxPool1d', curved(new AdaptiveMaxPool1d(3)), [2, 2, 5]],
  ['AdaptiveMaxPool2d', curved(new AdaptiveMaxPool2d([3, 2])), [1, 4, 4]],
  ['AvgPool1d', curved(new AvgPool1d(2, { ceilMode: true })), [1, 2, 5]],
  ['AvgPool2d', curved(new AvgPool2d(3, { stride: 2, padding: 1, countIncludePad: false })), [1, 1, 4, 5]],
  ['MaxPool1d', curved(new MaxPool1d(2, { ceilMode: true })), [1, 2, 5]],
  ['MaxPool2d', curved(new MaxPool2d(2, { padding: 1, ceilMode: true })), [1, 1, 4, 3]],
  ['Conv1d', new Conv1d(2, 3, 3, { dtype, padding: 'same' }), [2, 2, 4]],
  ['Conv1d without a batch', new Conv1d(2, 2, 2, { dtype, groups: 2, dilation: 2, stride: 2 }), [2, 6]],
  ['Conv2d', new Conv2d(2, 2, [2, 4], { dtype, padding: 'same', dilation: [3, 1] }), [1, 2, 4, 3]],
  [
    'ConvTranspose1d',
    new ConvTranspose1d(2, 4, 3, { dtype, stride: 2, groups: 2, padding: 1, outputPadding: 1 }),
    [2, 2, 3],
  ],
  ['ConvTranspose1d with dilation', new ConvTranspose1d(2, 1, 2, { dtype, stride: 2, dilation: 3 }), [2, 3]],
  ['ConvTranspose2d', new ConvTranspose2d(2, 2, [3, 2], { dtype, stride: [1, 2] }), [1, 2, 2, 3]],
  ['ELU', new ELU(0.7), [3, 4]],
  ['GELU', new GELU(), [3, 4]],
  ['GELU by tanh', new GELU({ approximate: 'tanh' }), [3, 4]],
  ['Hardtanh', curved(new Hardtanh({ minVal: -0.5, maxVal: 0.6 })), [3, 4]],
  ['LeakyReLU', curved(new LeakyReLU(0.2)), [3, 4]],
  ['LogSigmoid', new LogSigmoid(), [3, 4]],
  ['LogSoftmax', new LogSoftmax(1), [3, 4]],
  ['PReLU', new PReLU(1, { dtype }), [3, 4]],
  ['PReLU for each channel', curved(new PReLU(3, { dtype })), [2, 3, 4]],
  ['ReLU', curved(new ReLU()), [3, 4]],
  ['ReLU6', curved(new ReLU6()), [3, 4]],
  ['SiLU', new SiLU(), [3, 4]],
  ['Sigmoid', new Sigmoid(), [3, 4]],
  ['Softmax', new Softmax(0), [3, 4]],
  ['Softmin', new Softmin(-1), [3, 4]],
  ['Softplus', new Softplus({ beta: 2, threshold: 1 }), [3, 4]],
  ['Tanh', new Tanh(), [3, 4]],
];

test.each(modules)('%s', (_name, module, shape) => {
  const parameters = module.parameters().map((parameter) => normal(parameter.shape, { dtype }));
  gradcheck(functional(module), [normal(shape, { dtype }), ...parameters], { order: 2 });
});

test('every layer that the parity table says is checked is checked', () => {
  const checked = modules.map(([name]) => name.split(' ')[0]);
  for (const { windfall, order } of layers)
    if (order > 0 && !windfall.startsWith('functional.')) expect(checked).toContain(windfall);
});
