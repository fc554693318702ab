/**
 * @file The network of section 4.1 of the batch normalization paper while it learns, for those who want to look at it on the way.
 */
import { assignAll, Generator as RandomGenerator } from '@windfall/core';
import { BatchNorm, type Module, SGD } from '@windfall/nn';
import { DigitNetwork, drawWeights } from './digit-network.ts';
import type { Batch, Digits } from './digits.ts';
import { paperBatches } from './paper-batches.ts';
import { trainingStep } from './training-step.ts';

/** Plain gradient descent, at a learning rate with which both networks learn within a few thousand steps. */
export const learningRate = 0.5;

/** The standard deviation of the initial weights. */
export const deviation = 0.1;

/**
 * Trains a network and looks at it now and then. Of one seed, the network with and that without batch normalization start from
 * the same weights and see the same mini-batches.
 * @param lookAt the numbers of steps after which it is looked at, in rising order
 * @param look what is made of the network after so many steps, and of the mini-batch from which the next one will learn
 * @returns what came of the looks
 */
export function* trainDigitNetwork<Seen>(
  training: Digits,
  { seed, normalize, lookAt }: { seed: number; normalize: boolean; lookAt: readonly number[] },
  look: (step: number, network: DigitNetwork, batch: Batch) => Seen,
): Generator<string | undefined, Seen[], void> {
  const generator = new RandomGenerator(seed);
  const network = new DigitNetwork(drawWeights(generator, { deviation }), { normalize });
  const optimizer = new SGD(network.parameters(), { learningRate });
  const batches = paperBatches(training, generator);
  const train = trainingStep(network, optimizer);
  const seen: Seen[] = [];
  let batch = batches.next().value;
  for (let step = 0; ; step++) {
    if (lookAt.includes(step)) seen.push(look(step, network, batch));
    if (step >= lookAt.at(-1)!) return seen;
    const loss = train(batch);
    batch = batches.next().value;
    yield `loss ${loss.toFixed(3)}`;
  }
}

/** A network of the same layers in float64, in training, whose forward changes nothing. */
export function makeProbe(options: { normalize: boolean }): DigitNetwork {
  const weights = drawWeights(new RandomGenerator(0), { deviation, dtype: 'f64' });
  const probe = new DigitNetwork(weights, options);
  for (const [, module] of probe.namedModules())
    if (module instanceof BatchNorm) module.trackRunningStats = false;
  return probe;
}

/** Gives a network the parameters of another one with the same layers. */
export function copyParameters(from: Module, to: Module): void {
  const sources = from.parameters();
  assignAll(to.parameters().map((parameter, k) => [parameter, sources[k]!.cast(parameter.dtype)]));
}

/** The batch for a network in float64. */
export const inDoubles = ([images, labels]: Batch): Batch => [images.cast('f64'), labels];
