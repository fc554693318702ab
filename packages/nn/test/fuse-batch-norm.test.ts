/**
 * @file Batch normalization folded into the layer before it gives what both gave, for every kind of layer.
 */
import { normal, type Tensor } from '@windfall/core';
import {
  type BatchNorm,
  BatchNorm1d,
  BatchNorm2d,
  Conv1d,
  Conv2d,
  ConvTranspose1d,
  ConvTranspose2d,
  Flatten,
  type FusibleLayer,
  fuseBatchNorm,
  fuseLayers,
  Linear,
  Module,
  ReLU,
  Sequential,
} from '../src/index.ts';
import { expectClose } from './support/fixtures.ts';

const dtype = 'f64';
const double = { dtype } as const;

/** A normalization whose every number matters, in evaluation. */
function settled<Norm extends BatchNorm>(norm: Norm): Norm {
  for (const parameter of norm.parameters())
    parameter.assign(normal(parameter.shape, { dtype: parameter.dtype }));
  norm.runningMean?.assign(normal(norm.runningMean.shape, { dtype: norm.runningMean.dtype, mean: 1 }));
  norm.runningVar?.assign(
    norm.runningVar.mul(normal(norm.runningVar.shape, { dtype: norm.runningVar.dtype }).exp()),
  );
  norm.eval();
  return norm;
}

const pairs: [
  name: string,
  layer: () => FusibleLayer,
  norm: () => BatchNorm1d | BatchNorm2d,
  shape: number[],
][] = [
  ['Linear', () => new Linear(3, 4, double), () => new BatchNorm1d(4, double), [5, 3]],
  [
    'Linear without bias',
    () => new Linear(3, 4, { dtype, bias: false }),
    () => new BatchNorm1d(4, double),
    [5, 3],
  ],
  [
    'Linear, channels last',
    () => new Linear(3, 4, double),
    () => new BatchNorm1d(4, { dtype, axis: -1 }),
    [2, 5, 3],
  ],
  [
    'Linear without scale',
    () => new Linear(3, 4, double),
    () => new BatchNorm1d(4, { dtype, scale: false }),
    [5, 3],
  ],
  [
    'Linear without shift',
    () => new Linear(3, 4, double),
    () => new BatchNorm1d(4, { dtype, shift: false }),
    [5, 3],
  ],
  [
    'Linear with ε = 0',
    () => new Linear(3, 4, double),
    () => new BatchNorm1d(4, { dtype, affine: false, eps: 0 }),
    [5, 3],
  ],
  [
    'Conv1d',
    () => new Conv1d(2, 3, 3, { dtype, padding: 'same' }),
    () => new BatchNorm1d(3, double),
    [2, 2, 7],
  ],
  [
    'Conv1d with groups',
    () => new Conv1d(4, 6, 2, { dtype, groups: 2, stride: 2, bias: false }),
    () => new BatchNorm1d(6, { dtype, axis: -2 }),
    [2, 4, 7],
  ],
  [
    'Conv2d',
    () => new Conv2d(2, 3, 3, { dtype, padding: 1 }),
    () => new BatchNorm2d(3, double),
    [2, 2, 5, 4],
  ],
  [
    'Conv2d with groups, without bias',
    () => new Conv2d(4, 6, [2, 3], { dtype, groups: 2, stride: [1, 2], dilation: [2, 1], bias: false }),
    () => new BatchNorm2d(6, { dtype, affine: false }),
    [2, 4, 6, 7],
  ],
  [
    'Conv2d, depthwise',
    () => new Conv2d(3, 6, 2, { dtype, groups: 3 }),
    () => new BatchNorm2d(6, { dtype, eps: 0.1 }),
    [1, 3, 4, 4],
  ],
  [
    'ConvTranspose1d',
    () => new ConvTranspose1d(3, 2, 3, { dtype, stride: 2, outputPadding: 1 }),
    () => new BatchNorm1d(2, double),
    [2, 3, 4],
  ],
  [
    'ConvTranspose1d with groups',
    () => new ConvTranspose1d(4, 6, 3, { dtype, groups: 2, bias: false }),
    () => new BatchNorm1d(6, double),
    [2, 4, 4],
  ],
  [
    'ConvTranspose2d',
    () => new ConvTranspose2d(3, 3, 2, { dtype, padding: 1, dilation: 2 }),
    () => new BatchNorm2d(3, double),
    [2, 3, 3, 4],
  ],
  [
    'ConvTranspose2d with groups',
    () => new ConvTranspose2d(6, 4, [2, 3], { dtype, groups: 2, stride: [2, 1], outputPadding: [1, 0] }),
    () => new BatchNorm2d(4, double),
    [2, 6, 3, 3],
  ],
  [
    'ConvTranspose2d, depthwise',
    () => new ConvTranspose2d(3, 3, 2, { dtype, groups: 3, bias: false }),
    () => new BatchNorm2d(3, { dtype, axis: -3 }),
    [1, 3, 3, 3],
  ],
];

describe.each(pairs)('%s', (_name, makeLayer, makeNorm, shape) => {
  const x = normal(shape, double);

  test('and its normalization are one layer', () => {
    const [layer, norm] = [makeLayer(), settled(makeNorm())];
    const before = [layer.stateDict(), norm.stateDict()];
    const expected = norm.forward(layer.forward(x));
    const fused = fuseLayers(layer, norm);
    expect(fused.constructor).toBe(layer.constructor);
    expect(fused.bias).not.toBeNull();
    expectClose(fused.forward(x), expected, 1e-13);
    for (const [module, state] of [[layer, before[0]!] as const, [norm, before[1]!] as const])
      for (const [name, value] of Object.entries(module.stateDict())) expectClose(value, state[name]!, 0);
  });

  test('are so within a Sequential, in place', () => {
    const model = new Sequential(makeLayer(), settled(makeNorm()), new ReLU()).eval();
    const expected = model.forward(x);
    expect(fuseBatchNorm(model)).toBe(model);
    expect([...model].map((module) => module.constructor.name).slice(1)).toEqual(['Identity', 'ReLU']);
    expect(Object.keys(model.stateDict())).toEqual(['0.weight', '0.bias']);
    expectClose(model.forward(x), expected, 1e-13);
  });
});

