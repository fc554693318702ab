/**
 * @file A look at a network from outside: how well it does on the test digits, and what one of its sigmoids is fed.
 */
import { evaluate, noGrad } from '@windfall/core';
import type { DigitNetwork } from './digit-network.ts';
import type { Observation } from './learning-curve.ts';
import type { Batch } from './digits.ts';
import { percentiles } from './percentile.ts';

/** Which sigmoid of the last hidden layer is watched. Any would do, so it is the first. */
const watchedSigmoid = 0;

/** Accuracy and sigmoid inputs over all batches, with the statistics of inference. */
export function observe(network: DigitNetwork, test: Iterable<Batch>): Omit<Observation, 'step'> {
  network.eval();
  let hits = 0;
  let count = 0;
  const inputs: number[] = [];
  for (const [images, labels] of test) {
    const [hit, input] = noGrad(() => {
      const { logits, activationInputs } = network.read(images);
      const last = activationInputs.at(-1)!;
      return [logits.argmax(1).equal(labels).sum(), last.slice([null, watchedSigmoid])];
    });
    evaluate([hit, input]);
    hits += hit.item();
    count += images.shape[0]!;
    inputs.push(...input.data());
  }
  network.train();
  const [low, median, high] = percentiles(inputs, [15, 50, 85]) as [number, number, number];
  return { accuracy: hits / count, sigmoidInput: [low, median, high] };
}
