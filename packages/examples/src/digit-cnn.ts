/**
 * @file A small convolutional network that reads digits.
 */
import type { Generator, Tensor } from '@windfall/core';
import { BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, type Module, ReLU, Sequential } from '@windfall/nn';
import { type Batch, classes, side } from './digits.ts';

/** The channels after each convolution, behind which the image is halved. */
const channels = [8, 24, 48];

/**
 * Three times: convolution 3 × 3, batch normalization if asked for, ReLU, the largest of 2 × 2. Then a linear layer. From images
 * [batch, 1, 28, 28] to logits [batch, 10]. Whatever the options, the same generator gives the same weights.
 */
export function digitCnn(generator: Generator, { normalize }: { normalize: boolean }): Sequential {
  // A layer draws a weight and, if it has one, a bias.
  const { seed, draws } = generator.state;
  let layer = 0;
  const ownDraws = <Layer>(make: () => Layer): Layer => {
    generator.state = { seed, draws: draws + 2 * layer++ };
    return make();
  };
  let extent = side;
  const blocks = channels.map((outputs, block) => {
    const inputs = channels[block - 1] ?? 1;
    // The normalization subtracts the mean and any bias with it.
    const options = { padding: 1, bias: !normalize, generator };
    const convolution = ownDraws(() => new Conv2d(inputs, outputs, 3, options));
    const normalization: Module[] = normalize ? [new BatchNorm2d(outputs)] : [];
    extent = Math.floor(extent / 2);
    return new Sequential(convolution, ...normalization, new ReLU(), new MaxPool2d(2));
  });
  const last = channels.at(-1)! * extent ** 2;
  const linear = ownDraws(() => new Linear(last, classes, { generator }));
  generator.state = { seed, draws: draws + 2 * layer };
  return new Sequential(...blocks, new Flatten(), linear);
}

/** Rows of pixels as images of one channel: [batch, 1, 28, 28]. */
export const asImages = ([rows, labels]: Batch): Batch => [
  rows.reshape([rows.shape[0]!, 1, side, side]),
  labels,
];

/** Only its images, changed. */
export const withImages = ([images, labels]: Batch, change: (images: Tensor) => Tensor): Batch => [
  change(images),
  labels,
];
