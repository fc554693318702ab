/**
 * @file Batch normalization: the paper's identities, the running statistics, and the cases at the edge.
 */
import { gradient, noGrad, normal, ones, tensor, type Tensor, zeros } from '@windfall/core';
import { BatchNorm1d, BatchNorm2d, Linear } from '../src/index.ts';
import { distance, expectClose } from './support/fixtures.ts';

const dtype = 'f64';
const double = { dtype } as const;

/** The largest absolute value. */
const size = (x: Tensor): number => x.abs().max().item();

describe('the gradient, by the paper', () => {
  const x = normal([7, 3], { dtype, mean: 2, std: 3 });
  const cotangent = normal([7, 3], double);

  function derive(eps: number): { norm: BatchNorm1d; dx: Tensor; normalized: Tensor } {
    const norm = new BatchNorm1d(3, { dtype, eps });
    norm.weight!.assign(tensor([0.5, -2, 1.5], double));
    const [dx] = gradient(norm.forward(x), [x], { cotangent });
    const deviation = x.variance(0, { correction: 0 }).add(eps).sqrt();
    return { norm, dx: dx, normalized: x.sub(x.mean(0)).div(deviation) };
  }

  test('is the chain rule of section 3', () => {
    const eps = 1e-2;
    const { norm, dx } = derive(eps);
    const m = 7;
    const centered = x.sub(x.mean(0));
    const spread = x.variance(0, { correction: 0 }).add(eps);
    const dNormalized = cotangent.mul(norm.weight!);
    const dVariance = dNormalized.mul(centered).sum(0).mul(spread.pow(-1.5)).mul(-0.5);
    const dMean = dNormalized
      .mul(spread.rsqrt().neg())
      .sum(0)
      .add(dVariance.mul(centered.mul(-2 / m).sum(0)));
    const expected = dNormalized
      .mul(spread.rsqrt())
      .add(dVariance.mul(centered.mul(2 / m)))
      .add(dMean.div(m));
    expectClose(dx, expected, 1e-14);
  });

  test('adds up to 0 over each channel', () => {
    expect(size(derive(1e-5).dx.sum(0))).toBeLessThan(1e-13);
  });

  test('is orthogonal to the normalized input when ε = 0', () => {
    const { dx, normalized } = derive(0);
    expect(size(dx.mul(normalized).sum(0))).toBeLessThan(1e-13);
  });

  test('with ε its product with the normalized input is γ/s·⟨g, x̂⟩·ε/s²', () => {
    const eps = 0.5;
    const { norm, dx, normalized } = derive(eps);
    const spread = x.variance(0, { correction: 0 }).add(eps);
    const expected = norm
      .weight!.div(spread.sqrt())
      .mul(cotangent.mul(normalized).sum(0))
      .mul(spread.reciprocal().mul(eps));
    expectClose(dx.mul(normalized).sum(0), expected, 1e-13);
  });

  test('has ‖dx‖² = γ²/σ²·(‖g‖² − ⟨1, g⟩²/m − ⟨g, x̂⟩²/m) when ε = 0', () => {
    const { norm, dx, normalized } = derive(0);
    const variance = x.variance(0, { correction: 0 });
    const along = (direction: Tensor): Tensor => cotangent.mul(direction).sum(0).square().div(7);
    const rest = cotangent
      .square()
      .sum(0)
      .sub(along(ones([7, 3], double)))
      .sub(along(normalized));
    expectClose(dx.square().sum(0), norm.weight!.square().div(variance).mul(rest), 1e-13);
  });

  test('of the sum of all outputs is 0', () => {
    const [dx] = gradient(new BatchNorm1d(3, double).forward(x).sum(), [x]);
    expect(size(dx)).toBeLessThan(1e-14);
  });
});

