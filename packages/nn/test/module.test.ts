/**
 * @file What a module finds among its properties, and its state by PyTorch's names.
 */
import { inspect } from 'node:util';
import { ones, type Tensor, tensor, Variable, zeros } from '@windfall/core';
import {
  BatchNorm1d,
  Conv2d,
  Flatten,
  Linear,
  MaxPool2d,
  Module,
  Parameter,
  ReLU,
  Sequential,
  Sigmoid,
  Tanh,
} from '../src/index.ts';
import { modules } from './parity/modules.ts';

class Network extends Module {
  readonly inputScale = new Parameter(ones([3]));
  readonly callCount = new Variable(zeros([], { dtype: 'i32' }));
  readonly hidden = new Sequential(new Linear(3, 2), new BatchNorm1d(2), new ReLU());
  readonly offset = new Parameter(zeros([2]));
  readonly label = 'not a part of the state';

  forward(x: Tensor): Tensor {
    this.callCount.assign(this.callCount.add(1));
    return this.hidden.forward(x.mul(this.inputScale)).add(this.offset);
  }
}

const names = [
  'input_scale',
  'offset',
  'call_count',
  'hidden.0.weight',
  'hidden.0.bias',
  'hidden.1.weight',
  'hidden.1.bias',
  'hidden.1.running_mean',
  'hidden.1.running_var',
  'hidden.1.num_batches_tracked',
];
const buffers = names.filter((name) => /running|count|batches/.test(name));

test('what is said to be there is there', () => {
  const exports: Readonly<Record<string, unknown>> = { Module, Parameter };
  for (const { windfall } of modules) {
    const [name, method] = windfall.split('.') as [string, string?];
    const found = exports[name] as Readonly<{ prototype: Record<string, unknown> }>;
    expect([windfall, typeof (method === undefined ? found : found.prototype[method])]).toEqual([
      windfall,
      'function',
    ]);
  }
});

