/**
 * @file Hooks of modules: when they are called, with what, and what they may change.
 */
import { compile, gradcheck, gradient, normal, ones, type Tensor, tensor, Variable } from '@windfall/core';
import { BatchNorm1d, Linear, type Module, ReLU, Sequential, SGD, Tanh } from '../src/index.ts';
import { expectClose } from './support/fixtures.ts';
import { functional } from './support/functional.ts';

const dtype = 'f64';
const double = { dtype } as const;
const make = (): Sequential => new Sequential(new Linear(3, 4, double), new Tanh(), new Linear(4, 2, double));
const x = normal([5, 3], double);

describe('forward hooks', () => {
  test('see input and result of every forward, within Sequential, too', () => {
    const net = make();
    const seen: [Module, Tensor, Tensor][] = [];
    const remove = net[1]!.registerForwardHook((module, input, output) => {
      seen.push([module, input, output]);
    });
    const y = net.forward(x);
    expect(seen).toHaveLength(1);
    const [module, input, output] = seen[0]!;
    expect(module).toBe(net[1]);
    expectClose(input, net[0]!.forward(x), 0);
    expectClose(output, input.tanh(), 0);
    expectClose(net[2]!.forward(output), y, 0);
    remove();
    remove();
    net.forward(x);
    expect(seen).toHaveLength(1);
  });

  test('are called in the order they came, before and after, parents around children', () => {
    const net = make();
    const calls: string[] = [];
    const note = (text: string) => (): void => {
      calls.push(text);
    };
    net.registerForwardPreHook(note('net before'));
    net.registerForwardHook(note('net after'));
    net[0]!.registerForwardHook(note('first after'));
    net[0]!.registerForwardHook(note('first after, too'));
    net[0]!.registerForwardPreHook(note('first before'));
    net.forward(x);
    expect(calls).toEqual(['net before', 'first before', 'first after', 'first after, too', 'net after']);
  });

  test('may put other tensors in the place of input and result', () => {
    const net = make();
    const plain = net.forward(x.mul(2)).add(1).mul(3);
    net[0]!.registerForwardPreHook((_module, input) => input.mul(2));
    net.registerForwardHook((_module, _input, output) => output.add(1));
    net.registerForwardHook((_module, _input, output) => output.mul(3));
    expectClose(net.forward(x), plain, 0);
    expect(() => {
      net[1]!.registerForwardHook(() => 5);
      net.forward(x);
    }).toThrow('Tanh: a hook returns a tensor or nothing, not 5');
    expect(() => net.registerForwardHook(5 as any)).toThrow('Sequential: a hook is a function, not 5');
  });

  test('leave options of a forward, and the module itself, as they are', () => {
    const norm = new BatchNorm1d(3, double);
    const [names, text] = [Object.keys(norm), String(norm)];
    const remove = norm.registerForwardHook(() => undefined);
    norm.forward(x, { training: false });
    expect(norm.numBatchesTracked!.item()).toBe(0);
    norm.forward(x);
    expect(norm.numBatchesTracked!.item()).toBe(1);
    expect([Object.keys(norm), String(norm)]).toEqual([names, text]);
    expect(Object.hasOwn(norm, 'forward')).toBe(true);
    remove();
    expect(Object.hasOwn(norm, 'forward')).toBe(false);
    norm.registerForwardHook(() => undefined)();
    norm.forward(x);
    expect(norm.numBatchesTracked!.item()).toBe(2);
  });

  test('belong to one module, also where its class calls the forward of another', () => {
    class Twice extends Linear {
      override forward(input: Tensor): Tensor {
        return super.forward(super.forward(input));
      }
    }
    const [net, other] = [new Twice(3, 3, double), new Twice(3, 3, double)];
    let calls = 0;
    net.registerForwardHook(() => {
      calls++;
    });
    net.forward(x);
    other.forward(x);
    expect(calls).toBe(1);
  });

  test('in compile are called when the function is traced, and may assign variables', () => {
    const net = make();
    const largest = new Variable(tensor(0, double));
    let calls = 0;
    net[0]!.registerForwardHook((_module, _input, output) => {
      calls++;
      largest.assign(output.abs().max());
    });
    const run = compile((input: Tensor) => net.forward(input));
    for (const scale of [1, 2, 3]) {
      run(x.mul(scale));
      const expected = (net[0] as Linear).weight.matmul(x.mul(scale).transpose());
      const bias = (net[0] as Linear).bias!.unsqueeze(1);
      expectClose(largest, expected.add(bias).abs().max(), 1e-14);
    }
    expect(calls).toBe(1);
  });
});