describe('before it', () => {
  const u = normal([6, 4], double);
  const cotangent = normal([6, 3], double);

  test('a bias has no effect and gradient 0', () => {
    const linear = new Linear(4, 3, double);
    const norm = new BatchNorm1d(3, double);
    const before = norm.forward(linear.forward(u));
    before.backward({ cotangent });
    expect(size(linear.bias!.grad!)).toBeLessThan(1e-14);
    expect(size(linear.weight.grad!)).toBeGreaterThan(1e-2);
    linear.bias!.assign(linear.bias!.add(5));
    expectClose(norm.forward(linear.forward(u)), before, 1e-13);
  });

  test('the scale a of weights has no effect: BN((aW)u) = BN(Wu), the same ∂/∂u, and ∂/∂(aW) = 1/a·∂/∂W', () => {
    const a = 8;
    const weight = normal([4, 3], double);
    const scaled = weight.mul(a).detach();
    const of = (w: Tensor): Tensor => new BatchNorm1d(3, { dtype, eps: 0 }).forward(u.matmul(w));
    const [du, dWeight] = gradient(of(weight), [u, weight], { cotangent });
    const [duScaled, dScaled] = gradient(of(scaled), [u, scaled], { cotangent });
    expectClose(of(scaled), of(weight), 1e-13);
    expectClose(duScaled, du, 1e-13);
    expectClose(dScaled.mul(a), dWeight, 1e-13);
  });
});

describe('running statistics', () => {
  const batches = [2, 5, 3].map((n) => normal([n, 2, 3], { dtype, mean: n, std: 2 }));
  const axes = [0, 2];
  const means = batches.map((x) => x.mean(axes));
  const variances = batches.map((x) => x.variance(axes, { correction: 1 }));

  test('move by momentum towards the batch mean and the unbiased variance', () => {
    const norm = new BatchNorm1d(2, { dtype, momentum: 0.3 });
    let [mean, variance]: [Tensor, Tensor] = [zeros([2], double), ones([2], double)];
    batches.forEach((x, position) => {
      norm.forward(x);
      mean = mean.mul(0.7).add(means[position]!.mul(0.3));
      variance = variance.mul(0.7).add(variances[position]!.mul(0.3));
      expectClose(norm.runningMean, mean, 1e-14);
      expectClose(norm.runningVar, variance, 1e-14);
      expect(norm.numBatchesTracked!.item()).toBe(position + 1);
    });
  });

  test('with momentum null are the plain averages over batches (Algorithm 2)', () => {
    const norm = new BatchNorm1d(2, { dtype, momentum: null });
    for (const x of batches) norm.forward(x);
    expectClose(norm.runningMean, means[0]!.add(means[1]!).add(means[2]!).div(3), 1e-14);
    expectClose(norm.runningVar, variances[0]!.add(variances[1]!).add(variances[2]!).div(3), 1e-14);
  });

  test('in evaluation make a fixed affine map, and stay', () => {
    const norm = new BatchNorm1d(2, double);
    for (const x of batches) norm.forward(x);
    norm.eval();
    const [mean, variance] = [norm.runningMean!.detach(), norm.runningVar!.detach()];
    const column = (values: Tensor): Tensor => values.reshape([2, 1]);
    for (const x of batches) {
      const expected = x.sub(column(mean)).div(column(variance.add(1e-5).sqrt()));
      expectClose(norm.forward(x), expected, 1e-14);
      const [slope] = gradient(norm.forward(x).sum(), [x]);
      expectClose(slope, column(variance.add(1e-5).rsqrt()).expand(x.shape), 1e-14);
    }
    expectClose(norm.runningMean, mean, 0);
    expect(norm.numBatchesTracked!.item()).toBe(3);
  });

  test('move inside noGrad too, and never carry a gradient', () => {
    const norm = new BatchNorm1d(2, double);
    const x = batches[0]!;
    noGrad(() => norm.forward(x));
    expectClose(norm.runningMean, means[0]!.mul(0.1), 1e-14);
    x.requiresGrad = true;
    norm.forward(x);
    for (const buffer of [norm.runningMean!, norm.runningVar!, norm.numBatchesTracked!]) {
      expect(buffer.requiresGrad).toBe(false);
      expect(buffer.isLeaf).toBe(true);
    }
    x.requiresGrad = false;
  });

  test('of two forwards before one backward leave both gradients right', () => {
    const norm = new BatchNorm1d(2, double);
    const [first, second] = [batches[0]!, batches[1]!];
    const loss = norm.forward(first).pow(3).sum().add(norm.forward(second).pow(3).sum());
    const [together] = gradient(loss, [first]);
    const [alone] = gradient(norm.forward(first).pow(3).sum(), [first]);
    expectClose(together, alone, 1e-14);
  });

  test('stay when trackRunningStats is set to false, and still serve in evaluation', () => {
    const norm = new BatchNorm1d(2, double);
    norm.forward(batches[0]!);
    const mean = norm.runningMean!.detach();
    norm.trackRunningStats = false;
    norm.forward(batches[1]!);
    expectClose(norm.runningMean, mean, 0);
    expect(size(norm.eval().forward(batches[1]!).mean(axes))).toBeGreaterThan(0.1);
  });

  test('without them evaluation normalizes by the batch', () => {
    const norm = new BatchNorm1d(2, { dtype, trackRunningStats: false });
    const x = batches[1]!;
    expectClose(norm.eval().forward(x), norm.train().forward(x), 0);
    expect(norm.namedBuffers()).toEqual([]);
  });
});

