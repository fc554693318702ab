/**
 * @file What batch normalization offers beyond PyTorch's: each option by a law that relates it to the plain layer.
 */
import { compile, concat, gradient, noGrad, normal, tensor, type Tensor, where, zeros } from '@windfall/core';
import {
  batchNorm,
  type BatchNorm,
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  type BatchNormOptions,
  BatchRenorm,
  Linear,
  type Module,
  Sequential,
} from '../src/index.ts';
import { expectClose } from './support/fixtures.ts';

const dtype = 'f64';
const double = { dtype } as const;

/** A bool tensor. */
const flags = (values: any): Tensor => tensor(values, { dtype: 'bool' });

function expectSameState(actual: Module, expected: Module, tolerance = 1e-14): void {
  const state = expected.stateDict();
  for (const [name, value] of Object.entries(actual.stateDict())) expectClose(value, state[name]!, tolerance);
}

/** Random γ and β. */
function randomize<Layer extends BatchNorm>(norm: Layer): Layer {
  norm.weight?.assign(normal(norm.weight.shape, double));
  norm.bias?.assign(normal(norm.bias.shape, double));
  return norm;
}

/** Another layer with the same state. */
function twin<Layer extends BatchNorm>(norm: Layer, options: BatchNormOptions = {}): Layer {
  const made = new (norm.constructor as new (n: number, o: BatchNormOptions) => Layer)(norm.numFeatures, {
    dtype,
    ...options,
  });
  made.loadStateDict(norm.stateDict(), { strict: false });
  return made;
}

/** Asserts that two functions of x have the same derivatives along random directions, to order 3. */
function expectSameDerivatives(actual: Tensor, expected: Tensor, x: Tensor): void {
  let [slope, wanted] = [actual, expected];
  for (let order = 1; order <= 3; order++) {
    // The tanh makes higher orders differ from 0.
    const direction = normal(slope.shape, double);
    [slope] = gradient(slope.tanh(), [x], { cotangent: direction });
    [wanted] = gradient(wanted.tanh(), [x], { cotangent: direction });
    expectClose(slope, wanted, 1e-11);
  }
}

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
    expectClose(norm.forward(x), full.forward(x), 1e-15);
    expectSameState(norm.eval(), full.eval());
    expectClose(norm.forward(x), full.forward(x), 1e-15);
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

