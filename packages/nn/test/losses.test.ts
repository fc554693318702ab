/**
 * @file Losses: PyTorch's values and gradients, derivatives of both orders, and what they refuse.
 */
import { gradcheck, normal, ones, tensor, zeros } from '@windfall/core';
import { crossEntropy, mseLoss, type Reduction } from '../src/index.ts';
import { expectClose, load, readFixture, type Stored } from './support/fixtures.ts';

interface LossCase {
  loss: 'crossEntropy' | 'mseLoss';
  reduction: Reduction;
  input: Stored;
  target: Stored;
  cotangent: Stored;
  output: Stored;
  inputGradient: Stored;
}

const cases = (readFixture('losses') as LossCase[]).map((given) => {
  const name = `${given.loss} of [${given.input.shape.join(', ')}], ${given.reduction}`;
  return [name, given] as const;
});

test.each(cases)('%s: value and gradient are those of PyTorch', (_name, given) => {
  const { reduction } = given;
  const x = load(given.input);
  x.requiresGrad = true;
  const y =
    given.loss === 'crossEntropy'
      ? crossEntropy(x, load(given.target, 'i32'), { reduction })
      : mseLoss(x, load(given.target), { reduction });
  y.backward({ cotangent: load(given.cotangent) });
  expectClose(y, given.output);
  expectClose(x.grad, given.inputGradient);
});

const double = { dtype: 'f64' } as const;
const classes = (values: number[] | number[][]) => tensor(values, { dtype: 'i32' });

describe.each(['mean', 'sum', 'none'] as const)('reduction %s', (reduction) => {
  test('derivatives of crossEntropy to order 2 agree with finite differences', () => {
    const target = classes([0, 2, 1]);
    gradcheck((x) => crossEntropy(x, target, { reduction }), [normal([3, 4], double)], { order: 2 });
    const places = classes([
      [0, 2],
      [1, 1],
    ]);
    gradcheck((x) => crossEntropy(x, places, { reduction }), [normal([2, 3, 2], double)], { order: 2 });
  });

  test('derivatives of mseLoss to order 2 agree with finite differences', () => {
    const inputs = [normal([3, 4], double), normal([3, 4], double)];
    gradcheck((x, target) => mseLoss(x, target, { reduction }), inputs, { order: 2 });
  });
});

describe('crossEntropy', () => {
  test('does not overflow: it grows linearly with the logit of a wrong class', () => {
    expect(crossEntropy(tensor([[1e4, 0]]), classes([1])).item()).toBe(1e4);
    expect(crossEntropy(tensor([[1e4, 0]]), classes([0])).item()).toBe(0);
  });

  test('refuses what does not fit, at the call', () => {
    const logits = zeros([2, 3]);
    expect(() => crossEntropy(logits, classes([0, 1, 2]))).toThrow(
      'crossEntropy: logits [2, 3] need a target [2], got [3]',
    );
    expect(() => crossEntropy(logits, zeros([2]))).toThrow(
      "crossEntropy: the target holds i32 class numbers, not f32; use cast(target, 'i32')",
    );
    expect(() => crossEntropy(logits, classes([0, 3])).item()).toThrow('out of range');
    expect(() => crossEntropy(logits, classes([0, 1]), { reduction: 'max' as 'mean' })).toThrow(
      "crossEntropy: reduction is 'mean', 'sum' or 'none', not the string \"max\"",
    );
    expect(() => crossEntropy([[1]] as any, classes([0]))).toThrow(
      'crossEntropy: logits is a tensor, not an array',
    );
  });

  test('refuses at the call a class out of range, also through movements, though its row would lie in the logits', () => {
    const logits = zeros([2, 3]);
    for (const wrong of [3, -1]) {
      const message = `crossEntropy: the target's classes: index ${wrong} is out of range for an axis of extent 3`;
      expect(() => crossEntropy(logits, classes([wrong, 0]))).toThrow(message);
      expect(() => crossEntropy(logits, classes([[wrong, 0]]).reshape([2]))).toThrow(message);
      expect(() => crossEntropy(zeros([2, 3, 1]), classes([0, wrong]).unsqueeze(1))).toThrow(message);
    }
  });

  test('refuses a computed class out of range when the loss is read', () => {
    const computed = classes([2, -1]).add(1);
    expect(() => crossEntropy(zeros([2, 3]), computed).item()).toThrow('out of range');
  });

  test('refuses logits that are no floats: nothing is promoted', () => {
    expect(() => crossEntropy(zeros([1, 2], { dtype: 'i32' }), classes([0]))).toThrow(
      'crossEntropy: logits is f32 or f64, not i32; use cast',
    );
  });
});

describe('mseLoss', () => {
  test('refuses shapes that differ, also where they would broadcast', () => {
    expect(() => mseLoss(zeros([4, 1]), zeros([4]))).toThrow(
      'mseLoss: shapes differ: input [4, 1], target [4]',
    );
  });

  test('refuses dtypes that differ and what is no float: nothing is promoted', () => {
    expect(() => mseLoss(ones([2]), ones([2], double))).toThrow(
      "mseLoss: dtypes differ: input f32, target f64; use cast(target, 'f32')",
    );
    expect(() => mseLoss(ones([2]), classes([0, 1]))).toThrow(
      'mseLoss: the target is f32 or f64, not i32; use cast',
    );
  });
});

test.each([
  [
    'crossEntropy',
    'weight, ignoreIndex, reduction, labelSmoothing',
    (options: any) => crossEntropy(zeros([1, 2]), classes([0]), options),
  ],
  ['mseLoss', 'reduction', (options: any) => mseLoss(zeros([2]), zeros([2]), options)],
])('%s refuses options that are no object or that it does not know', (name, known, loss) => {
  expect(() => loss(null)).toThrow(`${name}: options are an object with ${known}, not null`);
  expect(() => loss('sum')).toThrow(`${name}: options are an object with ${known}, not the string "sum"`);
  expect(() => loss({ smoothing: 0.1 })).toThrow(
    `${name}: has no option 'smoothing'; its options are ${known}`,
  );
});
