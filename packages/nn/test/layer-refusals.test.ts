/**
 * @file What layers and the functions behind them refuse, in their own name and in words.
 */
import { ones, zeros } from '@windfall/core';
import {
  ELU,
  functional,
  GELU,
  Hardtanh,
  LeakyReLU,
  LogSigmoid,
  LogSoftmax,
  type Module,
  PReLU,
  ReLU6,
  SiLU,
  Softmax,
  Softmin,
  Softplus,
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
  ['Softmax: axis is a whole number, not 0.5', () => new Softmax(0.5)],
  ['LogSoftmax: axis is a whole number, not undefined', () => new (LogSoftmax as any)()],
  ['Softmin: axis is a whole number, not null', () => new Softmin(null as any)],
  ['Softmax: axis 2 is out of range', () => new Softmax(2).forward(ones([1, 2]))],
  ['Softmin: axis -3 is out of range', () => new Softmin(-3).forward(ones([1, 2]))],
];

test.each(refusals)('%s', (message, call) => {
  expect(call).toThrow(message);
});

const layers: Module[] = [
  new ELU(),
  new GELU(),
  new Hardtanh(),
  new LeakyReLU(),
  new LogSigmoid(),
  new LogSoftmax(0),
  new PReLU(),
  new ReLU6(),
  new SiLU(),
  new Softmax(0),
  new Softmin(0),
  new Softplus(),
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
    expect(() => create({ wrong: 1 })).toThrow(`${name}: has no option 'wrong'; its options are ${keys}`);
  });

  test('takes every option that it names as left out', () => {
    const nothing = Object.fromEntries(keys.split(', ').map((key) => [key, undefined]));
    expect(() => create(nothing)).not.toThrow();
  });
});
