/**
 * @file Normalizations give PyTorch's values, gradients and running statistics, in both dtypes.
 */
import { compile, gradcheck, gradient, normal, type Tensor } from '@windfall/core';
import * as nn from '../src/index.ts';
import { normalizations } from './parity/normalization.ts';
import {
  expectClose,
  load,
  loadState,
  readFixture,
  type Stored,
  type StoredState,
} from './support/fixtures.ts';
import { functional } from './support/functional.ts';
import { expectPass, type Pass } from './support/passes.ts';

interface LayerCase {
  layer: string;
  arguments: unknown[];
  options: Record<string, unknown>;
  stateBefore: StoredState;
  passes: Pass[];
  stateAfter: StoredState;
}

interface FunctionCase {
  function: 'batchNorm' | 'layerNorm' | 'groupNorm' | 'instanceNorm';
  input: Stored;
  tensors: StoredState;
  options: Record<string, any>;
  cotangent: Stored;
  output: Stored;
  gradients: Stored[];
  running: StoredState;
}

const cases: { layers: LayerCase[]; functions: FunctionCase[] } = readFixture('normalization');

const precisions = [
  ['f64', 1e-10],
  ['f32', 1e-5],
] as [dtype: 'f64' | 'f32', tolerance: number][];

/** The layer of a case, with its state. */
function make(given: LayerCase, dtype: 'f64' | 'f32'): nn.Module {
  const Layer = (nn as unknown as Record<string, new (...values: unknown[]) => nn.Module>)[given.layer]!;
  const module = new Layer(...given.arguments, machineEpsilon(given, dtype));
  expect(Object.keys(module.stateDict())).toEqual(Object.keys(given.stateBefore));
  module.loadStateDict(loadState(given.stateBefore, dtype));
  return module;
}

/** RMSNorm's default ε depends on the dtype: both dtypes are compared with the ε of f64. */
function machineEpsilon({ layer, options }: LayerCase, dtype: 'f64' | 'f32'): object {
  return layer === 'RMSNorm' && dtype === 'f32'
    ? { eps: 2 ** -52, ...options, dtype }
    : { ...options, dtype };
}

const titled = cases.layers.map((given) => {
  const title = `${given.layer}(${JSON.stringify(given.arguments)}, ${JSON.stringify(given.options)})`;
  return [title, given] as const;
});

test('every row has a case', () => {
  const present = new Set([
    ...cases.layers.map(({ layer }) => `nn.${layer}`),
    ...cases.functions.map((given) => `functional.${given.function}`),
    // Compared with its formula below.
    'functional.rmsNorm',
  ]);
  for (const { pytorch, windfall, fixture } of normalizations) {
    if (fixture !== null) expect(present.has(windfall) || present.has(pytorch)).toBe(true);
    const found = windfall
      .split('.')
      .reduce<unknown>((holder, name) => Reflect.get(holder as object, name), nn);
    expect([windfall, typeof found]).toEqual([windfall, 'function']);
  }
});

describe.each(titled)('%s', (_title, given) => {
  test.each(precisions)('in %s gives the numbers of PyTorch within %d', (dtype, tolerance) => {
    const module = make(given, dtype);
    for (const pass of given.passes) expectPass(module, pass, dtype, tolerance);
    for (const [name, value] of Object.entries(module.stateDict()))
      if (!isWart(given, name)) expectClose(value, given.stateAfter[name]!, tolerance);
  });

  test('compiled gives the same bits', () => {
    const [plain, other] = [make(given, 'f64'), make(given, 'f64')];
    const run = (module: nn.Module, x: Tensor, cotangent: Tensor): Tensor[] => {
      const y = module.forward(x);
      return [y, ...gradient(y, [x, ...module.parameters()], { cotangent })];
    };
    const compiled = compile((x: Tensor, cotangent: Tensor, _training: boolean) => run(other, x, cotangent));
    for (const pass of given.passes) {
      plain.train(pass.training);
      other.train(pass.training);
      const [x, cotangent] = [load(pass.input), load(pass.cotangent)];
      const expected = run(plain, x, cotangent);
      for (const [position, value] of compiled(x, cotangent, pass.training).entries())
        expectClose(value, expected[position]!, 0);
    }
    const state = plain.stateDict();
    for (const [name, value] of Object.entries(other.stateDict())) expectClose(value, state[name]!, 0);
  });
});

