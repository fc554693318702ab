/**
 * @file Metrics: accuracy by PyTorch's topk, the confusion matrix by its definitions, running means.
 */
import { inspect } from 'node:util';
import { compile, noGrad, type Tensor, tensor, zeros } from '@windfall/core';
import { accuracy, ConfusionMatrix, RunningMean } from '../src/index.ts';
import { load, readFixture, type Stored } from './support/fixtures.ts';

const i32 = (values: number[]) => tensor(values, { dtype: 'i32' });

interface AccuracyCase {
  readonly scores: Stored;
  readonly target: Stored;
  readonly topK: number;
  readonly accuracy: number;
}

describe('accuracy', () => {
  test.each(
    (readFixture('metrics').accuracy as AccuracyCase[]).map(
      (given) => [given.topK, given.scores.shape, given] as const,
    ),
  )("among the top %p of %p is PyTorch's", (topK, _shape, given) => {
    const target = load(given.target, 'i32');
    expect(accuracy(load(given.scores), target, { topK }).item()).toBeCloseTo(given.accuracy, 12);
    expect(accuracy(load(given.scores, 'f32'), target, { topK }).item()).toBeCloseTo(given.accuracy, 6);
    const compiled = compile((scores: Tensor, classes: Tensor) => accuracy(scores, classes, { topK }));
    expect(noGrad(() => compiled(load(given.scores), target)).item()).toBe(
      accuracy(load(given.scores), target, { topK }).item(),
    );
  });

  test('of equal scores the lower class comes first', () => {
    const scores = zeros([3, 3]);
    expect(accuracy(scores, i32([0, 1, 2])).item()).toBeCloseTo(1 / 3, 6);
    expect(accuracy(scores, i32([0, 1, 2]), { topK: 2 }).item()).toBeCloseTo(2 / 3, 6);
    expect(accuracy(scores, i32([0, 1, 2]), { topK: 3 }).item()).toBe(1);
  });

  test('a NaN is never right and outranks all', () => {
    const scores = tensor(
      [
        [NaN, 1],
        [NaN, NaN],
        [-Infinity, NaN],
      ],
      { dtype: 'f64' },
    );
    expect(accuracy(scores, i32([0, 0, 0])).item()).toBe(0);
    expect(accuracy(scores, i32([1, 1, 1])).item()).toBe(0);
    expect(accuracy(scores, i32([1, 1, 0]), { topK: 2 }).item()).toBeCloseTo(2 / 3, 12);
  });

  test.each<[string, () => unknown]>([
    ['accuracy: expected scores [N, C], got [3]', () => accuracy(zeros([3]), i32([0]))],
    [
      'accuracy: scores is f32 or f64, not i32; use cast',
      () => accuracy(zeros([2, 3], { dtype: 'i32' }), i32([0, 1])),
    ],
    [
      'accuracy: scores [2, 3] need a target [2] of dtype i32, got f32 [2]',
      () => accuracy(zeros([2, 3]), zeros([2])),
    ],
    [
      'accuracy: scores [2, 3] need a target [2] of dtype i32, got i32 [1]',
      () => accuracy(zeros([2, 3]), i32([0])),
    ],
    ['accuracy: index 3 is out of range', () => accuracy(zeros([1, 3]), i32([3]))],
    ['accuracy: topK 4 is more than the 3 classes', () => accuracy(zeros([1, 3]), i32([0]), { topK: 4 })],
    ['accuracy: topK is a whole number ≥ 1, not 0', () => accuracy(zeros([1, 3]), i32([0]), { topK: 0 })],
    [
      "accuracy: has no option 'top'; its options are topK",
      () => accuracy(zeros([1, 3]), i32([0]), { top: 1 } as any),
    ],
  ])('%s', (message, call) => {
    expect(call).toThrow(message);
  });
});

