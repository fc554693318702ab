/**
 * @file Options of batch normalization that are small enough to share a file: each by a law that relates it to the plain layer.
 */
import { compile, evaluate, gradient, normal, type Tensor, zeros } from '@windfall/core';
import { BatchNorm1d, BatchNorm2d, BatchNorm3d, Linear, Sequential } from '../src/index.ts';
import { expectSameDerivatives, expectSameState, flags, randomize, twin } from './support/batch-norm.ts';
import { expectClose } from './support/fixtures.ts';

const dtype = 'f64';
const double = { dtype } as const;

describe('scale and shift', () => {
  const x = normal([6, 3], double);

  test.each([
    [{ scale: false }, ['bias']],
    [{ shift: false }, ['weight']],
    [{ affine: false, scale: true }, ['weight']],
    [{ affine: false, shift: true }, ['bias']],
    [{ affine: false }, []],
    [{}, ['weight', 'bias']],
  ])('%j learns %j', (options, names) => {
    const norm = new BatchNorm1d(3, { dtype, ...options });
    expect(norm.namedParameters().map(([name]) => name)).toEqual(names);
    const full = new BatchNorm1d(3, double);
    for (const [name, parameter] of norm.namedParameters()) {
      const value = normal([3], double);
      parameter.assign(value);
      full[name as 'weight' | 'bias']!.assign(value);
    }
    const expectSame = (): void => {
      const [y, expected] = [norm.forward(x), full.forward(x)];
      // In one plan: another one may round differently.
      evaluate([y, expected]);
      expectClose(y, expected, 1e-15);
    };
    expectSame();
    expectSameState(norm.eval(), full.eval());
    expectSame();
  });

  test('print apart when they differ', () => {
    expect(
      String(new BatchNorm1d(3, { shift: false, axis: -1, ghostBatchSize: 8, renorm: { rMax: 2 } })),
    ).toBe(
      'BatchNorm1d(3, eps=0.00001, momentum=0.1, scale=true, shift=false, trackRunningStats=true, axis=-1, ghostBatchSize=8, renorm={rMax: 2, dMax: 5})',
    );
  });
});

describe('axis', () => {
  test.each([
    [BatchNorm1d, [5, 4, 3], -1],
    [BatchNorm1d, [5, 4, 3], 2],
    [BatchNorm1d, [5, 3], -1],
    [BatchNorm1d, [3, 5, 2], 0],
    [BatchNorm1d, [3, 5], -2],
    [BatchNorm2d, [2, 4, 2, 3], -1],
    [BatchNorm2d, [2, 4, 3, 2], 2],
    [BatchNorm3d, [2, 2, 1, 2, 3], -1],
  ])('%p on %j with axis %i is the plain layer on the permuted input', (Layer, shape, axis) => {
    const at = axis < 0 ? axis + shape.length : axis;
    const others = shape.map((_, k) => k).filter((k) => k !== at);
    const order = [others[0]!, at, ...others.slice(1)];
    const back = order.map((_, k) => order.indexOf(k));
    const plain = randomize(new Layer(3, double));
    const norm = twin(plain, { axis });
    const x = normal(shape, { dtype, mean: 3 });
    for (const mode of [true, false]) {
      plain.train(mode);
      norm.train(mode);
      const [y, expected] = [norm.forward(x), plain.forward(x.permute(order)).permute(back)];
      expectClose(y, expected, 1e-14);
      expectSameDerivatives(y, expected, x);
      expectSameState(norm, plain);
    }
  });

  test('that x does not have, or that has other channels, is an error', () => {
    expect(() => new BatchNorm1d(3, { axis: 2 }).forward(zeros([4, 3]))).toThrow(
      'BatchNorm1d: expected 3 channels (axis 2), got none in [4, 3]',
    );
    expect(() => new BatchNorm2d(3, { axis: -1 }).forward(zeros([2, 3, 4, 5]))).toThrow(
      'BatchNorm2d: expected 3 channels (axis -1), got 5 in [2, 3, 4, 5]',
    );
    expect(() => new BatchNorm1d(3, { axis: 0.5 })).toThrow('BatchNorm1d: axis is a whole number, not 0.5');
  });
});