/** PyTorch counts empty batches. */
function isWart({ passes }: LayerCase, name: string): boolean {
  return name === 'num_batches_tracked' && passes.some(({ input }) => input.values.length === 0);
}

describe.each(
  cases.functions.map((given) => [`${given.function}(${JSON.stringify(given.options)})`, given] as const),
)('functional.%s', (_title, given) => {
  test.each(precisions)('in %s gives the numbers of PyTorch within %d', (dtype, tolerance) => {
    const x = load(given.input, dtype);
    const { normalizedShape, numGroups, ...rest } = given.options;
    const tensors = loadState(given.tensors, dtype);
    const options = { ...tensors, ...rest };
    const result = (): nn.BatchNormResult | Tensor => {
      if (given.function === 'batchNorm') return nn.functional.batchNorm(x, options);
      if (given.function === 'layerNorm') return nn.functional.layerNorm(x, normalizedShape, options);
      if (given.function === 'groupNorm') return nn.functional.groupNorm(x, numGroups, options);
      return nn.functional.instanceNorm(x, options);
    };
    const computed = result();
    const y = 'output' in computed ? computed.output : computed;
    expectClose(y, given.output, tolerance);
    const learned = Object.entries(tensors).filter(([name]) => !name.startsWith('running'));
    const slopes = gradient(y, [x, ...learned.map(([, value]) => value)], {
      cotangent: load(given.cotangent, dtype),
    });
    for (const [position, slope] of slopes.entries())
      expectClose(slope, given.gradients[position]!, tolerance);
    for (const [name, value] of Object.entries(given.running))
      expectClose((computed as unknown as Record<string, Tensor>)[name], value, tolerance);
  });
});

const dtype = 'f64';

describe('derivatives to order 3 of', () => {
  test.each<[string, nn.Module, number[]]>([
    ['LayerNorm', new nn.LayerNorm(4, { dtype }), [3, 4]],
    ['LayerNorm over two axes, without β', new nn.LayerNorm([2, 3], { dtype, bias: false }), [2, 2, 3]],
    ['LayerNorm with ε = 0', new nn.LayerNorm(3, { dtype, eps: 0, elementwiseAffine: false }), [2, 3]],
    ['GroupNorm', new nn.GroupNorm(2, 4, { dtype }), [2, 4, 2]],
    ['GroupNorm with one group', new nn.GroupNorm(1, 3, { dtype }), [2, 3]],
    ['GroupNorm with one channel each', new nn.GroupNorm(2, 2, { dtype, affine: false }), [2, 2, 3]],
    ['InstanceNorm1d', new nn.InstanceNorm1d(2, { dtype, affine: true }), [2, 2, 3]],
    ['InstanceNorm1d without a batch', new nn.InstanceNorm1d(2, { dtype }), [2, 4]],
    ['InstanceNorm2d', new nn.InstanceNorm2d(2, { dtype, trackRunningStats: true }), [2, 2, 2, 2]],
    ['InstanceNorm3d', new nn.InstanceNorm3d(2, { dtype, affine: true }), [1, 2, 2, 1, 2]],
    ['RMSNorm', new nn.RMSNorm(4, { dtype }), [3, 4]],
    ['RMSNorm over two axes', new nn.RMSNorm([2, 2], { dtype, eps: 0.1 }), [2, 2, 2]],
  ])('%s', (_name, module, shape) => {
    const parameters = module.parameters().map((parameter) => normal(parameter.shape, { dtype }));
    gradcheck(functional(module), [normal(shape, { dtype, mean: 1 }), ...parameters], { order: 3 });
  });
});
