/**
 * @file Every function that core exports, and how it is rightly called.
 */
import * as core from '../../src/index.ts';
import type { Entry } from './examine.ts';

const { ones, tensor } = core;

const x = () =>
  tensor([
    [0.5, -1, 2],
    [1, 3, -0.25],
  ]);
const y = () => tensor([[2], [0.5]]);
const positions = () => tensor([1, 0], { dtype: 'i32' });
const f64 = (...shape: number[]) => ones(shape, { dtype: 'f64' });
const generator = () => new core.Generator(3);
const created = { dtype: 'f32', requiresGrad: false };

type Name = Exclude<keyof typeof core, 'tolerances'>;

const functions: Readonly<Record<string, unknown>> = { ...core };

/** Functions of one kind, called alike. */
function alike(names: readonly Name[], args: () => readonly unknown[]): Record<string, Entry> {
  return Object.fromEntries(names.map((name) => [name, { args, call: functions[name] as Entry['call'] }]));
}

const of = (
  name: Name,
  args: () => readonly unknown[],
  more: Partial<Entry> = {},
): Record<string, Entry> => ({
  [name]: { args, call: functions[name] as Entry['call'], ...more },
});

/** Numbers that are made at once, however many: an array of 2³² elements is right, but too large for a test. */
const tooMany = { tooLarge: /2\^40|2\^20/ };
const squareOf = (a: core.Tensor = x()) => a.square();
const sumOf = (a: core.Tensor = x()) => a.square().sum();

const threads = core.getThreads();
const backend = core.getBackend();