describe('at the edge', () => {
  test.each([
    [1e3, 1],
    [1e4, 0.1],
    [1e4, 0.01],
    [1e6, 1],
  ])('a mean of %d with deviation %d costs float32 no accuracy', (mean, std) => {
    const x = normal([64, 3, 5, 5], { mean, std });
    const cotangent = normal([64, 3, 5, 5]);
    const [single, exact] = [new BatchNorm2d(3, { eps: 1e-10 }), new BatchNorm2d(3, { dtype, eps: 1e-10 })];
    const y = single.forward(x);
    const wide = x.cast(dtype);
    const expected = exact.forward(wide);
    expect(distance(y.data(), expected.data())).toBeLessThan(2e-6);
    const [dx] = gradient(y, [x], { cotangent });
    const [dxExact] = gradient(expected, [wide], { cotangent: cotangent.cast(dtype) });
    expect(size(dx.sub(dxExact)) / size(dxExact)).toBeLessThan(2e-6);
    expect(distance(single.runningMean!.data(), exact.runningMean!.data())).toBeLessThan(1e-6);
    expect(distance(single.runningVar!.data(), exact.runningVar!.data())).toBeLessThan(1e-6);
  });

  test.each(['f32', 'f64'] as const)('a constant channel gives β with gradient 0 when ε = 0 (%s)', (kind) => {
    const x = tensor(
      [
        [0.1, 1],
        [0.1, 2],
        [0.1, 4],
      ],
      { dtype: kind, requiresGrad: true },
    );
    const norm = new BatchNorm1d(2, { dtype: kind, eps: 0 });
    norm.bias!.assign(tensor([3, 0], { dtype: kind }));
    const y = norm.forward(x);
    expect(y.slice([null, 0]).toArray()).toEqual([3, 3, 3]);
    y.pow(3).sum().backward({ createGraph: true });
    expect(x.grad!.slice([null, 0]).toArray()).toEqual([0, 0, 0]);
    const [second] = gradient(x.grad!.pow(2).sum(), [x]);
    expect(second.isFinite().all().item()).toBe(true);
  });

  test('a constant channel gives exactly β for any ε', () => {
    const norm = new BatchNorm1d(1);
    expect(norm.forward(tensor([[0.1], [0.1], [0.1]])).toArray()).toEqual([[0], [0], [0]]);
  });

  test('a value that is not finite spoils its own channel only, wherever it stands', () => {
    for (const value of [NaN, Infinity, -Infinity]) {
      for (const row of [0, 2]) {
        const rows = [0, 1, 2, 3].map((k) => [k === row ? value : k, k]);
        const norm = new BatchNorm1d(2);
        const clean = new BatchNorm1d(2).forward(tensor(rows.map(([, k]) => [k!, k!])));
        const y = norm.forward(tensor(rows));
        expectClose(y.slice([null, 1]), clean.slice([null, 1]), 0);
        expect(y.slice([null, 0]).isNaN().all().item()).toBe(true);
        // The plain mean: 0.1 · ±∞ or NaN.
        expect(norm.runningMean!.data()[0]).toBe(value);
        expect(norm.runningMean!.data()[1]).toBeCloseTo(0.15);
      }
    }
  });

  test('an empty batch gives an empty result, gradients 0 and the same statistics', () => {
    const norm = new BatchNorm2d(2);
    for (const shape of [
      [0, 2, 3, 3],
      [4, 2, 0, 3],
    ]) {
      const y = norm.forward(zeros(shape));
      expect(y.shape).toEqual(shape);
      y.sum().backward();
      expect(norm.weight!.grad!.toArray()).toEqual([0, 0]);
    }
    expect(norm.numBatchesTracked!.item()).toBe(0);
    expect(norm.runningVar!.toArray()).toEqual([1, 1]);
    expect(norm.eval().forward(zeros([0, 2, 3, 3])).shape).toEqual([0, 2, 3, 3]);
  });

  test('one value per channel is an error where the batch is needed, else not', () => {
    const message =
      'the statistics of a batch need more than one value per channel, got [1, 3]: use larger batches, or eval() with running statistics';
    const norm = new BatchNorm1d(3);
    expect(() => norm.forward(zeros([1, 3]))).toThrow(`BatchNorm1d: ${message}`);
    expect(norm.numBatchesTracked!.item()).toBe(0);
    expect(norm.eval().forward(zeros([1, 3])).shape).toEqual([1, 3]);
    expect(() => new BatchNorm1d(3, { trackRunningStats: false }).eval().forward(zeros([1, 3]))).toThrow(
      message,
    );
    expect(norm.train().forward(zeros([1, 3, 2])).shape).toEqual([1, 3, 2]);
  });

  test('refuses axes, channels and dtypes that do not fit, and changes nothing', () => {
    const [one, two] = [new BatchNorm1d(3), new BatchNorm2d(3)];
    expect(() => one.forward(zeros([2, 3, 4, 4]))).toThrow(
      'BatchNorm1d: expected 2 or 3 axes [N, C] or [N, C, L], got [2, 3, 4, 4]',
    );
    expect(() => two.forward(zeros([2, 3, 4]))).toThrow(
      'BatchNorm2d: expected 4 axes [N, C, H, W], got [2, 3, 4]',
    );
    expect(() => two.forward(zeros([2, 5, 4, 4]))).toThrow(
      'BatchNorm2d: expected 3 channels (axis 1), got 5 in [2, 5, 4, 4]',
    );
    expect(() => one.forward(zeros([2, 3], { dtype }))).toThrow(
      "BatchNorm1d: the input is f64, the layer f32: cast the input with x.cast('f32'), or make the layer with { dtype: 'f64' }",
    );
    expect(() => one.forward(zeros([2, 3], { dtype: 'i32' }))).toThrow(
      "BatchNorm1d: the input is i32, the layer f32: cast the input with x.cast('f32')",
    );
    expect(() => one.forward([[1]] as any)).toThrow('BatchNorm1d: the input is a tensor, not an array');
    for (const norm of [one, two]) expect(norm.numBatchesTracked!.item()).toBe(0);
  });

  test('refuses options out of range', () => {
    expect(() => new BatchNorm1d(0)).toThrow('BatchNorm1d: numFeatures is a whole number ≥ 1, not 0');
    expect(() => new BatchNorm1d(2, { eps: -1 })).toThrow('BatchNorm1d: eps is a finite number ≥ 0, not -1');
    expect(() => new BatchNorm2d(2, { momentum: 1.5 })).toThrow(
      'BatchNorm2d: momentum is a finite number ≥ 0 and ≤ 1, not 1.5',
    );
    expect(() => new BatchNorm2d(2, { affine: 1 as any })).toThrow(
      'BatchNorm2d: affine is true or false, not 1',
    );
    expect(() => new BatchNorm2d(2, { dtype: 'i32' })).toThrow(
      'BatchNorm2d: parameters are f32 or f64, not the string "i32"',
    );
  });

  test('refuses a momentum out of range when it is set, before it reaches the statistics', () => {
    const norm = new BatchNorm1d(2);
    for (const wrong of [NaN, -0.1, 2, undefined, '0.1']) {
      expect(() => {
        norm.momentum = wrong as number;
      }).toThrow('BatchNorm1d: momentum is a finite number ≥ 0 and ≤ 1, not');
    }
    expect(norm.momentum).toBe(0.1);
    norm.momentum = null;
    norm.forward(
      tensor([
        [1, 10],
        [3, 30],
      ]),
    );
    expect(norm.runningMean!.toArray()).toEqual([2, 20]);
    norm.momentum = 0;
    norm.forward(ones([2, 2]));
    expect(norm.runningMean!.toArray()).toEqual([2, 20]);
  });
});
