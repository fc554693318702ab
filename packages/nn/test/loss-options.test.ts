/**
 * @file Losses with their options: PyTorch's values and gradients in both float dtypes, the same compiled and as modules,
 * derivatives of both orders, and what they refuse.
 */
import {
  compile,
  type DType,
  gradcheck,
  gradient,
  normal,
  ones,
  type Tensor,
  tensor,
  uniform,
  zeros,
} from '@windfall/core';
import * as nn from '../src/index.ts';
import { lossRows } from './parity/losses.ts';
import { expectClose, load, readFixture, type Stored } from './support/fixtures.ts';

interface LossCase {
  pytorch: string;
  loss: string;
  options: Record<string, any>;
  input: Stored;
  target: Stored;
  /** Whether the target holds class numbers. */
  index: boolean;
  cotangent: Stored;
  output: Stored;
  inputGradient: Stored;
}

type LossFunction = (input: Tensor, target: Tensor, options?: object) => Tensor;

const lossFunctions = nn as unknown as Record<string, LossFunction>;
const lossModules = nn as unknown as Record<string, new (options: object) => nn.Loss>;

/** Non-finite numbers stand in JSON as strings. */
const numeric = ({ shape, values }: Stored): Stored => ({ shape, values: values.map(Number) });

/** The row of a loss's module follows that of its function. */
const moduleOf = (loss: string): string =>
  lossRows[lossRows.findIndex(({ windfall }) => windfall === loss) + 1]!.windfall;

const cases = ['loss-options-classes', 'loss-options'].flatMap((fixture) =>
  (readFixture(fixture) as LossCase[]).map((given, number) => {
    const shown = Object.entries(given.options).map(([name, value]) =>
      typeof value === 'object' ? name : `${name} ${value}`,
    );
    const target = given.index ? 'classes' : 'floats';
    return [
      `${number}: ${given.loss} of [${given.input.shape.join(', ')}], ${target}, ${shown.join(', ')}`,
      { ...given, fixture },
    ] as const;
  }),
);

function prepare(given: LossCase, dtype: DType) {
  const tensorOf = (stored: Stored): Tensor => load(numeric(stored), dtype);
  const options = Object.fromEntries(
    Object.entries(given.options).map(([name, value]) => [
      name,
      typeof value === 'object' ? tensorOf(value) : value,
    ]),
  );
  const target = given.index ? load(numeric(given.target), 'i32') : tensorOf(given.target);
  return { input: tensorOf(given.input), target, options, cotangent: tensorOf(given.cotangent) };
}

function valueAndGradient(loss: LossFunction, x: Tensor, target: Tensor, cotangent: Tensor) {
  const y = loss(x, target);
  return [y, gradient(y, [x], { cotangent })[0]] as const;
}

describe.each(cases)('%s', (_name, given) => {
  test.each([
    ['f64', 1e-10],
    ['f32', 1e-5],
  ] as const)(
    '%s: value and gradient are those of PyTorch, also compiled and as a module',
    (dtype, tolerance) => {
      const { input, target, options, cotangent } = prepare(given, dtype);
      const [y, slope] = valueAndGradient(
        (a, b) => lossFunctions[given.loss]!(a, b, options),
        input,
        target,
        cotangent,
      );
      expect([y.dtype, slope.dtype]).toEqual([dtype, dtype]);
      expectClose(y, numeric(given.output), tolerance);
      expectClose(slope, numeric(given.inputGradient), tolerance);

      const module = new lossModules[moduleOf(given.loss)]!(options);
      const compiled = compile((a: Tensor, b: Tensor, g: Tensor) =>
        valueAndGradient((x, t) => module.forward(x, t), a, b, g),
      );
      for (let call = 0; call < 2; call++) {
        const [again, slopeAgain] = compiled(input, target, cotangent);
        expect(again.data()).toEqual(y.data());
        expect(slopeAgain.data()).toEqual(slope.data());
      }
    },
  );
});

test('every loss of the parity table has cases', () => {
  const covered = new Set(cases.map(([, { pytorch, fixture }]) => `${fixture} ${pytorch}`));
  for (const { pytorch, windfall, fixture } of lossRows) {
    expect(nn).toHaveProperty(windfall);
    if (pytorch.startsWith('nn.functional.')) expect(covered).toContain(`${fixture} ${pytorch}`);
  }
});

