/**
 * @file Functions, layers, losses, optimizers and schedules of nn, and how each is rightly called.
 */
import { Generator, ones, tensor, type Tensor, Variable } from '@windfall/core';
import type { Entry } from '../../../core/test/mutation/examine.ts';
import * as nn from '../../src/index.ts';

type Call = Entry['call'];
type Arguments = Entry['args'];

const exported: Readonly<Record<string, unknown>> = { ...nn };
const functions: Readonly<Record<string, unknown>> = { ...nn.functional };
const initializers: Readonly<Record<string, unknown>> = { ...nn.init };

const generator = () => new Generator(3);
const x = () =>
  tensor([
    [0.5, -1, 2],
    [1, 3, -0.25],
  ]);
const image = () => ones([1, 2, 4, 4]);
const signal = () => ones([1, 2, 5]);
const rows = (classes: number) => tensor([classes - 1, 0], { dtype: 'i32' });
const model = () => new nn.Sequential(new nn.Linear(3, 2), new nn.Tanh());
const optimizer = () => new nn.SGD(model().parameters(), { learningRate: 0.1 });

const of = (name: string, args: Arguments, more: Partial<Entry> = {}): Record<string, Entry> => ({
  [name]: { args, call: exported[name] as Call, ...more },
});
const functional = (name: string, args: Arguments, more: Partial<Entry> = {}): Record<string, Entry> => ({
  [`functional.${name}`]: { args, call: functions[name] as Call, ...more },
});

/** Each window is looked for by itself. */
const tooManyWindows = { tooLarge: /2\^20/ };

/** A class, with what shows whether an object of it can be used. */
function made(name: string, args: Arguments, use?: (object: never) => unknown, more: Partial<Entry> = {}) {
  const Class = exported[name] as new (...values: unknown[]) => object;
  const call: Call = (...values: never[]) => new Class(...values);
  return { [name]: { args, call, ...(use && { use }), ...more } };
}

/** Who makes parameters, and says so where they would be too large. */
const makers = ['fanInUniform', 'normal', 'ones', 'full', 'zeros'];

/** A layer: its construction, and its call. */
function layer(
  name: string,
  args: Arguments,
  input: () => Tensor,
  more: Partial<Entry> = {},
): Record<string, Entry> {
  const Class = exported[name] as new (...values: unknown[]) => nn.Module;
  return {
    ...made(name, args, (object: nn.Module) => object.forward(input()), { names: makers, ...more }),
    [`${name}.forward`]: {
      args: () => [input()],
      call: (given: Tensor) => new Class(...args()).forward(given),
    },
  };
}

/** A loss, as a function and as a class. */
function loss(
  name: string,
  Class: string,
  args: () => readonly [Tensor, Tensor, object],
): Record<string, Entry> {
  const Loss = exported[Class] as new (options: object) => { forward: (...values: Tensor[]) => Tensor };
  return {
    ...of(name, args),
    ...made(
      Class,
      () => [args()[2]],
      (object: { forward: (...values: Tensor[]) => Tensor }) => {
        const [input, target] = args();
        return object.forward(input, target);
      },
    ),
    [`${Class}.forward`]: {
      args: () => args().slice(0, 2),
      call: (...values: Tensor[]) => new Loss({}).forward(...values),
      names: [name],
    },
  };
}

const initializer = (name: string, ...rest: readonly unknown[]): Record<string, Entry> => ({
  [`init.${name}`]: {
    args: () => [new Variable(ones([3, 2])), ...rest],
    call: initializers[name] as Call,
    // Core refuses bounds that are not finite.
    names: ['uniform', 'normal'],
  },
});

const parameters = () => [new nn.Parameter(ones([2])), new nn.Parameter(ones([2, 2]))];

/** An optimizer, used for a step. */
const steps = (name: string, args: Arguments): Record<string, Entry> =>
  made(name, args, (object: nn.Optimizer) => {
    const [first] = object.parameters;
    if (first !== undefined) first.grad = ones(first.shape, { dtype: first.dtype as 'f32' });
    object.step();
  });

/** A schedule, used for a step. */
const schedule = (name: string, ...rest: readonly unknown[]): Record<string, Entry> =>
  made(
    name,
    () => [optimizer(), ...rest],
    (object: nn.LRScheduler) => {
      object.step();
      return object.getLastLr();
    },
  );

