/**
 * @file Layer, group, instance and root-mean-square normalization: how they relate, the cases at the edge, and what they refuse.
 */
import { gradient, normal, ones, tensor, type Tensor, zeros } from '@windfall/core';
import {
  batchNorm,
  BatchNorm2d,
  functional,
  GroupNorm,
  groupNorm,
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
  instanceNorm,
  LayerNorm,
  layerNorm,
  type Module,
  RMSNorm,
  rmsNorm,
} from '../src/index.ts';
import { distance, expectClose } from './support/fixtures.ts';

const dtype = 'f64';
const double = { dtype } as const;

describe('one normalization is another', () => {
  const x = normal([3, 4, 2, 5], { dtype, mean: 2 });

  test('with as many groups as channels, group is instance normalization', () => {
    expectClose(groupNorm(x, 4), instanceNorm(x), 1e-14);
  });

  test('with one group, group is layer normalization over all but the batch', () => {
    expectClose(groupNorm(x, 1), layerNorm(x, [4, 2, 5]), 1e-14);
  });

  test('each group is layer normalization of its channels', () => {
    const half = (start: number): Tensor => layerNorm(x.slice([null, [start, start + 2]]), [2, 2, 5]);
    expectClose(groupNorm(x, 2).slice([null, [0, 2]]), half(0), 1e-14);
    expectClose(groupNorm(x, 2).slice([null, [2, 4]]), half(2), 1e-14);
  });

  test('of a single example, instance is batch normalization', () => {
    const one = x.slice([[0, 1]]);
    expectClose(instanceNorm(one), batchNorm(one, { training: true }).output, 1e-14);
  });

  test('of rows with mean 0, layer is root-mean-square normalization', () => {
    const centered = x.sub(x.mean(-1, { keepDims: true }));
    expectClose(layerNorm(x, 5), rmsNorm(centered, 5, { eps: 1e-5 }), 1e-13);
  });

  test('rmsNorm is x/√(mean(x²) + ε)·γ, by default with the machine epsilon', () => {
    const weight = normal([5], double);
    for (const eps of [undefined, null, 0.5]) {
      const spread = x
        .square()
        .mean(-1, { keepDims: true })
        .add(eps ?? 2 ** -52);
      const options = eps === undefined ? { weight } : { weight, eps };
      expectClose(rmsNorm(x, 5, options), x.div(spread.sqrt()).mul(weight), 1e-14);
    }
    // In f32 numbers of the size of √ε shrink by √2.
    const small = tensor([2 ** -11.5, -(2 ** -11.5)]);
    expect(rmsNorm(small, 2).toArray()).toEqual([
      expect.closeTo(Math.SQRT1_2),
      expect.closeTo(-Math.SQRT1_2),
    ]);
  });

  test('all functions are in one namespace', () => {
    expect(functional).toMatchObject({ batchNorm, layerNorm, groupNorm, instanceNorm, rmsNorm });
  });
});

const normalizers: [name: string, make: (options: any) => Module, shape: number[]][] = [
  ['LayerNorm', (options) => new LayerNorm(6, options), [4, 6]],
  ['GroupNorm', (options) => new GroupNorm(2, 4, options), [2, 4, 3]],
  ['InstanceNorm1d', (options) => new InstanceNorm1d(2, { affine: true, ...options }), [2, 2, 6]],
];

describe.each(normalizers)('%s', (_name, make, shape) => {
  test.each([0, 1e-5])('of constant values gives β, exactly, and with ε = %d gradient 0', (eps) => {
    for (const kind of ['f32', 'f64'] as const) {
      const module = make({ dtype: kind, eps });
      const x = ones(shape, { dtype: kind }).mul(0.1).detach();
      const y = module.forward(x);
      expectClose(y, zeros(shape), 0);
      const [slope] = gradient(y, [x], { cotangent: normal(shape, { dtype: kind }) });
      if (eps === 0) expectClose(slope, zeros(shape), 0);
      expect(slope.isFinite().all().item()).toBe(true);
    }
  });

  test.each([
    [1e3, 1],
    [1e4, 0.01],
    [1e6, 1],
  ])('in float32 stays accurate with mean %d and deviation %d', (mean, std) => {
    const x = normal(shape, { mean, std });
    const exact = make({ dtype, eps: 1e-10 }).forward(x.cast(dtype));
    expect(distance(make({ eps: 1e-10 }).forward(x).data(), exact.data())).toBeLessThan(5e-6);
  });

  test('of a value that is not finite is NaN where that counts, and nowhere else', () => {
    const values = normal(shape, double).data();
    values[0] = NaN;
    const y = make(double).forward(tensor(values, { shape, dtype }));
    expect(y.isNaN().any().item()).toBe(true);
    expect(y.slice([1]).isFinite().all().item()).toBe(true);
  });

  test('of an empty batch is empty, with gradients 0', () => {
    const module = make(double);
    const y = module.forward(zeros([0, ...shape.slice(1)], double));
    expect(y.shape).toEqual([0, ...shape.slice(1)]);
    y.sum().backward();
    for (const { grad } of module.parameters()) expectClose(grad, zeros(grad!.shape), 0);
  });

  test('refuses another dtype, and options that it does not know', () => {
    const name = make({}).constructor.name;
    expect(() => make({}).forward(zeros(shape, double))).toThrow(`${name}: the input is f64, the layer f32`);
    expect(() => make({ dtype: 'i32' })).toThrow(`${name}: parameters are f32 or f64`);
    expect(() => make({ eps: -1 })).toThrow(`${name}: eps is a finite number ≥ 0, not -1`);
    expect(() => make({ epsilon: 1 })).toThrow(`${name}: has no option 'epsilon'`);
  });
});

