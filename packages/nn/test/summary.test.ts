/**
 * @file The table of a network's layers: shapes, parameters and multiply-adds, without a trace on the network.
 */
import { inspect } from 'node:util';
import { ones, type Tensor, Variable, zeros } from '@windfall/core';
import {
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  ConvTranspose1d,
  Embedding,
  Flatten,
  GroupNorm,
  LayerNorm,
  Linear,
  MaxPool2d,
  Module,
  Parameter,
  ReLU,
  RMSNorm,
  Sequential,
  Sigmoid,
  summary,
} from '../src/index.ts';

test('is a table of the layers in the order of their calls', () => {
  const net = new Sequential(
    new Conv2d(1, 8, 3, { padding: 1, bias: false }),
    new BatchNorm2d(8),
    new ReLU(),
    new Sequential(new MaxPool2d(2), new Flatten()),
    new Linear(8 * 14 * 14, 10),
  );
  net[1]!.requireGradients(false);
  const table = summary(net, [2, 1, 28, 28]);
  expect(String(table)).toBe(
    [
      'layer               output shape    parameters  multiply-adds',
      '─────────────────────────────────────────────────────────────',
      'Sequential          [2, 10]                  0              0',
      '  0: Conv2d         [2, 8, 28, 28]          72        112,896',
      '  1: BatchNorm2d    [2, 8, 28, 28]          16         25,088',
      '  2: ReLU           [2, 8, 28, 28]           0              0',
      '  3: Sequential     [2, 1568]                0              0',
      '    3.0: MaxPool2d  [2, 8, 14, 14]           0              0',
      '    3.1: Flatten    [2, 1568]                0              0',
      '  4: Linear         [2, 10]             15,690         31,380',
      '─────────────────────────────────────────────────────────────',
      'input [2, 1, 28, 28]',
      'parameters: 15,778, 15,762 trainable, 16 fixed',
      'multiply-adds: 169,364',
    ].join('\n'),
  );
  expect(inspect(table)).toBe(String(table));
  expect(table.rows.map(({ name, kind, depth }) => [name, kind, depth])).toEqual([
    ['', 'Sequential', 0],
    ['0', 'Conv2d', 1],
    ['1', 'BatchNorm2d', 1],
    ['2', 'ReLU', 1],
    ['3', 'Sequential', 1],
    ['3.0', 'MaxPool2d', 2],
    ['3.1', 'Flatten', 2],
    ['4', 'Linear', 1],
  ]);
});

test.each<[Module, number[], number]>([
  // outFeatures · (inFeatures + 1 for the bias), for each row
  [new Linear(5, 3), [4, 5], 4 * 3 * 6],
  [new Linear(5, 3, { bias: false }), [2, 4, 5], 8 * 3 * 5],
  // outChannels · rows · columns · (inChannels/groups · kernel)
  [new Conv2d(4, 6, [3, 2], { groups: 2, bias: false }), [2, 4, 5, 5], 2 * 6 * 3 * 4 * (2 * 6)],
  // inChannels · L · (outChannels/groups · kernel), and the bias for each output
  [new ConvTranspose1d(4, 6, 3, { groups: 2, stride: 2 }), [2, 4, 5], 2 * 4 * 5 * (3 * 3) + 2 * 6 * 11],
  [new BatchNorm1d(3), [8, 3, 5], 2 * 8 * 3 * 5],
  [new LayerNorm([3, 5]), [8, 3, 5], 2 * 8 * 3 * 5],
  [new LayerNorm([3, 5], { elementwiseAffine: false }), [8, 3, 5], 0],
  [new RMSNorm([3, 5]), [8, 3, 5], 8 * 3 * 5],
  [new GroupNorm(2, 4), [8, 4, 5], 2 * 8 * 4 * 5],
  [new ReLU(), [3], 0],
])('%s of %j takes its multiply-adds', (module, shape, expected) => {
  expect(summary(module, shape).totalMultiplyAdds).toBe(expected);
});

test('counts what is shared once, and its work every time', () => {
  const shared = new Linear(4, 4, { bias: false });
  const table = summary(new Sequential(shared, new Sigmoid(), shared), [2, 4]);
  expect(table.rows.map(({ name, parameters, multiplyAdds }) => [name, parameters, multiplyAdds])).toEqual([
    ['', 0, 0],
    ['0', 16, 32],
    ['1', 0, 0],
    ['0', 0, 32],
  ]);
  expect([table.totalParameters, table.totalMultiplyAdds]).toEqual([16, 64]);
});

test('leaves the model as it is: its modes, buffers and hooks', () => {
  class Counting extends Module {
    readonly scale = new Parameter(ones([3]));
    readonly calls = new Variable(zeros([], { dtype: 'i32' }));
    readonly norm = new BatchNorm1d(3);
    forward(x: Tensor): Tensor {
      this.calls.assign(this.calls.add(1));
      return this.norm.forward(x, { training: true }).mul(this.scale);
    }
  }
  const net = new Counting();
  net.norm.training = false;
  const table = summary(net, [4, 3]);
  expect(table.rows.map(({ kind, parameters }) => [kind, parameters])).toEqual([
    ['Counting', 3],
    ['BatchNorm1d', 6],
  ]);
  expect([net.training, net.norm.training]).toEqual([true, false]);
  expect(net.calls.item()).toBe(0);
  expect(net.norm.numBatchesTracked!.item()).toBe(0);
  expect(Object.hasOwn(net, 'forward')).toBe(false);
});

test('takes an input, or a dtype, where zeros of the parameters’ dtype would not do', () => {
  const net = new Linear(2, 2, { dtype: 'f64' });
  expect(summary(net, zeros([3, 2], { dtype: 'f64' })).inputShape).toEqual([3, 2]);
  expect(summary(net, [3, 2]).rows[0]!.outputShape).toEqual([3, 2]);
  expect(() => summary(net, [3, 2], { dtype: 'f32' })).toThrow('Linear: the input is f32, the layer f64');
  expect(Object.hasOwn(net, 'forward')).toBe(false);
  const words = summary(new Embedding(10, 4), [3, 2], { dtype: 'i32' });
  expect([words.rows[0]!.outputShape, words.totalParameters, words.totalMultiplyAdds]).toEqual([
    [3, 2, 4],
    40,
    0,
  ]);
  expect(() => summary(net, 3 as any)).toThrow(
    'summary: the input is given by its shape, or is a tensor, not 3',
  );
  expect(() => summary(net, [3, 2], { batch: 1 } as any)).toThrow("summary: has no option 'batch'");
});