const common = { dtype: 'f32', generator: generator() };
const windows = { stride: 1, padding: 1, ceilMode: false };
const momentum = { eps: 1e-5, momentum: 0.1, affine: true, trackRunningStats: true };

export const nnEntries: Readonly<Record<string, Entry>> = {
  ...layer('Linear', () => [3, 2, { bias: true, ...common }], x),
  ...layer(
    'Conv1d',
    () => [2, 2, 3, { stride: 1, padding: 1, dilation: 1, groups: 2, bias: true, ...common }],
    signal,
  ),
  ...layer('Conv2d', () => [2, 2, [3, 3], { stride: 1, padding: [1, 1], groups: 2, bias: true }], image),
  ...layer(
    'ConvTranspose1d',
    () => [2, 2, 3, { stride: 2, padding: 1, outputPadding: 1, groups: 2 }],
    signal,
  ),
  ...layer('ConvTranspose2d', () => [2, 2, [3, 3], { stride: 2, outputPadding: [1, 1] }], image),
  ...layer('AdaptiveAvgPool1d', () => [2], signal),
  ...layer('AdaptiveAvgPool2d', () => [[2, null]], image, tooManyWindows),
  ...layer('AdaptiveMaxPool1d', () => [2], signal),
  ...layer('AdaptiveMaxPool2d', () => [[2, 2]], image, tooManyWindows),
  ...layer('AvgPool1d', () => [2, windows], signal),
  ...layer('AvgPool2d', () => [[2, 2], { ...windows, countIncludePad: true, divisorOverride: 3 }], image),
  ...layer('MaxPool1d', () => [2, { ...windows, dilation: 1 }], signal),
  ...layer('MaxPool2d', () => [[2, 2], { ...windows, dilation: 1 }], image),
  ...layer('Dropout', () => [0.5, { generator: generator() }], x),
  ...layer('Dropout1d', () => [0.5, { generator: generator() }], signal),
  ...layer('Dropout2d', () => [0.5, { generator: generator() }], image),
  ...layer(
    'Embedding',
    () => [4, 2, { paddingIndex: 0, ...common }],
    () => rows(4),
  ),
  ...layer('Flatten', () => [{ start: 1, end: -1 }], image),
  ...layer('Identity', () => [], x),
  ...layer('Unflatten', () => [1, [3, 1]], x),
  ...layer('BatchNorm1d', () => [3, momentum], x),
  ...layer('BatchNorm2d', () => [2, momentum], image),
  ...layer(
    'BatchNorm3d',
    () => [2, momentum],
    () => ones([1, 2, 2, 2, 2]),
  ),
  ...layer('LayerNorm', () => [[3], { eps: 1e-5, bias: true }], x),
  ...layer('GroupNorm', () => [2, 2, { eps: 1e-5, affine: true }], image),
  ...layer('InstanceNorm1d', () => [2, momentum], signal),
  ...layer('InstanceNorm2d', () => [2, momentum], image),
  ...layer(
    'InstanceNorm3d',
    () => [2, momentum],
    () => ones([1, 2, 2, 2, 2]),
  ),
  ...layer('RMSNorm', () => [[3], { eps: 1e-5 }], x),
  ...layer('ELU', () => [1], x),
  ...layer('GELU', () => [{ approximate: 'tanh' }], x),
  ...layer('Hardtanh', () => [{ minVal: -1, maxVal: 1 }], x),
  ...layer('LeakyReLU', () => [0.1], x),
  ...layer('LogSigmoid', () => [], x),
  ...layer('LogSoftmax', () => [1], x),
  ...layer('PReLU', () => [1, { init: 0.25, dtype: 'f32' }], x),
  ...layer('ReLU', () => [], x),
  ...layer('ReLU6', () => [], x),
  ...layer('Sigmoid', () => [], x),
  ...layer('SiLU', () => [], x),
  ...layer('Softmax', () => [1], x),
  ...layer('Softmin', () => [1], x),
  ...layer('Softplus', () => [{ beta: 1, threshold: 20 }], x),
  ...layer('Tanh', () => [], x),
  ...loss('crossEntropy', 'CrossEntropyLoss', () => [
    x(),
    rows(3),
    { reduction: 'mean', weight: ones([3]), ignoreIndex: -100, labelSmoothing: 0.1 },
  ]),
  ...loss('nllLoss', 'NLLLoss', () => [
    x(),
    rows(3),
    { reduction: 'sum', weight: ones([3]), ignoreIndex: -100 },
  ]),
  ...loss('binaryCrossEntropy', 'BCELoss', () => [
    ones([2]).mul(0.5),
    ones([2]),
    { reduction: 'mean', weight: ones([2]) },
  ]),
  ...loss('binaryCrossEntropyWithLogits', 'BCEWithLogitsLoss', () => [
    ones([2]),
    ones([2]),
    { reduction: 'none', weight: ones([2]), posWeight: ones([2]) },
  ]),
  ...loss('mseLoss', 'MSELoss', () => [x(), x(), { reduction: 'mean' }]),
  ...loss('l1Loss', 'L1Loss', () => [x(), x(), { reduction: 'mean' }]),
  ...loss('huberLoss', 'HuberLoss', () => [x(), x(), { reduction: 'mean', delta: 1 }]),
  ...loss('smoothL1Loss', 'SmoothL1Loss', () => [x(), x(), { reduction: 'mean', beta: 1 }]),
  ...loss('klDiv', 'KLDivLoss', () => [x(), x().abs(), { reduction: 'mean', logTarget: false }]),
  ...functional('linear', () => [x(), ones([2, 3]), ones([2])]),
  ...functional('conv1d', () => [signal(), ones([2, 1, 3]), { bias: ones([2]), padding: 'same', groups: 2 }]),
  ...functional('conv2d', () => [
    image(),
    ones([2, 1, 3, 3]),
    { bias: ones([2]), padding: [1, 1], groups: 2 },
  ]),
  ...functional('maxPool1d', () => [signal(), 2, { ...windows, dilation: 1 }]),
  ...functional('maxPool2d', () => [image(), [2, 2], { ...windows, dilation: 1 }]),
  ...functional('avgPool1d', () => [signal(), 2, windows]),
  ...functional('avgPool2d', () => [image(), [2, 2], windows]),
  ...functional('adaptiveAvgPool1d', () => [signal(), 2]),
  ...functional('adaptiveAvgPool2d', () => [image(), [2, 2]], tooManyWindows),
  ...functional('adaptiveMaxPool1d', () => [signal(), 2], tooManyWindows),
  ...functional('adaptiveMaxPool2d', () => [image(), [2, 2]], tooManyWindows),
  ...functional('batchNorm', () => [x(), { weight: ones([3]), bias: ones([3]), eps: 1e-5, training: true }]),
  ...functional('layerNorm', () => [x(), [3], { weight: ones([3]), bias: ones([3]), eps: 1e-5 }]),
  ...functional('groupNorm', () => [image(), 2, { weight: ones([2]), eps: 1e-5 }]),
  ...functional('instanceNorm', () => [image(), { weight: ones([2]), eps: 1e-5 }]),
  ...functional('rmsNorm', () => [x(), [3], { weight: ones([3]), eps: 1e-5 }]),
  ...functional('dropout', () => [x(), 0.5, { training: true, generator: generator() }]),
  ...functional('dropout1d', () => [signal(), 0.5, { training: true, generator: generator() }]),
  ...functional('dropout2d', () => [image(), 0.5, { training: true, generator: generator() }]),
  ...functional('convTranspose1d', () => [
    signal(),
    ones([2, 1, 3]),
    { bias: ones([2]), stride: 2, outputPadding: 1, groups: 2 },
  ]),
  ...functional('convTranspose2d', () => [
    image(),
    ones([2, 1, 3, 3]),
    { bias: ones([2]), padding: [1, 1], groups: 2, dilation: 1 },
  ]),
  ...functional('leakyRelu', () => [x(), 0.1]),
  ...functional('prelu', () => [x(), ones([3]).mul(0.25)]),
  ...functional('relu6', () => [x()]),
  ...functional('silu', () => [x()]),
  ...functional('logsigmoid', () => [x()]),
  ...functional('softmin', () => [x(), 1]),
  ...functional('softplus', () => [x(), { beta: 1, threshold: 20 }]),
  ...functional('embedding', () => [rows(4), ones([4, 2]), { paddingIndex: 0 }]),
  ...functional('elu', () => [x(), 1]),
  ...functional('hardtanh', () => [x(), { minVal: -1, maxVal: 1 }]),
  ...initializer('zeros'),
  ...initializer('ones'),
  ...initializer('eye'),
  ...initializer('constant', 3),
  ...initializer('uniform', { a: 0, b: 1, generator: generator() }),
  ...initializer('normal', { mean: 0, std: 1, generator: generator() }),
  ...initializer('truncNormal', { mean: 0, std: 1, a: -2, b: 2 }),
  ...initializer('orthogonal', { gain: 1 }),
  ...initializer('xavierUniform', { gain: 1 }),
  ...initializer('xavierNormal', { gain: 1 }),
  ...initializer('kaimingUniform', { a: 0, mode: 'fanIn', nonlinearity: 'relu' }),
  ...initializer('kaimingNormal', { a: 0, mode: 'fanOut', nonlinearity: 'relu' }),
  'init.calculateFanInAndFanOut': {
    args: () => [ones([2, 3, 3])],
    call: nn.init.calculateFanInAndFanOut,
  },
  'init.calculateGain': {
    args: () => ['leakyRelu', 0.1],
    call: nn.init.calculateGain,
  },
  ...of('fanInUniform', () => [[2, 3], 3, common]),
  ...steps('SGD', () => [
    parameters(),
    { learningRate: 0.1, momentum: 0.9, dampening: 0, nesterov: false, weightDecay: 0.1 },
  ]),
  ...steps('Adam', () => [
    parameters(),
    { learningRate: 0.1, betas: [0.9, 0.99], eps: 1e-8, weightDecay: 0, amsgrad: true },
  ]),
  ...steps('AdamW', () => [parameters(), { learningRate: 0.1, betas: [0.9, 0.99] }]),
  ...steps('RMSprop', () => [
    parameters(),
    { learningRate: 0.1, alpha: 0.9, eps: 1e-8, momentum: 0.1, centered: true },
  ]),
  ...steps('Adagrad', () => [parameters(), { learningRate: 0.1, lrDecay: 0.1 }]),
  ...schedule('StepLR', 2, { gamma: 0.5, lastEpoch: -1 }),
  ...schedule('MultiStepLR', [1, 3], { gamma: 0.5 }),
  ...schedule('ExponentialLR', 0.9, { lastEpoch: -1 }),
  ...schedule('ConstantLR', { factor: 0.5, totalIters: 3 }),
  ...schedule('LinearLR', { startFactor: 0.5, endFactor: 1, totalIters: 3 }),
  ...schedule('PolynomialLR', { totalIters: 3, power: 2 }),
  ...schedule('CosineAnnealingLR', 3, { etaMin: 0 }),
  ...schedule('CosineAnnealingWarmRestarts', 3, { tMult: 1, etaMin: 0 }),
  ...schedule('OneCycleLR', 0.5, { totalSteps: 5, pctStart: 0.3, cycleMomentum: false }),
  ...schedule('LambdaLR', () => 0.5),
  ...schedule('MultiplicativeLR', () => 0.5),
  ...of('clipGradientNorm', () => [parameters(), 1, { normType: 2 }]),
  ...of('clipGradientValue', () => [parameters(), 1]),
  ...of('accuracy', () => [x(), rows(3), { topK: 1 }]),
  // What the model's layers refuse, they refuse in their own name.
  ...of('summary', () => [model(), [2, 3], { dtype: 'f32' }], { names: ['Linear'] }),
  ...of('fuseBatchNorm', () => [new nn.Sequential(new nn.Linear(3, 2), new nn.BatchNorm1d(2)).eval()]),
  ...of('updateBatchNorm', () => [new nn.Sequential(new nn.BatchNorm1d(3)), [x()]], {
    names: ['BatchNorm1d'],
  }),
  ...of('collate', () => [[x(), x()]]),
  ...of('serializeSafetensors', () => [{ a: x() }, { metadata: { format: 'pt' } }]),
  ...of('parseSafetensors', () => [nn.serializeSafetensors({ a: x() })]),
  ...made('TensorDataset', () => [ones([2, 3]), rows(3)]),
  ...made('RandomSampler', () => [4, { replacement: true, count: 3 }]),
  ...made('SequentialSampler', () => [4]),
  ...made(
    'ConfusionMatrix',
    () => [3],
    (matrix: nn.ConfusionMatrix) => matrix.update(x(), rows(3)),
  ),
};
