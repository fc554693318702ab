/**
 * @file How a classifier learns from a batch, and how it is tested. It knows neither the network nor the data.
 */
import { compile, evaluate, noGrad, type Tensor } from '@windfall/core';
import { crossEntropy, type DataLoader, type Module, type Optimizer } from '@windfall/nn';
import type { Batch } from './digits.ts';

/**
 * A compiled step on a batch, which gives the loss before it.
 * @param network from inputs [batch, …] to logits [batch, classes]
 * @param andThen what else belongs to a step, once the parameters have moved
 */
export function trainingStep(
  network: Module,
  optimizer: Optimizer,
  andThen: () => void = () => undefined,
): (batch: Batch) => number {
  const step = compile((images: Tensor, labels: Tensor) => {
    const loss = crossEntropy(network.forward(images), labels);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    andThen();
    return loss;
  });
  return ([images, labels]) => step(images, labels).item();
}

/**
 * The batches of a loader over and over, in a new order each time if it shuffles.
 * @throws if it has none, when the first is asked for
 */
export function* withoutEnd(loader: DataLoader<Batch>): Generator<Batch, never, undefined> {
  if (loader.length === 0) throw new Error('there are fewer examples than one batch needs');
  for (;;) yield* loader;
}

/** The fraction of examples that are classified correctly, with the statistics of inference. */
export function accuracyOn(network: Module, batches: Iterable<Batch>): number {
  network.eval();
  const hits: Tensor[] = [];
  let count = 0;
  for (const [images, labels] of batches) {
    hits.push(noGrad(() => network.forward(images).argmax(1).equal(labels).sum()));
    count += labels.shape[0]!;
  }
  network.train();
  evaluate(hits);
  return hits.reduce((sum, hit) => sum + hit.item(), 0) / count;
}