describe('a module', () => {
  test('finds parameters, buffers and modules among its properties, in order', () => {
    const net = new Network();
    expect(net.namedParameters().map(([name]) => name)).toEqual(
      names.filter((name) => !buffers.includes(name)),
    );
    expect(net.namedBuffers().map(([name]) => name)).toEqual(buffers);
    expect(net.namedModules().map(([name]) => name)).toEqual([
      '',
      'hidden',
      'hidden.0',
      'hidden.1',
      'hidden.2',
    ]);
    expect(net.children()).toEqual([net.hidden]);
    expect(net.parameters()).toContain(net.offset);
  });

  test('lists what is shared once, but its state under every name', () => {
    const shared = new Linear(2, 2);
    const net = new Sequential(shared, new ReLU(), shared);
    expect(net.parameters()).toEqual([shared.weight, shared.bias]);
    expect(net.namedModules().map(([name]) => name)).toEqual(['', '0', '1']);
    expect(net.children()).toHaveLength(3);
    expect(Object.keys(net.stateDict())).toEqual(['0.weight', '0.bias', '2.weight', '2.bias']);
    const x = tensor([[1, 2]]);
    const twice = shared.forward(shared.forward(x).relu());
    expect(net.forward(x).toArray()).toEqual(twice.toArray());
  });

  test('that contains itself is an error, not an endless loop', () => {
    class Loop extends Module {
      inner: Module = this;
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    const loop = new Loop();
    expect(loop.namedModules()).toHaveLength(1);
    expect(() => loop.stateDict()).toThrow('Module: inner contains itself');
  });

  test('with parameters or modules in an array is an error, as they would not be learned', () => {
    class Listed extends Module {
      readonly sizes = [2, 2];
      readonly parts: readonly unknown[];
      constructor(...parts: unknown[]) {
        super();
        this.parts = parts;
      }
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    expect(new Listed('label', zeros([1])).parameters()).toEqual([]);
    const message =
      'Listed: the array parts holds modules or variables, which are not found there: use Sequential (or assign them as properties)';
    for (const part of [new Linear(2, 2), new Parameter(zeros([1])), new Variable(zeros([1]))]) {
      const net = new Sequential(new Listed(part));
      expect(() => net.parameters()).toThrow(message);
      expect(() => net.stateDict()).toThrow(message);
      expect(() => net.eval()).toThrow(message);
    }
  });

  test('is in training at first; train and eval reach every module below', () => {
    const net = new Network();
    const modes = (): boolean[] => net.namedModules().map(([, module]) => module.training);
    expect(new Set(modes())).toEqual(new Set([true]));
    expect(net.eval()).toBe(net);
    expect(new Set(modes())).toEqual(new Set([false]));
    net.train();
    net.hidden.training = false;
    expect(modes()).toEqual([true, false, true, true, true]);
  });

  test('zeroGrad forgets every gradient', () => {
    const net = new Network();
    net
      .forward(ones([2, 3]))
      .sum()
      .backward();
    expect(net.offset.grad!.toArray()).toEqual([2, 2]);
    net.zeroGrad();
    expect(net.parameters().every(({ grad }) => grad === null)).toBe(true);
  });

  test('prints as a tree', () => {
    const net = new Sequential(
      new Conv2d(1, 4, 3, { stride: [1, 2] }),
      new Sequential(new MaxPool2d(2), new Flatten(), new Linear(8, 2, { bias: false })),
      new BatchNorm1d(2, { momentum: null }),
      new Sigmoid(),
      new Tanh(),
    );
    expect(String(net)).toBe(
      [
        'Sequential(',
        '  (0): Conv2d(1, 4, kernelSize=[3, 3], stride=[1, 2], padding=[0, 0], dilation=[1, 1], groups=1, bias=true)',
        '  (1): Sequential(',
        '    (0): MaxPool2d(kernelSize=[2, 2], stride=[2, 2], padding=[0, 0], dilation=[1, 1], ceilMode=false)',
        '    (1): Flatten(start=1, end=-1)',
        '    (2): Linear(inFeatures=8, outFeatures=2, bias=false)',
        '  )',
        '  (2): BatchNorm1d(2, eps=0.00001, momentum=null, affine=true, trackRunningStats=true)',
        '  (3): Sigmoid()',
        '  (4): Tanh()',
        ')',
      ].join('\n'),
    );
    expect(inspect(new ReLU())).toBe('ReLU()');
    expect(String(new Sequential())).toBe('Sequential()');
  });
});

describe('stateDict', () => {
  test('has the names of PyTorch in its order: parameters, buffers, then children', () => {
    expect(Object.keys(new Network().stateDict())).toEqual(names);
  });

  test('leaves names that start with a capital as they are', () => {
    class Formula extends Module {
      readonly W1 = new Parameter(zeros([1]));
      readonly Wq = new Parameter(zeros([1]));
      readonly outputW = new Parameter(zeros([1]));
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    expect(Object.keys(new Formula().stateDict())).toEqual(['W1', 'Wq', 'output_w']);
  });

  test('never gives two properties one name', () => {
    class Twice extends Module {
      readonly running_mean = new Parameter(zeros([1]));
      readonly runningMean = new Variable(zeros([1]));
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    const message = 'Twice: the properties running_mean and runningMean are both named running_mean';
    expect(() => new Twice().stateDict()).toThrow(message);
    expect(() => new Sequential(new Twice()).parameters()).toThrow(message);
  });

  test('keeps its values when training goes on', () => {
    const net = new Network();
    const before = net.stateDict();
    net.offset.assign(ones([2]));
    net.forward(ones([2, 3]));
    expect(before['offset']!.toArray()).toEqual([0, 0]);
    expect(before['call_count']!.item()).toBe(0);
    expect(before['offset']!.requiresGrad).toBe(false);
    expect(net.callCount.item()).toBe(1);
  });
});

describe('loadStateDict', () => {
  test('gives another module the same values', () => {
    const [a, b] = [new Network(), new Network()];
    a.forward(
      tensor([
        [1, 2, 3],
        [3, 1, 1],
      ]),
    );
    expect(b.loadStateDict(a.stateDict())).toEqual({ missing: [], unexpected: [] });
    const x = ones([1, 3]);
    expect(b.eval().forward(x).toArray()).toEqual(a.eval().forward(x).toArray());
    expect(b.offset.requiresGrad).toBe(true);
    expect(b.hidden.children()[1]).toMatchObject({ training: false });
  });

  test('lists everything wrong in one error, and loads nothing', () => {
    const net = new Network();
    const before = net.stateDict();
    const { offset: _, ...state } = new Network().stateDict();
    const wrong = {
      ...state,
      head: zeros([1]),
      'hidden.0.weight': zeros([3, 2]),
      'hidden.0.bias': zeros([2], { dtype: 'f64' }),
      input_scale: [1, 2, 3] as unknown as Tensor,
    };
    expect(() => net.loadStateDict(wrong)).toThrow(
      [
        'loadStateDict: the state does not fit, and nothing was loaded',
        '  missing: offset',
        '  unexpected: head',
        '  input_scale is not a tensor',
        '  hidden.0.weight has shape [3, 2], expected [2, 3]',
        '  hidden.0.bias is f64, expected f32',
      ].join('\n'),
    );
    for (const [name, value] of Object.entries(net.stateDict()))
      expect(value.toArray()).toEqual(before[name]!.toArray());
  });

  test('refuses what is no state dict, and options that it does not know', () => {
    const net = new Network();
    for (const [state, description] of [
      [null, 'null'],
      [undefined, 'undefined'],
      [5, '5'],
      [[ones([2])], 'an array'],
      [new Map(), 'an object of class Map'],
    ] as const) {
      expect(() => net.loadStateDict(state as any, { strict: false })).toThrow(
        `loadStateDict: expected an object of tensors by name, such as stateDict() gives, not ${description}`,
      );
    }
    const load = (options: any) => () => net.loadStateDict(net.stateDict(), options);
    expect(load(null)).toThrow('loadStateDict: options are an object with strict, not null');
    expect(load(false)).toThrow('loadStateDict: options are an object with strict, not false');
    expect(load({ strikt: false })).toThrow("loadStateDict: has no option 'strikt'; its options are strict");
    expect(load({ strict: 0 })).toThrow('loadStateDict: strict is true or false, not 0');
  });

  test('not strict, loads what has a counterpart and tells what has not', () => {
    const net = new Network();
    const state = { offset: ones([2]), head: zeros([1]) };
    const report = net.loadStateDict(state, { strict: false });
    expect(report.unexpected).toEqual(['head']);
    expect(report.missing).toEqual(names.filter((name) => name !== 'offset'));
    expect(net.offset.toArray()).toEqual([1, 1]);
    expect(() => net.loadStateDict({ offset: ones([3]) }, { strict: false })).toThrow(
      'offset has shape [3], expected [2]',
    );
  });
});
