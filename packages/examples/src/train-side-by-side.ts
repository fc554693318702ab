/**
 * @file Trains several networks on the same mini-batches, a step each in turn, and looks at them now and then.
 * It knows neither how they differ nor what is done with its reports.
 */
import { compile, type Tensor } from '@windfall/core';
import { crossEntropy, type Optimizer } from '@windfall/nn';
import type { DigitNetwork } from './digit-network.ts';
import type { Observation } from './learning-curve.ts';
import type { Batch } from './mnist.ts';
import { observe } from './observe.ts';

/** A network, and how it learns. */
export interface Learner {
  readonly name: string;
  readonly network: DigitNetwork;
  readonly optimizer: Optimizer;
}

/** What happened in a step, for each learner. */
export interface Report {
  /** The steps made so far, from 1. */
  readonly step: number;
  readonly losses: readonly number[];
  /** Given after the last step and every `interval` steps. */
  readonly observations: readonly Observation[] | null;
}

/** Makes a step on a batch and gives the loss before it. */
function trainingStep({ network, optimizer }: Learner): (batch: Batch) => number {
  const step = compile((images: Tensor, labels: Tensor) => {
    const loss = crossEntropy(network.forward(images), labels);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss;
  });
  return ({ images, labels }) => Number(step(images, labels).item());
}

/** Makes one step, on the next batch, whenever the next report is asked for. */
export function* trainSideBySide(
  learners: readonly Learner[],
  batches: Iterable<Batch>,
  options: { steps: number; interval: number; test: readonly Batch[] },
): IterableIterator<Report> {
  const { steps, interval, test } = options;
  const trainingSteps = learners.map(trainingStep);
  let step = 0;
  for (const batch of batches) {
    step++;
    const losses = trainingSteps.map((train) => train(batch));
    const isLast = step === steps;
    const observations =
      isLast || step % interval === 0
        ? learners.map(({ network }) => ({ step, ...observe(network, test) }))
        : null;
    yield { step, losses, observations };
    if (isLast) return;
  }
}