describe('mask', () => {
  const lengths = [4, 1, 3];
  const mask = flags(lengths.map((length) => [0, 1, 2, 3].map((k) => k < length)));
  const x = normal([3, 2, 4], { dtype, mean: 2 });
  /** The same elements without padding: [elements, channels] */
  const pack = (values: Tensor): Tensor =>
    concat(lengths.map((length, row) => values.slice([row, null, [0, length]]).transpose()));
  const padding = mask.unsqueeze(1).logicalNot();

  test.each([
    [{}],
    [{ momentum: null }],
    [{ affine: false }],
    [{ eps: 0 }],
    [{ renorm: { rMax: 1.5, dMax: 0.2 } }],
  ])('%j gives what packed elements give, and the same statistics', (options) => {
    const norm = randomize(new BatchNorm1d(2, { dtype, ...options }));
    const packed = twin(norm, options);
    for (const training of [true, true, false]) {
      const given = training ? x : x.add(1);
      const y = norm.forward(given, { mask, training });
      const expected = packed.forward(pack(given), { training });
      expectClose(pack(y), expected, 1e-13);
      expectSameDerivatives(pack(y), expected, given);
      expectClose(where(padding, y, 0), zeros(y.shape, double), 0);
      expectSameState(norm, packed, 1e-13);
    }
  });

  test('what stands in the padding, NaN too, has no influence, and gets gradient 0', () => {
    const cotangent = normal(x.shape, double);
    const results = [0, 1e9, NaN, Infinity].map((value) => {
      const given = where(padding, value, x).detach();
      const norm = new BatchNorm1d(2, double);
      const y = norm.forward(given, { mask });
      const slopes = gradient(y, [given, norm.weight!, norm.bias!], { cotangent });
      const evaluated = norm.forward(given, { mask, training: false });
      const [inEvaluation] = gradient(evaluated, [norm.weight!], { cotangent });
      return [y, ...slopes, evaluated, inEvaluation];
    });
    for (const result of results.slice(1))
      for (const [position, value] of result.entries()) expectClose(value, results[0]![position]!, 0);
    expectClose(where(padding, results[0]![1]!, 0), zeros(x.shape, double), 0);
  });

  test('may have extent 1 at the channels, and broadcasts', () => {
    const norm = (): BatchNorm1d => new BatchNorm1d(2, double);
    expectClose(norm().forward(x, { mask: mask.unsqueeze(1) }), norm().forward(x, { mask }), 0);
    const positions = flags([[true, false, true, true]]);
    expectClose(
      norm().forward(x, { mask: positions }),
      norm().forward(x, { mask: positions.expand([3, 4]) }),
      1e-15,
    );
  });

  test('of ones changes nothing', () => {
    const [plain, masked] = [new BatchNorm1d(2, double), new BatchNorm1d(2, double)];
    const y = masked.forward(x, { mask: flags(lengths.map(() => [1, 1, 1, 1])) });
    expectClose(y, plain.forward(x), 1e-14);
    expectSameState(masked, plain);
  });

  test('that leaves one value gives β, none gives 0; neither moves the statistics, or counts', () => {
    for (const momentum of [0.1, null]) {
      const norm = randomize(new BatchNorm1d(2, { dtype, momentum }));
      const before = norm.stateDict();
      const one = flags([[false, false, true, false], ...[1, 2].map(() => [false, false, false, false])]);
      const y = norm.forward(x, { mask: one });
      expectClose(y.slice([0, null, 2]), norm.bias!, 0);
      const none = one.logicalAnd(false);
      expectClose(norm.forward(x, { mask: none }), zeros(x.shape, double), 0);
      for (const [name, value] of Object.entries(norm.stateDict())) expectClose(value, before[name]!, 0);
      norm.forward(x, { mask });
      expect(norm.numBatchesTracked!.item()).toBe(1);
    }
  });

  test('keeps float32 accurate far from 0', () => {
    const wide = normal([16, 2, 20], { dtype, mean: 1e4, std: 0.01 }).cast('f32');
    const half = flags(
      Array.from({ length: 16 }, (_, row) => Array.from({ length: 20 }, (__, k) => k > row)),
    );
    const exact = new BatchNorm1d(2, { dtype, eps: 1e-10 }).forward(wide.cast(dtype), { mask: half });
    const y = new BatchNorm1d(2, { eps: 1e-10 }).forward(where(half.unsqueeze(1), wide, 0), { mask: half });
    expectClose(y.cast(dtype), exact, 1e-5);
  });

  test('that does not fit is an error', () => {
    const norm = new BatchNorm1d(2, double);
    expect(() => norm.forward(x, { mask: zeros([3, 4]) })).toThrow(
      "BatchNorm1d: the mask is bool, not f32; use cast(mask, 'bool')",
    );
    expect(() => norm.forward(x, { mask: flags([[true, false]]) })).toThrow(
      "BatchNorm1d: the mask has x's shape without the channels, [3, 4], or broadcasts to it; got [1, 2] for [3, 2, 4]",
    );
    expect(() => norm.forward(x, { mask: flags([true, false, true, true]) })).toThrow(
      'got [4] for [3, 2, 4]',
    );
    expect(() => norm.forward(x, { mask: [true] as any })).toThrow('the mask is a tensor, not an array');
    expect(() => norm.forward(x, { masks: mask } as any)).toThrow("has no option 'masks'");
    expect(norm.numBatchesTracked!.item()).toBe(0);
  });
});

describe('ghost batches', () => {
  test.each([
    [BatchNorm1d, [6, 2], 3, {}],
    [BatchNorm1d, [7, 2, 3], 3, { momentum: null }],
    [BatchNorm1d, [8, 2], 3, { momentum: 0.4 }],
    [BatchNorm2d, [5, 2, 2, 2], 2, {}],
    [BatchNorm2d, [4, 2, 2, 2], 1, { affine: false }],
    [BatchNorm3d, [4, 2, 1, 2, 2], 2, { trackRunningStats: false }],
    [BatchNorm1d, [4, 2], 9, {}],
    [BatchNorm1d, [6, 3, 2], 2, { axis: -1 }],
    [BatchNorm1d, [2, 6, 3], 2, { axis: 0 }],
    [BatchNorm1d, [7, 2, 2], 3, { renorm: { rMax: 1.2, dMax: 0.4 } }],
  ])('%p of %j by %i %j are batches one after the other', (Layer, shape, size, options) => {
    const whole = randomize(new Layer(2, { dtype, ghostBatchSize: size, ...options }));
    const single = twin(whole, options);
    const along = (options as BatchNormOptions).axis === 0 ? 1 : 0;
    const total = shape[along]!;
    // Ghost batches are renormalized by the statistics from before all of them.
    if (whole.renorm !== null) for (const norm of [whole, single]) norm.trackRunningStats = false;
    for (let step = 0; step < 2; step++) {
      const x = normal(shape, { dtype, mean: 2 });
      const parts: Tensor[] = [];
      for (let start = 0; start < total; start += size) {
        const range = [start, Math.min(start + size, total)] as const;
        parts.push(single.forward(x.slice(along === 0 ? [range] : [null, range])));
      }
      const [y, expected] = [whole.forward(x), concat(parts, along)];
      expectClose(y, expected, 1e-14);
      expectSameDerivatives(y, expected, x);
      expectSameState(whole, single);
    }
    if (whole.runningMean !== null) {
      const x = normal(shape, double);
      expectClose(whole.eval().forward(x), single.eval().forward(x), 1e-14);
    }
  });

  test.each([2, 3])('of a masked batch by %i, too', (size) => {
    const mask = flags([
      [1, 1, 0],
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
      [1, 1, 1],
    ]);
    const x = normal([5, 2, 3], double);
    const whole = new BatchNorm1d(2, { dtype, ghostBatchSize: size, momentum: null });
    const single = twin(whole, { momentum: null });
    const parts = [];
    for (let start = 0; start < 5; start += size) {
      const range = [start, Math.min(start + size, 5)] as const;
      parts.push(single.forward(x.slice([range]), { mask: mask.slice([range]) }));
    }
    expectClose(whole.forward(x, { mask }), concat(parts), 1e-14);
    expectSameState(whole, single);
    // The second of size 2 has nothing but padding.
    expect(whole.numBatchesTracked!.item()).toBe(2);
  });

  test('with one value per channel are an error, and nothing has changed', () => {
    const norm = new BatchNorm1d(2, { ghostBatchSize: 2 });
    expect(() => norm.forward(normal([5, 2]))).toThrow(
      'BatchNorm1d: the statistics of a batch need more than one value per channel, got [1, 2]',
    );
    expect(norm.numBatchesTracked!.item()).toBe(0);
    expect(() => new BatchNorm1d(2, { ghostBatchSize: 0 })).toThrow(
      'ghostBatchSize is a whole number ≥ 1, not 0',
    );
  });
});

