/**
 * @file Derivatives of order 1 and 2 of every layer, with respect to input and parameters, agree with finite differences in
 * float64.
 */
import { Generator, gradcheck, gradient, normal, type Tensor, tensor } from '@windfall/core';
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
  Dropout,
  Dropout1d,
  Dropout2d,
  ELU,
  Embedding,
  Flatten,
  GELU,
  Hardtanh,
  Identity,
  LeakyReLU,
  Linear,
  LogSigmoid,
  LogSoftmax,
  Module,
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
import { layers } from './parity/layers.ts';
import { expectClose } from './support/fixtures.ts';
import { functional } from './support/functional.ts';

const dtype = 'f64';

/** What is linear in pieces has no second derivative of its own to check. */
const curved = (module: Module): Module => new Sequential(new Tanh(), module);

/** Dropout with a mask that is the same each time. */
class SameMask extends Module {
  readonly #make: (generator: Generator) => Module;

  constructor(make: (generator: Generator) => Module) {
    super();
    this.#make = make;
  }

  forward(x: Tensor): Tensor {
    return this.#make(new Generator(3)).forward(x);
  }
}

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
  ['Dropout', curved(new SameMask((generator) => new Dropout(0.5, { generator }))), [3, 4]],
  ['Dropout1d', curved(new SameMask((generator) => new Dropout1d(0.5, { generator }))), [3, 4, 2]],
  ['Dropout2d', curved(new SameMask((generator) => new Dropout2d(0.5, { generator }))), [3, 4, 2, 1]],
  ['ELU', new ELU(0.7), [3, 4]],
  ['Flatten', curved(new Flatten({ start: 0, end: 1 })), [2, 3, 2]],
  ['GELU', new GELU(), [3, 4]],
  ['GELU by tanh', new GELU({ approximate: 'tanh' }), [3, 4]],
  ['Hardtanh', curved(new Hardtanh({ minVal: -0.5, maxVal: 0.6 })), [3, 4]],
  ['Identity', curved(new Identity()), [3, 4]],
  ['LeakyReLU', curved(new LeakyReLU(0.2)), [3, 4]],
  ['Linear', new Linear(4, 2, { dtype }), [2, 3, 4]],
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
  ['Unflatten', curved(new Unflatten(1, [2, -1])), [2, 6]],
];

test.each(modules)('%s', (_name, module, shape) => {
  const parameters = module.parameters().map((parameter) => normal(parameter.shape, { dtype }));
  gradcheck(functional(module), [normal(shape, { dtype }), ...parameters], { order: 2 });
});

test('Embedding', () => {
  const index = tensor(
    [
      [1, 3, 1],
      [0, 2, 1],
    ],
    { dtype: 'i32' },
  );
  for (const paddingIndex of [null, 1]) {
    const table = new Embedding(4, 2, { dtype, paddingIndex });
    const lookUp = functional(table);
    const square = (weight: Tensor): Tensor => lookUp(index, weight).square();
    // The padding row is a constant: where it is looked up, finite differences would move it.
    const found = gradient(square(table.weight).sum(), [table.weight])[0];
    const counts = tensor([1, paddingIndex === 1 ? 0 : 3, 1, 1], { dtype }).unsqueeze(1);
    expectClose(found, table.weight.mul(2).mul(counts));
    if (paddingIndex === null) gradcheck(square, [normal([4, 2], { dtype })], { order: 2 });
  }
});

test('every layer that the parity table says is checked is checked', () => {
  const checked = [...modules.map(([name]) => name.split(' ')[0]), 'Embedding'];
  for (const { windfall, order } of layers)
    if (order > 0 && !windfall.startsWith('functional.')) expect(checked).toContain(windfall);
});