export const coreEntries = {
  ...alike(
    [
      ...(['neg', 'abs', 'sign', 'floor', 'ceil', 'round', 'trunc', 'reciprocal', 'sqrt', 'rsqrt'] as const),
      ...([
        'exp',
        'expm1',
        'log',
        'log1p',
        'sin',
        'cos',
        'tan',
        'asin',
        'acos',
        'atan',
        'sinh',
        'cosh',
      ] as const),
      ...([
        'tanh',
        'sigmoid',
        'softplus',
        'erf',
        'logicalNot',
        'square',
        'relu',
        'isNaN',
        'isFinite',
      ] as const),
      ...(['stopGradient', 'detach', 'materialize'] as const),
      ...(['toArray', 'data', 'toArrayAsync', 'dataAsync', 'toString'] as const),
    ],
    () => [x()],
  ),
  ...alike(['item', 'itemAsync'], () => [tensor([2])]),
  ...of('diagonal', () => [ones([2, 3, 3])]),
  ...alike(
    [
      ...(['add', 'sub', 'mul', 'div', 'pow', 'remainder', 'maximum', 'minimum', 'atan2', 'equal'] as const),
      ...(['notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'] as const),
      ...(['logicalAnd', 'logicalOr', 'logicalXor'] as const),
    ],
    () => [x(), y()],
  ),
  ...alike(['sum', 'mean', 'max', 'min', 'prod', 'all', 'any', 'logSumExp'], () => [
    x(),
    [0, 1],
    { keepDims: true },
  ]),
  ...alike(['variance', 'std'], () => [x(), 1, { keepDims: false, correction: 1 }]),
  ...alike(['argmax', 'argmin'], () => [x(), 1, { keepDims: true }]),
  ...alike(['softmax', 'logSoftmax', 'cumsum'], () => [x(), 1]),
  ...alike(['zeros', 'ones'], () => [[2, 3], created]),
  ...alike(['zerosLike', 'onesLike'], () => [x(), created]),
  ...alike(['tril', 'triu'], () => [x(), 1]),
  ...alike(['squeeze', 'unsqueeze', 'flip'], () => [ones([1, 2, 1]), [0]]),
  ...alike(['concat', 'stack'], () => [[x(), x()], 1]),
  ...of('norm', () => [x(), 0, { p: 3, keepDims: false }]),
  ...of('where', () => [x().greater(0), x(), y()]),
  ...of('clamp', () => [x(), -1, y()]),
  ...of('gelu', () => [x(), { approximate: 'tanh' }]),
  ...of('cast', () => [x(), 'f64']),
  ...of('reshape', () => [x(), [3, 2]]),
  ...of('flatten', () => [x(), 0, 1]),
  ...of('permute', () => [x(), [1, 0]]),
  ...of('transpose', () => [x(), 0, 1]),
  ...of('expand', () => [y(), [2, 3]]),
  ...of('pad', () => [x(), [[1, 2]], { value: 1 }]),
  ...of('slice', () => [x(), [[0, 2, 1]]]),
  ...of('split', () => [x(), [1, 2], 1]),
  ...of('repeat', () => [x(), [2, 1]]),
  ...of('tensor', () => [[1, 2, 3, 4, 5, 6], { dtype: 'f32', shape: [2, 3], requiresGrad: false }]),
  ...of('full', () => [[2, 3], 7, created]),
  ...of('arange', () => [0, 3, { step: 0.5, dtype: 'f32', requiresGrad: false }], tooMany),
  ...of('linspace', () => [0, 1, 4, created], tooMany),
  ...of('iota', () => [[2, 3], 1]),
  ...of('eye', () => [2, 3, created]),
  ...of('oneHot', () => [positions(), 3, { dtype: 'f32' }]),
  ...of('uniform', () => [[2, 3], { low: -1, high: 2, generator: generator(), ...created }]),
  ...of('normal', () => [[2, 3], { mean: 1, std: 2, generator: generator(), ...created }]),
  ...of('bernoulli', () => [[2, 3], { probability: 0.3, generator: generator(), ...created }]),
  ...of('permutation', () => [4, { generator: generator() }], tooMany),
  ...of('manualSeed', () => [3], { restore: () => core.manualSeed(0) }),
  ...of('matmul', () => [x(), ones([3, 2])]),
  ...of('dot', () => [ones([3]), ones([3])]),
  ...of('outer', () => [ones([2]), ones([3])]),
  ...of('einsum', () => ['ij,jk->ik', x(), ones([3, 2])]),
  ...alike(['conv1d'], () => [
    ones([1, 2, 5]),
    ones([2, 1, 3]),
    { stride: 1, padding: [1], dilation: 1, groups: 2, bias: ones([2]) },
  ]),
  ...alike(['conv2d'], () => [
    ones([1, 2, 4, 4]),
    ones([2, 1, 3, 3]),
    { stride: 1, padding: [1, 1], dilation: 1, groups: 2, bias: ones([2]) },
  ]),
  ...alike(['maxPool1d'], () => [ones([2, 5]), [2], { stride: 1, padding: 1, dilation: 1 }]),
  ...alike(['maxPool2d'], () => [ones([2, 4, 4]), [2, 2], { stride: 1, padding: 1, dilation: 1 }]),
  ...alike(['avgPool1d'], () => [
    ones([2, 5]),
    [2],
    { stride: 1, padding: 1, dilation: 1, countIncludePad: false },
  ]),
  ...alike(['avgPool2d'], () => [
    ones([2, 4, 4]),
    [2, 2],
    { stride: 1, padding: 1, dilation: 1, countIncludePad: false },
  ]),
  ...of('indexSelect', () => [x(), 0, positions()]),
  ...of('gather', () => [x(), 1, tensor([[0], [2]], { dtype: 'i32' })]),
  ...of('scatterAdd', () => [x(), 1, tensor([[0], [2]], { dtype: 'i32' }), y()]),
  ...of('printGraph', () => [{ y: x().exp() }]),
  ...of('gradient', () => {
    const leaf = x();
    return [leaf.square(), [leaf], { cotangent: x() }];
  }),
  ...of('backward', () => {
    const leaf = tensor([1, 2], { requiresGrad: true });
    return [leaf.square(), { cotangent: ones([2]), createGraph: false }];
  }),
  ...of('noGrad', () => [() => x().mul(2)]),
  ...of(
    'customGradient',
    () => [(a: core.Tensor) => ({ value: a.mul(2), gradient: (g: core.Tensor) => [g] })],
    {
      use: (fn: (a: core.Tensor) => core.Tensor) => {
        const leaf = x();
        return core.gradient(fn(leaf).sum(), [leaf]);
      },
    },
  ),
  ...of('onGradient', () => [x(), (g: core.Tensor) => g.mul(2)]),
  ...of('onFailure', () => [(): void => undefined]),
  ...alike(['vectorJacobianProduct'], () => [squareOf, [x()], x()]),
  ...alike(['jacobianVectorProduct'], () => [squareOf, [x()], [x()]]),
  ...alike(['hessianVectorProduct'], () => [sumOf, [x()], [x()]]),
  ...alike(['jacobian', 'hessian'], () => [sumOf, x()]),
  ...of('compile', () => [(a: core.Tensor) => a.mul(2), { debug: false, reuseResults: false }], {
    use: (fn: (a: core.Tensor) => unknown) => fn(x()),
  }),
  ...of('explain', () => [[x().exp().sum()]]),
  ...of('toDot', () => [{ y: x().exp() }, { inputs: { x: x() }, earlier: [x()], simplified: false }]),
  ...of('setNonFiniteDetection', () => [false], { restore: () => core.setNonFiniteDetection(false) }),
  ...of('evaluate', () => [[x().exp(), x().sum()]]),
  ...of('getBackend', () => []),
  ...of('setBackend', () => [backend], { restore: () => core.setBackend(backend) }),
  ...of('setFusedMultiplyAdd', () => [true], { restore: () => core.setFusedMultiplyAdd(true) }),
  ...of('getThreads', () => []),
  ...of('setThreads', () => [threads], { restore: () => core.setThreads(threads) }),
  ...of('assignAll', () => [[[new core.Variable(x()), x()]]], { names: ['assign'] }),
  ...of(
    'gradcheck',
    () => [
      (a: core.Tensor) => a.square(),
      [f64(2)],
      { order: 1, tolerance: 1e-6, step: 0.02, directions: 1, perElement: false, cotangent: f64(2), seed: 3 },
    ],
    { tooLarge: /directions (2\^40|1e300)/ },
  ),
  ...of('assertClose', () => [x(), x(), { tolerance: { absolute: 0.1, relative: 0.1 }, signedZeros: true }]),
  WindfallError: { args: () => [], call: () => new core.WindfallError('text') },
  Generator: {
    args: () => [3],
    call: (seed: number) => new core.Generator(seed),
    use: (g: core.Generator) => core.uniform([2], { generator: g }),
  },
  Tensor: { args: () => [], call: () => x() },
  Variable: {
    args: () => [x(), { requiresGrad: true }],
    call: (initial: core.Tensor, options: { requiresGrad: boolean }) => new core.Variable(initial, options),
    use: (variable: core.Variable) => variable.assign(variable.mul(2).cast(variable.dtype)),
    names: ['requiresGrad'],
  },
  'Variable.assign': {
    args: () => [x()],
    call: (value: core.Tensor) => new core.Variable(x()).assign(value),
  },
  'Variable.requiresGrad=': {
    args: () => [true],
    call: (value: boolean) => {
      const variable = new core.Variable(x());
      variable.requiresGrad = value;
      return variable;
    },
    names: ['requiresGrad'],
  },
  'Generator.state=': {
    args: () => [{ seed: 1, draws: 2 }],
    call: (state: core.Generator['state']) => {
      const made = generator();
      made.state = state;
      return core.uniform([2], { generator: made });
    },
  },
  'Generator.nextKey': { args: () => [], call: () => generator().nextKey() },
  'Tensor.grad=': {
    args: () => [x()],
    call: (gradient: core.Tensor) => {
      const leaf = x();
      leaf.requiresGrad = true;
      leaf.grad = gradient;
      leaf.sum().backward();
      return leaf.grad;
    },
    names: ['grad'],
  },
  'Tensor.requiresGrad=': {
    args: () => [true],
    call: (value: boolean) => {
      const leaf = x();
      leaf.requiresGrad = value;
      return leaf;
    },
    names: ['requiresGrad'],
  },
} as Readonly<Record<string, Entry>>;

/** Members of classes that are not for users. */
export const internal: readonly string[] = [
  ...['Tensor.node=', 'Tensor.rebind', 'Tensor.formerRelation'],
  ...['Variable.node=', 'Variable.rebind', 'Variable.holdIn', 'Variable.isHeldIn'],
];
