import { Generator, normal, tensor } from '@windfall/core';
import { BatchNorm1d, Linear, Sequential } from '@windfall/nn';
import type { Batch } from '../src/digits.ts';
import { qualityOf } from '../src/quality.ts';

const generator = new Generator(1);
const batches = [5, 3].map(
  (size): Batch => [
    normal([size, 4], { generator, mean: 1 }),
    tensor(Int32Array.from({ length: size }, (_, k) => k % 3)),
  ],
);
const network = () => new Sequential(new Linear(4, 3, { generator: new Generator(2) }), new BatchNorm1d(3));

test('quality is the mean over examples, whatever batches they come in', () => {
  const look = qualityOf(network());
  const alone = batches.flatMap(([images, labels]) =>
    Array.from(
      { length: labels.shape[0]! },
      (_, k): Batch => [images.slice([[k, k + 1]]), labels.slice([[k, k + 1]])],
    ),
  );
  const [whole, single] = [look(batches), look(alone)];
  expect(single.loss).toBeCloseTo(whole.loss!, 5);
  expect(single.accuracy).toBe(whole.accuracy);
});

test('a look in inference changes nothing; one as in training moves the running statistics', () => {
  const model = network();
  const norm = model.children()[1] as BatchNorm1d;
  model.train();
  const before = norm.runningMean!.toArray();
  const inference = qualityOf(model)(batches);
  expect([norm.runningMean!.toArray(), model.training]).toEqual([before, true]);
  model.eval();
  const training = qualityOf(model, { training: true })(batches);
  expect(norm.runningMean!.toArray()).not.toEqual(before);
  expect(model.training).toBe(false);
  expect(training.loss).not.toBeCloseTo(inference.loss!, 3);
});

test('a loss that is not finite is null', () => {
  const [images, labels] = batches[0]!;
  expect(qualityOf(network())([[images.mul(Infinity), labels]]).loss).toBeNull();
});
