/**
 * @file How much the logits of an example depend on chance while a network trains: on the others of its batch, which batch
 * normalization lets it see, and on what dropout drops.
 */
import { compile, type Generator, noGrad, type Tensor, uniform } from '@windfall/core';
import type { Module } from '@windfall/nn';
import type { DigitDataset } from './digits.ts';
import { mean } from './mean.ts';

export interface LogitNoise {
  readonly batchSize: number;
  /** The standard deviation of an example's logit over random batches: the root of the mean variance over examples and classes. */
  readonly deviation: number;
  /** That deviation over the one between the mean logits of examples. */
  readonly relative: number;
  /** How often the predicted class is another one than in the example's first batch. */
  readonly changed: number;
}

/** The unbiased variance; exactly 0 if all values are the same. */
function varianceOf(values: readonly number[]): number {
  const shifted = values.map((value) => value - values[0]!);
  const middle = mean(shifted);
  return shifted.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (shifted.length - 1);
}

/** From one row for each draw to one for each class. */
const byClass = (rows: readonly (readonly number[])[]): number[][] =>
  rows[0]!.map((_, column) => rows.map((row) => row[column]!));

const predictionOf = (logits: readonly number[]): number => logits.indexOf(Math.max(...logits));

/**
 * Puts each of the first examples into several random batches, as in training, and looks at its logits.
 * @param network from images to logits; its running statistics move
 * @param options.watched how many examples are looked at, at least two
 * @param options.draws how many batches each of them is put into, at least two
 */
export function logitNoise(
  network: Module,
  digits: DigitDataset,
  options: { batchSize: number; watched: number; draws: number; generator: Generator },
): LogitNoise {
  const { batchSize, watched, draws, generator } = options;
  network.train();
  // The watched example is the first of its batch.
  const look = compile((images: Tensor) => noGrad(() => network.forward(images).slice([0])), {
    reuseResults: true,
  });
  const logitsAmongOthers = (example: number): number[] => {
    const others = [...uniform([batchSize - 1], { high: digits.length, generator }).data()].map(Math.floor);
    const [images] = digits.getBatch([example, ...others]);
    return [...look(images).data()] as number[];
  };
  const examples = Array.from({ length: watched }, (_, example) =>
    Array.from({ length: draws }, () => logitsAmongOthers(example)),
  );
  const within = mean(examples.flatMap((rows) => byClass(rows).map(varianceOf)));
  const means = examples.map((rows) => byClass(rows).map(mean));
  const between = mean(byClass(means).map(varianceOf));
  const others = examples.flatMap(([first, ...rest]) =>
    rest.map((logits): number => (predictionOf(logits) === predictionOf(first!) ? 0 : 1)),
  );
  return {
    ...{ batchSize, deviation: Math.sqrt(within), relative: Math.sqrt(within / between) },
    changed: mean(others),
  };
}