test('in float32 folding costs no accuracy', () => {
  const [layer, norm] = [new Conv2d(3, 4, 3), settled(new BatchNorm2d(4))];
  const x = normal([2, 3, 6, 6]);
  expectClose(fuseLayers(layer, norm).forward(x), norm.forward(layer.forward(x)), 1e-5);
});

test('a network of its own class is folded wherever it has Sequentials', () => {
  class Network extends Module {
    readonly features = new Sequential({
      conv: new Conv2d(1, 2, 3, { dtype, bias: false }),
      norm: settled(new BatchNorm2d(2, double)),
      act: new ReLU(),
      deeper: new Sequential(new Conv2d(2, 3, 2, double), settled(new BatchNorm2d(3, double))),
      flat: new Flatten(),
    });
    readonly head = new Linear(27, 4, double);
    readonly norm = settled(new BatchNorm1d(4, double));
    forward(x: Tensor): Tensor {
      return this.norm.forward(this.head.forward(this.features.forward(x)));
    }
  }
  const net = new Network().eval();
  const x = normal([2, 1, 6, 6], double);
  const expected = net.forward(x);
  fuseBatchNorm(net);
  expectClose(net.forward(x), expected, 1e-13);
  expect(Object.keys(net.stateDict())).toEqual([
    'features.conv.weight',
    'features.conv.bias',
    'features.deeper.0.weight',
    'features.deeper.0.bias',
    'head.weight',
    'head.bias',
    'norm.weight',
    'norm.bias',
    'norm.running_mean',
    'norm.running_var',
    'norm.num_batches_tracked',
  ]);
});

test('a layer that is used elsewhere, too, is folded in one place only', () => {
  const shared = new Linear(3, 3, double);
  const model = new Sequential(shared, settled(new BatchNorm1d(3, double)), shared).eval();
  const x = normal([4, 3], double);
  const expected = model.forward(x);
  fuseBatchNorm(model);
  expectClose(model.forward(x), expected, 1e-13);
  expect(model[2]).toBe(shared);
});

test('what cannot be folded stays', () => {
  class Shifted extends Linear {
    override forward(x: Tensor): Tensor {
      return super.forward(x).add(1);
    }
  }
  const norm = (options: object = {}): BatchNorm1d => settled(new BatchNorm1d(3, { dtype, ...options }));
  const model = new Sequential(
    norm(),
    new Shifted(3, 3, double),
    norm(),
    new Linear(3, 3, double),
    new ReLU(),
    norm(),
    new Linear(3, 3, double),
    norm({ trackRunningStats: false }),
  ).eval();
  const kinds = [...model];
  const x = normal([4, 3], double);
  const expected = model.forward(x);
  fuseBatchNorm(model);
  expect([...model]).toEqual(kinds);
  expectClose(model.forward(x), expected, 0);
});

test('frozen normalizations are folded in training, too, and modes and requirements stay', () => {
  const model = new Sequential(new Linear(3, 3, double), settled(new BatchNorm1d(3, double))).train();
  (model[1] as BatchNorm1d).freeze();
  model[0]!.requireGradients(false);
  const x = normal([4, 3], double);
  const expected = model.forward(x);
  fuseBatchNorm(model);
  expectClose(model.forward(x), expected, 1e-13);
  expect(model.namedModules().every(([, module]) => module.training)).toBe(true);
  expect(model.parameters().every(({ requiresGrad }) => requiresGrad)).toBe(false);
});

test('refuses training, and layers that do not belong together', () => {
  const model = new Sequential(
    new Linear(3, 3),
    settled(new BatchNorm1d(3)),
    new Linear(3, 3),
    new BatchNorm1d(3),
  );
  const message = 'in training a batch normalization depends on its batch: call eval() first';
  expect(() => fuseBatchNorm(model)).toThrow(`fuseBatchNorm: ${message}`);
  expect(model[1]).toBeInstanceOf(BatchNorm1d);
  expect(() => fuseLayers(new Linear(3, 3), new BatchNorm1d(3))).toThrow(`fuseLayers: ${message}`);
  const fuse = (layer: unknown, norm: unknown) => () => fuseLayers(layer as Linear, norm as BatchNorm1d);
  expect(fuse(new ReLU(), settled(new BatchNorm1d(3)))).toThrow(
    'fuseLayers: these layers cannot be folded: the first is a Linear, Conv1d, Conv2d, ConvTranspose1d or ConvTranspose2d',
  );
  expect(fuse(new Linear(3, 3), settled(new BatchNorm2d(3)))).toThrow('the second is a BatchNorm1d');
  expect(fuse(new Linear(3, 2), settled(new BatchNorm1d(3)))).toThrow(
    'the first has 2 outputs, the second 3 channels',
  );
  expect(fuse(new Conv2d(1, 2, 1), settled(new BatchNorm2d(2, { axis: -1 })))).toThrow(
    'the second has its channels at axis -1',
  );
  expect(fuse(new Linear(3, 3), new BatchNorm1d(3, { trackRunningStats: false }).eval())).toThrow(
    'the second has no running statistics',
  );
  expect(() => fuseBatchNorm(5 as any)).toThrow('fuseBatchNorm: the model is a module, not 5');
});
