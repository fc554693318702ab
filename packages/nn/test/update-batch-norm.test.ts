/**
 * @file Population statistics: the averages over batches (the paper's Algorithm 2), or nothing has changed.
 */
import { normal, tensor, type Tensor, zeros } from '@windfall/core';
import {
  BatchNorm1d,
  BatchNorm2d,
  Linear,
  Module,
  Sequential,
  Tanh,
  updateBatchNorm,
  updateBatchNormAsync,
} from '../src/index.ts';
import { expectClose } from './support/fixtures.ts';

const dtype = 'f64';
const double = { dtype } as const;

const make = (): Sequential =>
  new Sequential(
    new Linear(3, 4, double),
    new BatchNorm1d(4, double),
    new Tanh(),
    new BatchNorm1d(4, double),
  );
const batches = [8, 3, 5].map((n) => normal([n, 3], { dtype, mean: n }));

function average(values: readonly Tensor[]): Tensor {
  return values.reduce((sum, value) => sum.add(value)).div(values.length);
}

function expectState(net: Module, state: Record<string, Tensor>): void {
  for (const [name, value] of Object.entries(net.stateDict())) expectClose(value, state[name]!, 0);
}

describe('updateBatchNorm', () => {
  test('averages means and unbiased variances over the batches, whatever was there before', () => {
    const net = make();
    net.forward(normal([4, 3], { dtype, mean: 9 }));
    updateBatchNorm(net, batches);
    const hidden = batches.map((x) => net[0]!.forward(x));
    const norm = net[1] as BatchNorm1d;
    expectClose(norm.runningMean, average(hidden.map((h) => h.mean(0))), 1e-13);
    expectClose(norm.runningVar, average(hidden.map((h) => h.variance(0))), 1e-13);
    expect(norm.numBatchesTracked!.item()).toBe(3);
    expect((net[3] as BatchNorm1d).numBatchesTracked!.item()).toBe(3);
  });

  test('leaves modes, momenta and parameters as they were', () => {
    const net = make().eval();
    net[3]!.training = true;
    (net[1] as BatchNorm1d).momentum = 0.7;
    const parameters = net.parameters().map((parameter) => parameter.detach());
    updateBatchNorm(net, batches);
    expect(net.namedModules().map(([, module]) => module.training)).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
    expect([net[1], net[3]].map((norm) => (norm as BatchNorm1d).momentum)).toEqual([0.7, 0.1]);
    net.parameters().forEach((parameter, position) => {
      expectClose(parameter, parameters[position]!, 0);
      expect([parameter.grad, parameter.requiresGrad]).toEqual([null, true]);
    });
  });

  test('takes lists of inputs and more, and asynchronous batches', async () => {
    const [plain, listed, asynchronous] = [make(), make(), make()];
    for (const net of [listed, asynchronous]) net.loadStateDict(plain.stateDict());
    updateBatchNorm(plain, batches);
    updateBatchNorm(listed, new Set(batches.map((x) => [x, 'target'] as const)));
    async function* later(): AsyncGenerator<Tensor> {
      for (const x of batches) {
        await Promise.resolve();
        yield x;
      }
    }
    await updateBatchNormAsync(asynchronous, later());
    for (const net of [listed, asynchronous]) expectState(net, plain.stateDict());
    await updateBatchNormAsync(asynchronous, batches);
    expectState(asynchronous, plain.stateDict());
    expect(asynchronous.training).toBe(true);
  });

  test('leaves alone what is frozen, does not track, or is not reached', () => {
    class Branches extends Module {
      readonly used = new BatchNorm1d(3, double);
      readonly unused = new BatchNorm1d(3, double);
      readonly frozen = new BatchNorm1d(3, double);
      readonly still = new BatchNorm1d(3, double);
      readonly without = new BatchNorm1d(3, { dtype, trackRunningStats: false });
      forward(x: Tensor): Tensor {
        return this.without.forward(this.still.forward(this.frozen.forward(this.used.forward(x))));
      }
    }
    const net = new Branches();
    const others = [net.unused, net.frozen, net.still];
    for (const norm of others) norm.forward(batches[0]!);
    net.frozen.freeze();
    net.still.trackRunningStats = false;
    const before = others.map((norm) => norm.stateDict());
    updateBatchNorm(net, batches);
    expect(net.used.numBatchesTracked!.item()).toBe(3);
    for (const [position, norm] of others.entries()) expectState(norm, before[position]!);
    expect(net.frozen.frozen).toBe(true);
  });

  test('on an error leaves all as it was', async () => {
    const net = make().eval();
    net.forward(batches[0]!);
    (net[1] as BatchNorm1d).forward(normal([4, 4], double), { training: true });
    const before = net.stateDict();
    function* broken(): Generator<Tensor> {
      yield batches[0]!;
      throw new Error('the disk is gone');
    }
    async function* brokenLater(): AsyncGenerator<Tensor> {
      yield* broken();
      await Promise.resolve();
    }
    expect(() => updateBatchNorm(net, broken())).toThrow('the disk is gone');
    await expect(updateBatchNormAsync(net, brokenLater())).rejects.toThrow('the disk is gone');
    expect(() => updateBatchNorm(net, [batches[0]!, zeros([2, 5], double)])).toThrow(
      'Linear: expected [..., 3]',
    );
    expect(() => updateBatchNorm(net, [batches[0]!, zeros([1, 3], double)])).toThrow(
      'more than one value per channel',
    );
    expect(() => updateBatchNorm(net, [batches[0]!, 5 as any])).toThrow(
      'updateBatchNorm: a batch is a tensor, or a list that starts with one, not 5',
    );
    for (const nothing of [[], [zeros([0, 3], double)]])
      expect(() => updateBatchNorm(net, nothing)).toThrow(
        'updateBatchNorm: no batch with any element has reached a batch normalization',
      );
    expectState(net, before);
    expect(net.training).toBe(false);
    expect((net[1] as BatchNorm1d).momentum).toBe(0.1);
    expect(() => updateBatchNorm(net, 5 as any)).toThrow('the batches are an iterable');
    await expect(updateBatchNormAsync(net, 5 as any)).rejects.toThrow('the batches are an iterable');
    expect(() => updateBatchNorm(5 as any, [])).toThrow('the model is a module, not 5');
  });

  test('without batch normalizations looks at no batch', () => {
    expect(() => updateBatchNorm(new Linear(2, 2), [5 as any])).not.toThrow();
  });

  test('of one batch makes evaluation give what training gave, but for the unbiased variance', () => {
    const norm = new BatchNorm2d(2, { dtype, eps: 0 });
    const x = normal([4, 2, 3, 3], double);
    updateBatchNorm(norm, [x]);
    const n = 4 * 9;
    const factor = tensor(Math.sqrt((n - 1) / n), double);
    expectClose(norm.forward(x, { training: false }), norm.forward(x).mul(factor), 1e-13);
  });
});