describe('gradient hooks', () => {
  test('see the gradients of result and input', () => {
    const net = make();
    const seen: Record<string, Tensor> = {};
    net[1]!.registerFullBackwardPreHook((module, gradOutput) => {
      expect(module).toBe(net[1]);
      seen['before'] = gradOutput;
    });
    net[1]!.registerFullBackwardHook((_module, gradInput, gradOutput) => {
      seen['input'] = gradInput;
      seen['output'] = gradOutput!;
    });
    const hidden = net[0]!.forward(x).detach();
    net.forward(x).pow(2).sum().backward();
    const after = hidden.tanh();
    const [dAfter] = gradient(net[2]!.forward(after).pow(2).sum(), [after]);
    expectClose(seen['before'], dAfter, 1e-13);
    expectClose(seen['output'], dAfter, 1e-13);
    expectClose(seen['input'], dAfter.mul(after.square().neg().add(1)), 1e-13);
  });

  test('change no derivative by looking, to order 3', () => {
    const net = make();
    let calls = 0;
    for (const module of net.children()) {
      module.registerFullBackwardPreHook(() => {
        calls++;
      });
      module.registerFullBackwardHook(() => {
        calls++;
      });
    }
    gradcheck(functional(net), [x, ...net.parameters().map(({ shape }) => normal(shape, double))], {
      order: 3,
    });
    expect(calls).toBeGreaterThan(0);
  });

  test('may put another gradient in the place of either', () => {
    const weights = (prepare: (net: Sequential) => void): Tensor => {
      const net = make();
      net.loadStateDict(state);
      prepare(net);
      net.forward(x).sum().backward();
      return (net[0] as Linear).weight.grad!;
    };
    const state = make().stateDict();
    const plain = weights(() => undefined);
    expectClose(
      weights((net) => net[1]!.registerFullBackwardPreHook((_module, gradOutput) => gradOutput.mul(3))),
      plain.mul(3),
      1e-14,
    );
    expectClose(
      weights((net) => net[1]!.registerFullBackwardHook((_module, gradInput) => gradInput.neg())),
      plain.neg(),
      1e-14,
    );
  });

  test('are told of gradients of gradients, which are the true ones', () => {
    const layer = new Tanh();
    const seen: Tensor[] = [];
    layer.registerFullBackwardPreHook((_module, gradOutput) => {
      seen.push(gradOutput);
    });
    const y = layer.forward(x);
    const [first] = gradient(y.square().sum(), [x]);
    expectClose(seen[0], y.mul(2), 1e-15);
    const [second] = gradient(first.sum(), [x]);
    const reference = x.tanh();
    const [expected] = gradient(gradient(reference.square().sum(), [x])[0].sum(), [x]);
    expectClose(second, expected, 1e-14);
    expect(seen.length).toBeGreaterThan(1);
  });

  test('see what is computed while they are there, until they are removed', () => {
    const layer = new ReLU();
    const calls = { first: 0, second: 0 };
    const early = layer.forward(x);
    const remove = layer.registerFullBackwardPreHook(() => {
      calls.first++;
    });
    const between = layer.forward(x);
    layer.registerFullBackwardPreHook(() => {
      calls.second++;
    });
    gradient(early.sum(), [x]);
    expect(calls).toEqual({ first: 0, second: 0 });
    gradient(between.sum(), [x]);
    expect(calls).toEqual({ first: 1, second: 0 });
    gradient(layer.forward(x).sum(), [x]);
    expect(calls).toEqual({ first: 2, second: 1 });
    remove();
    gradient(between.sum(), [x]);
    expect(calls).toEqual({ first: 2, second: 1 });
  });

  test('limit the gradients of a compiled step', () => {
    const train = (compiled: boolean): Record<string, Tensor> => {
      const net = make();
      net.loadStateDict(state);
      net[1]!.registerFullBackwardPreHook((_module, gradOutput) => gradOutput.clamp(-0.01, 0.01));
      const optimizer = new SGD(net.parameters(), { learningRate: 0.5 });
      const step = (input: Tensor): void => {
        optimizer.zeroGrad();
        net.forward(input).square().mean().backward();
        optimizer.step();
      };
      const run = compiled ? compile(step) : step;
      for (let k = 0; k < 3; k++) run(x);
      return net.stateDict();
    };
    const state = make().stateDict();
    const [plain, compiled] = [train(false), train(true)];
    for (const [name, value] of Object.entries(compiled)) expectClose(value, plain[name]!, 0);
  });
});

describe('apply', () => {
  test('reaches every module once, children first', () => {
    const shared = new ReLU();
    const net = new Sequential(new Sequential(new Tanh(), shared), shared);
    const names: string[] = [];
    expect(net.apply((module) => names.push(module.constructor.name))).toBe(net);
    expect(names).toEqual(['Tanh', 'ReLU', 'Sequential', 'Sequential']);
  });
});

describe('requireGradients', () => {
  test('false holds the parameters below where they are, true lets them learn again', () => {
    const net = make();
    const before = net.stateDict();
    const optimizer = new SGD(net.parameters(), { learningRate: 0.1 });
    const step = (): void => {
      optimizer.zeroGrad();
      net.forward(x).sum().backward();
      optimizer.step();
    };
    expect(net[0]!.requireGradients(false)).toBe(net[0]);
    step();
    expect((net[0] as Linear).weight.grad).toBe(null);
    expectClose((net[0] as Linear).weight, before['0.weight']!, 0);
    expect((net[2] as Linear).bias!.sub(before['2.bias']!).abs().min().item()).toBeGreaterThan(0);
    net.requireGradients();
    step();
    expect((net[0] as Linear).weight.sub(before['0.weight']!).abs().max().item()).toBeGreaterThan(0);
    expect(() => net.requireGradients(1 as any)).toThrow('Sequential: required is true or false, not 1');
    net
      .forward(ones([1, 3], double))
      .sum()
      .backward();
    net.requireGradients(false);
    expect(net.parameters().every(({ grad, requiresGrad }) => grad === null && !requiresGrad)).toBe(true);
  });

  test('holds for compiled steps, too', () => {
    const net = make();
    const optimizer = new SGD(net.parameters(), { learningRate: 0.1 });
    const step = compile((input: Tensor) => {
      optimizer.zeroGrad();
      net.forward(input).square().mean().backward();
      optimizer.step();
    });
    const moved = (): boolean[] => {
      const before = net.stateDict();
      step(x);
      return Object.entries(net.stateDict()).map(
        ([name, value]) => value.sub(before[name]!).abs().max().item() !== 0,
      );
    };
    expect(moved()).toEqual([true, true, true, true]);
    net[0]!.requireGradients(false);
    expect(moved()).toEqual([false, false, true, true]);
    net.requireGradients();
    expect(moved()).toEqual([true, true, true, true]);
  });
});