const double = { dtype: 'f64' } as const;
const classes = (values: number[] | number[][] | number) => tensor(values, { dtype: 'i32' });
const between = (low: number, high: number, shape: number[]) => uniform(shape, { ...double, low, high });
/** Away from the corners at 0, ±0.7 and ±1, where second derivatives do not exist. */
const apart = () => tensor([-2.2, -0.5, 0.3, 0.6, 1.7, -1.4], double);

const smooth: [name: string, f: (...inputs: Tensor[]) => Tensor, inputs: () => Tensor[]][] = [
  [
    'crossEntropy with weights, smoothing and an ignored class',
    (x) =>
      nn.crossEntropy(x, classes([0, 2, 1, 1]), {
        weight: tensor([0.5, 2, 1], double),
        labelSmoothing: 0.2,
        ignoreIndex: 2,
      }),
    () => [normal([4, 3], double)],
  ],
  [
    'crossEntropy with probabilities and weights, with respect to all',
    (x, p, weight) => nn.crossEntropy(x, p.softmax(1), { weight: weight, labelSmoothing: 0.1 }),
    () => [normal([2, 3, 2], double), normal([2, 3, 2], double), between(0.5, 2, [3])],
  ],
  ['crossEntropy of one example', (x) => nn.crossEntropy(x, classes(1)), () => [normal([3], double)]],
  [
    'nllLoss with weights',
    (x, weight) => nn.nllLoss(x.square(), classes([0, 2]), { weight: weight }),
    () => [normal([2, 3], double), between(0.5, 2, [3])],
  ],
  [
    'binaryCrossEntropy',
    (x, t, weight) => nn.binaryCrossEntropy(x, t, { weight: weight, reduction: 'none' }),
    () => [between(0.1, 0.9, [2, 3]), between(0, 1, [2, 3]), between(0.5, 2, [3])],
  ],
  [
    'binaryCrossEntropyWithLogits',
    (x, t, weight, posWeight) =>
      nn.binaryCrossEntropyWithLogits(x, t, { weight: weight, posWeight: posWeight }),
    () => [normal([2, 3], double), between(0, 1, [2, 3]), between(0.5, 2, [3]), between(0.5, 2, [3])],
  ],
  ['l1Loss', (x) => nn.l1Loss(x.square(), zeros([6], double)), () => [apart()]],
  ['huberLoss', (x) => nn.huberLoss(x, zeros([6], double), { delta: 0.7 }), () => [apart()]],
  ['smoothL1Loss', (x) => nn.smoothL1Loss(x, zeros([6], double)), () => [apart()]],
  [
    'klDiv',
    (x, t) => nn.klDiv(x, t, { reduction: 'batchmean' }),
    () => [normal([2, 3], double), between(0.1, 0.9, [2, 3])],
  ],
  [
    'klDiv of logarithms',
    (x, t) => nn.klDiv(x, t, { logTarget: true, reduction: 'none' }),
    () => [normal([2, 3], double), normal([2, 3], double)],
  ],
];

test.each(smooth)('derivatives of %s to order 2 agree with finite differences', (_name, f, inputs) => {
  gradcheck(f, inputs(), { order: 2 });
});

describe('binaryCrossEntropy at the ends', () => {
  test('limits logarithms to −100, where the gradient is 0', () => {
    const x = tensor([0, 1, 0, 1], { ...double, requiresGrad: true });
    const y = nn.binaryCrossEntropy(x, tensor([1, 0, 0, 1], double), { reduction: 'none' });
    y.sum().backward();
    expect(y.abs().toArray()).toEqual([100, 100, 0, 0]);
    expect(x.grad!.toArray()).toEqual([0, 0, 1, -1]);
  });

  test('is NaN outside [0, 1]', () => {
    const y = nn.binaryCrossEntropy(tensor([1.5, -0.5]), tensor([1, 0.5]), { reduction: 'none' });
    expect(y.toArray()).toEqual([NaN, NaN]);
  });
});

