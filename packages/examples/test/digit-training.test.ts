import { Generator as RandomGenerator } from '@windfall/core';
import { DataLoader, SGD } from '@windfall/nn';
import { DigitNetwork, drawWeights } from '../src/digit-network.ts';
import {
  learnerOf,
  lookSteps,
  stepsUntil,
  testBatches,
  trainAndLook,
  type TrainingCurve,
  trainingBatches,
} from '../src/experiments/digit-training.ts';
import type { DigitSets, Settings } from '../src/experiments/experiment.ts';
import { trials } from '../src/experiments/learning-rates/trials.ts';
import { DigitDataset, type Digits, firstDigits, pixels } from '../src/digits.ts';
import { withoutEnd } from '../src/training-step.ts';

/** Noise with labels: nothing to learn, but quickly. */
const noise: Digits = {
  count: 180,
  ink: Uint8Array.from({ length: 180 * pixels }, (_, k) => (Math.imul(k + 1, 0x9e3779b1) >>> 16) & 1),
  labels: Uint8Array.from({ length: 180 }, (_, k) => k % 10),
};
const digits: DigitSets = { training: noise, test: noise };

/** What a generator returns. */
function resultOf<Result>(run: Generator<unknown, Result, void>): Result {
  for (;;) {
    const { done, value } = run.next();
    if (done) return value;
  }
}

test('looks grow apart, and the last step is one', () => {
  for (const total of [1, 2, 7, 100, 5000]) {
    const steps = lookSteps(total);
    expect(steps.at(-1)).toBe(total);
    for (const [k, step] of steps.slice(1).entries()) expect(step).toBeGreaterThan(steps[k]!);
    expect(steps[0]).toBeLessThanOrEqual(25);
  }
  expect(lookSteps(100)).toEqual([10, 13, 17, 23, 30, 39, 51, 67, 88, 100]);
});

test('the steps until an accuracy lie between the looks around it, and are those of a look at it', () => {
  const looks = [0.2, 0.6, 0.5, 0.9].map((accuracy, k) => ({ step: 10 * (k + 1), accuracy }));
  const curve: TrainingCurve = { looks, loss: 1 };
  expect(stepsUntil(0.1, curve)).toBe(10);
  expect(stepsUntil(0.4, curve)).toBeCloseTo(15, 10);
  expect(stepsUntil(0.6, curve)).toBe(20);
  expect(stepsUntil(0.7, curve)).toBeCloseTo(35, 10);
  expect(stepsUntil(0.95, curve)).toBeNull();
});

test('a trial yields once for each step, and notes the mean loss of the last tenth', () => {
  const network = new DigitNetwork(drawWeights(new RandomGenerator(1), { deviation: 0.1 }), {
    normalize: true,
  });
  const learner = learnerOf(network, new SGD(network.parameters(), { learningRate: 0 }));
  const options = { steps: 20, batches: trainingBatches(digits, 1), test: testBatches(digits) };
  const run = trainAndLook(learner, options);
  let steps = 0;
  for (;;) {
    const { done, value } = run.next();
    if (done) {
      expect(value.looks.map(({ step }) => step)).toEqual(lookSteps(20));
      expect(value.loss).toBeGreaterThan(0);
      break;
    }
    steps++;
  }
  expect(steps).toBe(20);
}, 60_000);

test('trials that share a compiled step give what they give on their own', () => {
  const settings: Settings = { steps: 3, seed: 1, seeds: 1, digits: null };
  const isChosen = (name: string): boolean => /σ = 0.1, learning rate (0.5|3), with BN/.test(name);
  const chosen = () => trials(settings, digits).filter(({ name }) => isChosen(name));
  const together = chosen().map((trial) => resultOf(trial.run()));
  expect(together).toHaveLength(2);
  const alone = together.map((_, k) => resultOf(chosen()[k]!.run()));
  expect(together).toEqual(alone);
}, 60_000);

test('fewer digits than a mini-batch has are all shown in every step, and none are an error', () => {
  const batches = trainingBatches({ training: firstDigits(noise, 7), test: noise }, 1);
  for (let step = 0; step < 3; step++) {
    const [, labels] = batches.next().value;
    expect([...labels.data()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  }
  const empty = new DataLoader(new DigitDataset(firstDigits(noise, 7), 'f32'), {
    batchSize: 8,
    dropLast: true,
  });
  expect(() => withoutEnd(empty).next()).toThrow('there are fewer examples than one batch needs');
});