describe('training or not', () => {
  const x = normal([6, 3], { dtype, mean: 4 });

  test('is said by a flag for one call, whatever train and eval have set', () => {
    const norm = new BatchNorm1d(3, double);
    const reference = new BatchNorm1d(3, double);
    norm.eval();
    expectClose(norm.forward(x, { training: true }), reference.forward(x), 0);
    expectSameState(norm, reference);
    norm.train();
    expectClose(norm.forward(x, { training: false }), reference.eval().forward(x), 0);
    expectSameState(norm, reference);
    expect(() => norm.forward(x, { training: 1 as any })).toThrow(
      'BatchNorm1d: training is true or false, not 1',
    );
  });

  test('does not matter for a frozen layer, until it is thawed', () => {
    const model = new Sequential(new Linear(3, 3, double), new BatchNorm1d(3, double));
    const norm = model[1] as BatchNorm1d;
    model.forward(x);
    expect(norm.frozen).toBe(false);
    norm.freeze();
    const before = norm.stateDict();
    const evaluated = model.eval().forward(x);
    expectClose(model.train().forward(x), evaluated, 0);
    expect(norm.training).toBe(true);
    expect(norm.frozen).toBe(true);
    norm.forward(x, { training: true });
    for (const [name, value] of Object.entries(norm.stateDict())) expectClose(value, before[name]!, 0);
    expect(norm.forward(zeros([1, 3], double)).shape).toEqual([1, 3]);
    expect(norm.unfreeze()).toBe(norm);
    model.forward(x);
    expect(norm.numBatchesTracked!.item()).toBe(2);
    expect(() => new BatchNorm1d(3, { trackRunningStats: false }).freeze()).toThrow(
      'BatchNorm1d: without running statistics there is nothing that a frozen layer could use',
    );
  });

  test('resetRunningStats takes the statistics back to the start', () => {
    const norm = randomize(new BatchNorm1d(3, double));
    norm.forward(x);
    norm.resetRunningStats();
    const fresh = new BatchNorm1d(3, double);
    expectClose(norm.runningMean, fresh.runningMean!, 0);
    expectClose(norm.runningVar, fresh.runningVar!, 0);
    expect(norm.numBatchesTracked!.item()).toBe(0);
    expect(() => new BatchNorm1d(3, { trackRunningStats: false }).resetRunningStats()).not.toThrow();
  });
});

describe('a state dict without num_batches_tracked', () => {
  test('is one from before PyTorch 0.4.1: the count starts at 0', () => {
    const net = new Sequential(new Linear(3, 3), new BatchNorm1d(3));
    net.forward(normal([4, 3]));
    const { '1.num_batches_tracked': count, ...old } = net.stateDict();
    expect(count!.item()).toBe(1);
    expect(net.loadStateDict(old)).toEqual({ missing: [], unexpected: [] });
    expect((net[1] as BatchNorm1d).numBatchesTracked!.item()).toBe(0);
    const shared = new BatchNorm1d(3);
    const twice = new Sequential(shared, shared);
    const counted = Object.entries(twice.stateDict()).filter(([name]) => !name.endsWith('tracked'));
    expect(twice.loadStateDict(Object.fromEntries(counted)).missing).toEqual([]);
    const { '1.running_mean': _, ...less } = old;
    expect(() => net.loadStateDict(less)).toThrow('missing: 1.running_mean, 1.num_batches_tracked');
    expect(() => new BatchNorm1d(3, { trackRunningStats: false }).loadStateDict(old)).toThrow('unexpected');
  });
});

test.each([
  [{}, false],
  [{ momentum: null, ghostBatchSize: 3 }, false],
  [{ renorm: {}, axis: -1 }, false],
  [{ eps: 0 }, true],
  [{ ghostBatchSize: 2, renorm: { rMax: 1.2 } }, true],
])('compiled, %j (mask: %p) gives the same bits', (options, hasMask) => {
  const mask = hasMask
    ? flags([
        [1, 1, 0],
        [1, 0, 0],
        [0, 1, 0],
        [1, 0, 0],
        [1, 1, 1],
        [1, 1, 1],
      ])
    : null;
  const make = (): BatchNorm1d => randomize(new BatchNorm1d(3, { dtype, ...options }));
  const plain = make();
  const other = twin(plain, options);
  const run = (norm: BatchNorm1d, x: Tensor): Tensor[] => {
    const y = norm.forward(x, { mask });
    return [y, ...gradient(y.tanh().sum(), [x, ...norm.parameters()])];
  };
  const compiled = compile((x: Tensor) => run(other, x));
  for (let step = 0; step < 3; step++) {
    const x = normal([6, 3, 3], { dtype, mean: step });
    const results = run(plain, x);
    // In one plan, as the compiled function has them.
    evaluate(results);
    for (const [position, value] of compiled(x).entries()) expectClose(value, results[position]!, 0);
    expectSameState(other, plain, 0);
  }
});