describe('batch renormalization', () => {
  const x = normal([8, 2, 3], { dtype, mean: 1, std: 3 });

  test('with rMax 1 and dMax 0 is batch normalization', () => {
    const plain = randomize(new BatchNorm1d(2, double));
    const norm = twin(plain, { renorm: { rMax: 1, dMax: 0 } });
    expectClose(norm.forward(x), plain.forward(x), 1e-14);
    expectSameState(norm, plain);
  });

  test('within its limits gives in training what evaluation gives', () => {
    const norm = randomize(new BatchNorm1d(2, { dtype, renorm: { rMax: 1e9, dMax: 1e9 } }));
    norm.forward(x);
    const evaluated = norm.forward(x, { training: false });
    expectClose(norm.forward(x), evaluated, 1e-12);
  });

  test.each([
    [1.1, 0.1],
    [1.5, 5],
    [3, 0.3],
  ])('with rMax %d and dMax %d is r·x̂ + d with both limited, and constant for the gradient', (rMax, dMax) => {
    const norm = new BatchNorm1d(2, { dtype, renorm: { rMax, dMax } });
    norm.runningMean!.assign(tensor([0.5, 3], double));
    norm.runningVar!.assign(tensor([0.3, 40], double));
    const column = (values: Tensor): Tensor => values.reshape([2, 1]);
    const deviation = x.variance([0, 2], { correction: 0 }).add(1e-5).sqrt();
    const running = norm.runningVar!.add(1e-5).sqrt();
    const r = deviation
      .div(running)
      .clamp(1 / rMax, rMax)
      .detach();
    const d = x.mean([0, 2]).sub(norm.runningMean!).div(running).clamp(-dMax, dMax).detach();
    const plain = new BatchNorm1d(2, { dtype, trackRunningStats: false });
    const [y, expected] = [norm.forward(x), plain.forward(x).mul(column(r)).add(column(d))];
    expectClose(y, expected, 1e-13);
    expectSameDerivatives(y, expected, x);
  });

  test('moves the statistics as batch normalization does', () => {
    const plain = new BatchNorm1d(2, double);
    const norm = twin(plain, { renorm: {} });
    for (const batch of [x, x.mul(2), x.sub(1)]) {
      norm.forward(batch);
      plain.forward(batch);
    }
    expectSameState(norm, plain);
  });

  test('has limits that change between steps of a compiled function', () => {
    const norm = new BatchNorm1d(2, { dtype, renorm: { rMax: 1, dMax: 0 } });
    const step = compile((input: Tensor) => norm.forward(input));
    const first = step(x);
    norm.renorm!.rMax = 1e9;
    norm.renorm!.dMax = 1e9;
    const evaluated = noGrad(() => norm.forward(x, { training: false }));
    const second = step(x);
    expectClose(second, evaluated, 1e-12);
    expect(first.sub(second).abs().max().item()).toBeGreaterThan(0.1);
    expect(norm.namedBuffers().map(([name]) => name)).toEqual([
      'running_mean',
      'running_var',
      'num_batches_tracked',
    ]);
  });

  test('refuses limits out of range, and needs running statistics', () => {
    expect(() => new BatchRenorm({ rMax: 0.5 })).toThrow('BatchRenorm: rMax is a finite number ≥ 1, not 0.5');
    expect(() => new BatchNorm1d(2, { renorm: { dMax: -1 } })).toThrow(
      'BatchNorm1d: dMax is a finite number ≥ 0',
    );
    expect(() => new BatchNorm1d(2, { renorm: { r: 1 } as any })).toThrow(
      "BatchNorm1d: renorm: has no option 'r'",
    );
    expect(() => new BatchNorm1d(2, { renorm: {}, trackRunningStats: false })).toThrow(
      'BatchNorm1d: renorm corrects towards the running statistics, which trackRunningStats: false leaves out',
    );
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

describe('batchNorm, the function', () => {
  const x = normal([6, 3], { dtype, mean: 4 });

  test('returns new statistics, and leaves those given as they are', () => {
    const norm = randomize(new BatchNorm1d(3, { dtype, momentum: 0.3, eps: 1e-3 }));
    const { runningMean, runningVar, numBatchesTracked, weight, bias } = norm;
    const before = norm.stateDict();
    const statistics = { runningMean, runningVar, numBatchesTracked };
    const options = { ...statistics, weight, bias, momentum: 0.3, eps: 1e-3 };
    const result = batchNorm(x, { ...options, training: true });
    for (const [name, value] of Object.entries(norm.stateDict())) expectClose(value, before[name]!, 0);
    expectClose(result.output, norm.forward(x), 0);
    expectClose(result.runningMean, norm.runningMean!, 0);
    expectClose(result.runningVar, norm.runningVar!, 0);
    expect(result.numBatchesTracked!.item()).toBe(1);
    const evaluated = batchNorm(x, options);
    expectClose(evaluated.output, norm.eval().forward(x), 0);
    expectClose(evaluated.runningMean, runningMean!, 0);
  });

  test('gives statistics through which no gradient flows', () => {
    const { runningMean, runningVar } = batchNorm(x, {
      runningMean: zeros([3], double),
      runningVar: zeros([3], double),
      training: true,
    });
    for (const statistic of [runningMean!, runningVar!])
      expectClose(gradient(statistic.sum(), [x])[0], zeros(x.shape, double), 0);
  });

  test('needs nothing but x in training', () => {
    const result = batchNorm(x, { training: true });
    expectClose(result.output, new BatchNorm1d(3, double).forward(x), 0);
    expect([result.runningMean, result.runningVar, result.numBatchesTracked]).toEqual([null, null, null]);
  });

  test('refuses what does not fit', () => {
    const call =
      (options: any, input: any = x) =>
      () =>
        batchNorm(input, options);
    const statistics = { runningMean: zeros([3], double), runningVar: zeros([3], double) };
    expect(call({})).toThrow('batchNorm: evaluation needs runningMean and runningVar; pass training: true');
    expect(call({ runningMean: zeros([3], double) })).toThrow(
      'runningMean and runningVar are given together',
    );
    expect(call({ training: true, weight: zeros([4], double) })).toThrow(
      'batchNorm: weight is f64 [3] for x [6, 3], not f64 [4]',
    );
    expect(call({ training: true, bias: zeros([3]) })).toThrow('bias is f64 [3] for x [6, 3], not f32 [3]');
    expect(call({ ...statistics, momentum: null })).toThrow('needs numBatchesTracked');
    expect(call({ ...statistics, momentum: 2 })).toThrow('momentum is a finite number ≥ 0 and ≤ 1, not 2');
    expect(call({ ...statistics, numBatchesTracked: zeros([]) })).toThrow(
      'numBatchesTracked is a single i32',
    );
    expect(call({ training: true, renorm: { rMax: 1, dMax: 1 } })).toThrow('pass runningMean and runningVar');
    expect(call({ ...statistics, training: true, renorm: { rMax: zeros([2]), dMax: 1 } })).toThrow(
      'rMax is a single number, not [2]',
    );
    expect(call({ training: true, axis: 2 })).toThrow('axis is one of the axes of x [6, 3], not 2');
    expect(call({ training: true, epsilon: 2 })).toThrow("batchNorm: has no option 'epsilon'");
    expect(call({ training: true }, zeros([3]))).toThrow('expected at least two axes [N, C, …], got [3]');
    expect(call({ training: true }, zeros([1, 3]))).toThrow('more than one value per channel, got [1, 3]');
    expect(call({ training: true }, zeros([2, 3], { dtype: 'i32' }))).toThrow(
      'the input is f32 or f64, not i32',
    );
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
    for (const [position, value] of compiled(x).entries()) expectClose(value, results[position]!, 0);
    expectSameState(other, plain, 0);
  }
});