describe('a confusion matrix', () => {
  const truth = [0, 0, 0, 0, 1, 1, 2, 2, 2, 2];
  const taken = [0, 0, 1, 2, 1, 1, 2, 2, 0, 2];
  const matrix = () => new ConfusionMatrix(['cat', 'dog', 'eel', 'fox']).update(i32(taken), i32(truth));

  test('counts true classes in rows and predicted ones in columns', () => {
    expect(matrix().counts).toEqual([
      [2, 1, 1, 0],
      [0, 2, 0, 0],
      [1, 0, 3, 0],
      [0, 0, 0, 0],
    ]);
    expect(matrix().total).toBe(10);
    expect(matrix().accuracy).toBe(0.7);
  });

  test('takes batches one after the other, as class numbers or as scores', () => {
    const other = new ConfusionMatrix(4);
    for (let k = 0; k < 10; k += 3) {
      const classes = taken.slice(k, k + 3);
      const scores = tensor(
        classes.map((one) => [0, 1, 2, 3].map((column) => (column === one ? 2 : column / 9))),
      );
      other.update(scores, i32(truth.slice(k, k + 3)));
    }
    expect(other.counts).toEqual(matrix().counts);
    other.reset();
    expect(other.total).toBe(0);
    expect(other.accuracy).toBeNaN();
  });

  test('gives precision, recall and F1 by their definitions', () => {
    expect(matrix().of(0)).toEqual({ precision: 2 / 3, recall: 2 / 4, f1: 4 / 7, support: 4 });
    expect(matrix().of('dog')).toEqual({ precision: 2 / 3, recall: 1, f1: 4 / 5, support: 2 });
    expect(matrix().of('fox')).toEqual({ precision: NaN, recall: NaN, f1: NaN, support: 0 });
    const { precision, recall, f1 } = matrix().of('eel');
    expect(f1).toBeCloseTo((2 * precision * recall) / (precision + recall), 15);
    const { macro } = matrix();
    expect(macro.precision).toBeCloseTo((2 / 3 + 2 / 3 + 3 / 4) / 4, 15);
    expect(macro.recall).toBeCloseTo((1 / 2 + 1 + 3 / 4) / 4, 15);
    expect(macro.f1).toBeCloseTo((4 / 7 + 4 / 5 + 3 / 4) / 4, 15);
  });

  test('prints as a table', () => {
    expect(inspect(matrix())).toBe(
      [
        '     cat  dog  eel  fox  precision  recall     f1',
        'cat    2    1    1    0      0.667   0.500  0.571',
        'dog    0    2    0    0      0.667   1.000  0.800',
        'eel    1    0    3    0      0.750   0.750  0.750',
        'fox    0    0    0    0          –       –      –',
        'accuracy 0.700 of 10',
      ].join('\n'),
    );
  });

  test.each<[string, () => unknown]>([
    ['ConfusionMatrix: the number of classes is a whole number ≥ 1, not 0', () => new ConfusionMatrix(0)],
    [
      'ConfusionMatrix: classes are a number, or an array of names, not an array',
      () => new ConfusionMatrix([]),
    ],
    [
      'ConfusionMatrix: predictions are a tensor, not 1',
      () => new ConfusionMatrix(2).update(1 as any, i32([0])),
    ],
    [
      'ConfusionMatrix: the target is a tensor, not an array',
      () => new ConfusionMatrix(2).update(i32([0]), [0] as any),
    ],
    [
      'ConfusionMatrix: expected scores of 2 classes, got [1, 3]',
      () => new ConfusionMatrix(2).update(zeros([1, 3]), i32([0])),
    ],
    [
      'ConfusionMatrix: predictions [1] need a target [1] of dtype i32, got i32 [2]',
      () => new ConfusionMatrix(2).update(i32([0]), i32([0, 1])),
    ],
    [
      'ConfusionMatrix: predictions are class numbers [N] of dtype i32, or scores [N, C], not f32 [1]',
      () => new ConfusionMatrix(2).update(zeros([1]), i32([0])),
    ],
    [
      'ConfusionMatrix: the target is a class number from 0 to 1, not 2 (sample 1)',
      () => new ConfusionMatrix(2).update(i32([0, 0]), i32([0, 2])),
    ],
    [
      'ConfusionMatrix: a prediction is a class number from 0 to 1, not -1 (sample 0)',
      () => new ConfusionMatrix(2).update(i32([-1]), i32([0])),
    ],
    [
      'ConfusionMatrix: there is no class the string "owl" among cat, dog, eel, fox',
      () => matrix().of('owl'),
    ],
  ])('%s', (message, call) => {
    expect(call).toThrow(message);
  });

  test('counts nothing of a batch with an error in it', () => {
    const counted = matrix();
    expect(() => counted.update(i32([0, 9]), i32([0, 0]))).toThrow('a prediction');
    expect(counted.total).toBe(10);
  });
});

describe('a running mean', () => {
  test('weighs values, numbers and tensors alike', () => {
    const mean = new RunningMean();
    expect(mean.value).toBeNaN();
    mean.update(2, 60).update(tensor([[5]]), 30);
    expect(mean.value).toBe(3);
    expect(mean.weight).toBe(90);
    mean.update(NaN, 0);
    expect(String(mean)).toBe('3');
    expect(inspect(mean)).toBe('RunningMean(3, weight=90)');
    mean.reset();
    expect(mean.update(1).update(2).value).toBe(1.5);
  });

  test('is exactly the mean of equal values', () => {
    const mean = new RunningMean();
    for (let k = 0; k < 1000; k++) mean.update(0.1, 3);
    expect(mean.value).toBeCloseTo(0.1, 14);
    expect(String(mean)).toBe('0.1');
  });

  test('refuses what is no number', () => {
    expect(() => new RunningMean().update('1' as any)).toThrow(
      'RunningMean: a value is a number or a tensor with one, not the string "1"',
    );
    expect(() => new RunningMean().update(zeros([2]))).toThrow(
      'RunningMean: a value is a number or a tensor with one, not an object of class Tensor',
    );
    expect(() => new RunningMean().update(1, -1)).toThrow(
      'RunningMean: weight is a finite number ≥ 0, not -1',
    );
  });
});