describe('running statistics of instance normalization', () => {
  test('move by the averages over the batch, only in training, and serve in evaluation', () => {
    const norm = new InstanceNorm2d(2, { dtype, trackRunningStats: true, momentum: 0.25 });
    const x = normal([3, 2, 4, 4], { dtype, mean: 1 });
    norm.forward(x);
    const mean = x.mean([2, 3]).mean(0);
    const variance = x.variance([2, 3]).mean(0);
    expectClose(norm.runningMean, mean.mul(0.25), 1e-14);
    expectClose(norm.runningVar, variance.mul(0.25).add(0.75), 1e-14);
    const plain = new BatchNorm2d(2, double);
    plain.runningMean!.assign(norm.runningMean!);
    plain.runningVar!.assign(norm.runningVar!);
    expectClose(norm.eval().forward(x), plain.eval().forward(x), 1e-14);
    expectClose(norm.runningMean, mean.mul(0.25), 1e-14);
    expect(norm.numBatchesTracked!.item()).toBe(0);
  });
});

describe('refusals name the layer, the rule and the shapes', () => {
  test('LayerNorm and RMSNorm', () => {
    for (const Layer of [LayerNorm, RMSNorm]) {
      const { name } = Layer;
      expect(() => new Layer([2, 3]).forward(zeros([3, 2]))).toThrow(
        `${name}: expected [..., 2, 3], got [3, 2]`,
      );
      expect(() => new Layer(0)).toThrow(
        `${name}: normalizedShape is a whole number ≥ 1, or a list of them, not 0`,
      );
      expect(() => new Layer([])).toThrow('or a list of them, not []');
      expect(() => new Layer([2, 0.5])).toThrow('not [2, 0.5]');
    }
    expect(() => layerNorm(zeros([2, 3]), 3, { weight: ones([2]) })).toThrow(
      'layerNorm: weight is f32 [3], not f32 [2]',
    );
    expect(() => rmsNorm(zeros([3], { dtype: 'i32' }), 3)).toThrow(
      'rmsNorm: the input is f32 or f64, not i32',
    );
    expect(new RMSNorm(3, { eps: null }).namedParameters()).toHaveLength(1);
    expect(new LayerNorm(3, { bias: false }).namedParameters()).toHaveLength(1);
  });

  test('GroupNorm', () => {
    expect(() => new GroupNorm(3, 4)).toThrow(
      'GroupNorm: numGroups must divide the channels: 3 groups, 4 channels',
    );
    expect(() => new GroupNorm(2, 4).forward(zeros([2, 6]))).toThrow(
      'GroupNorm: expected [N, 4, …], got [2, 6]',
    );
    expect(() => new GroupNorm(2, 4).forward(zeros([4]))).toThrow('GroupNorm: expected [N, 4, …], got [4]');
    expect(() => new GroupNorm(2, 2).forward(zeros([1, 2]))).toThrow(
      'GroupNorm: needs more than one value per group, got [1, 2] for 2 groups',
    );
    expect(() => groupNorm(zeros([2, 4]), 3)).toThrow('groupNorm: numGroups must divide the channels');
  });

  test('InstanceNorm', () => {
    expect(() => new InstanceNorm1d(2).forward(zeros([1, 2, 3, 4]))).toThrow(
      'InstanceNorm1d: expected 2 or 3 axes [C, L] or [N, C, L], got [1, 2, 3, 4]',
    );
    expect(() => new InstanceNorm2d(2).forward(zeros([3, 4, 4]))).toThrow(
      'InstanceNorm2d: expected 2 channels (axis 0), got 3 in [3, 4, 4]',
    );
    expect(() => new InstanceNorm3d(2).forward(zeros([1, 2, 1, 1, 1]))).toThrow(
      'InstanceNorm3d: needs more than one place per channel, got [1, 2, 1, 1, 1]',
    );
    expect(() => new InstanceNorm1d(2, { momentum: null as any })).toThrow('momentum is a finite number');
    const tracked = new InstanceNorm1d(2, { trackRunningStats: true });
    expect(tracked.eval().forward(zeros([1, 2, 1])).shape).toEqual([1, 2, 1]);
  });
});

test('they print as PyTorch prints them', () => {
  expect(
    [new LayerNorm([2, 3]), new RMSNorm(4), new GroupNorm(2, 4), new InstanceNorm1d(3)].map(String),
  ).toEqual([
    'LayerNorm([2, 3], eps=0.00001, elementwiseAffine=true, bias=true)',
    'RMSNorm([4], eps=null, elementwiseAffine=true)',
    'GroupNorm(2, 4, eps=0.00001, affine=true)',
    'InstanceNorm1d(3, eps=0.00001, momentum=0.1, affine=false, trackRunningStats=false)',
  ]);
});