describe('class numbers', () => {
  const loss = (target: Tensor, options: object = {}) => nn.crossEntropy(zeros([3, 4]), target, options);

  test('to ignore are no error, others out of range are, at the call or when computed', () => {
    expect(loss(classes([-100, 1, 3])).item()).toBeCloseTo(Math.log(4), 6);
    const message = "crossEntropy: the target's classes: index 4 is out of range for an axis of extent 4";
    expect(() => loss(classes([-100, 1, 4]))).toThrow(message);
    expect(() => loss(classes([-100, 1, 4]), { ignoreIndex: 3 })).toThrow('index -100 is out of range');
    expect(() => loss(classes([-101, 0, 3]).add(1)).item()).toThrow('out of range');
    expect(() => loss(classes([-101, 0, 2]).add(1)).item()).not.toThrow();
  });

  test('to ignore may be captured by a compiled function', () => {
    const target = classes([-100, 1, 3]);
    const compiled = compile((x: Tensor) => nn.crossEntropy(x, target));
    expect(compiled(zeros([3, 4])).item()).toBeCloseTo(Math.log(4), 6);
  });
});

test.each<[string, () => unknown, string]>([
  [
    'probabilities with a class to ignore',
    () => nn.crossEntropy(zeros([2, 3]), zeros([2, 3]), { ignoreIndex: 1 }),
    'crossEntropy: ignoreIndex is for class numbers, but the target holds probabilities',
  ],
  [
    'probabilities of another dtype',
    () => nn.crossEntropy(zeros([2, 3]), zeros([2, 3], double)),
    "crossEntropy: dtypes differ: input f32, target f64; use cast(target, 'f32')",
  ],
  [
    'no axis of classes',
    () => nn.crossEntropy(zeros([]), classes(0)),
    'crossEntropy: expected logits [C], [N, C] or [N, C, …], got []',
  ],
  [
    'too much smoothing',
    () => new nn.CrossEntropyLoss({ labelSmoothing: 1.5 }),
    'CrossEntropyLoss: labelSmoothing is a finite number ≥ 0 and ≤ 1, not 1.5',
  ],
  [
    'too few class weights',
    () => nn.crossEntropy(zeros([2, 3]), classes([0, 1]), { weight: ones([2]) }),
    'crossEntropy: weight has one number for each of 3 classes, shape [3], not [2]',
  ],
  [
    'weights of another dtype',
    () => nn.nllLoss(zeros([2, 3]), classes([0, 1]), { weight: ones([3], double) }),
    "nllLoss: weight is f64, the input f32; use cast(weight, 'f32')",
  ],
  [
    'weights that do not broadcast',
    () => nn.binaryCrossEntropyWithLogits(zeros([2, 3]), zeros([2, 3]), { posWeight: ones([2]) }),
    'binaryCrossEntropyWithLogits: posWeight [2] does not broadcast to the input [2, 3]',
  ],
  [
    'weights of a higher rank',
    () => nn.binaryCrossEntropy(zeros([3]), zeros([3]), { weight: ones([2, 3]) }),
    'binaryCrossEntropy: weight [2, 3] does not broadcast to the input [3]',
  ],
  ['no target', () => new nn.MSELoss().forward(zeros([2])), 'MSELoss: the target is a tensor, not undefined'],
  ['a delta of 0', () => new nn.HuberLoss({ delta: 0 }), 'HuberLoss: delta is a finite number > 0, not 0'],
  [
    'a negative beta',
    () => nn.smoothL1Loss(zeros([1]), zeros([1]), { beta: -1 }),
    'smoothL1Loss: beta is a finite number ≥ 0, not -1',
  ],
  [
    'batchmean elsewhere',
    () => nn.l1Loss(zeros([1]), zeros([1]), { reduction: 'batchmean' as 'mean' }),
    "l1Loss: reduction is 'mean', 'sum' or 'none', not the string \"batchmean\"",
  ],
  [
    'a flag that is none',
    () => nn.klDiv(zeros([1]), zeros([1]), { logTarget: 1 as unknown as boolean }),
    'klDiv: logTarget is true or false, not 1',
  ],
  [
    'an option of another loss',
    () => new nn.KLDivLoss({ beta: 1 } as object),
    "KLDivLoss: has no option 'beta'; its options are reduction, logTarget",
  ],
])('%s are refused', (_name, call, message) => {
  expect(call).toThrow(message);
});

test('weights of modules are buffers, by the names of PyTorch', () => {
  const weight = ones([3]);
  expect(Object.keys(new nn.CrossEntropyLoss({ weight }).stateDict())).toEqual(['weight']);
  expect(Object.keys(new nn.NLLLoss().stateDict())).toEqual([]);
  const binary = new nn.BCEWithLogitsLoss({ weight, posWeight: weight });
  expect(binary.parameters()).toEqual([]);
  expect(Object.keys(binary.stateDict())).toEqual(['weight', 'pos_weight']);
});
