/**
 * @file How well a classifier does: its loss and its accuracy over many batches.
 */
import { compile, noGrad, type Tensor } from '@windfall/core';
import { crossEntropy, type Module } from '@windfall/nn';
import type { Batch } from './digits.ts';

export interface Quality {
  /** The mean cross-entropy of an example; null if it is not finite. */
  readonly loss: number | null;
  /** The fraction of examples that are classified correctly. */
  readonly accuracy: number;
}

/**
 * A look at a network's quality, compiled for any number of looks.
 * @param network from inputs [batch, …] to logits [batch, classes]
 * @param options.training whether it works as in training: with the statistics of each batch, which then also move its
 *   running ones. By default it works as in inference.
 */
export function qualityOf(
  network: Module,
  options: { training?: boolean } = {},
): (batches: Iterable<Batch>) => Quality {
  const { training = false } = options;
  const look = compile(
    (images: Tensor, labels: Tensor) =>
      noGrad(() => {
        const logits = network.forward(images);
        return [
          crossEntropy(logits, labels, { reduction: 'sum' }),
          logits.argmax(1).equal(labels).sum(),
        ] as const;
      }),
    { reuseResults: true },
  );
  return (batches) => {
    const wasTraining = network.training;
    network.train(training);
    let [loss, hits, count] = [0, 0, 0];
    for (const [images, labels] of batches) {
      const [batchLoss, batchHits] = look(images, labels);
      loss += batchLoss.item();
      hits += batchHits.item();
      count += labels.shape[0]!;
    }
    network.train(wasTraining);
    return { loss: Number.isFinite(loss) ? loss / count : null, accuracy: hits / count };
  };
}
