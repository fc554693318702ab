/**
 * @file How many inputs and outputs a weight connects.
 */
import { Tensor } from '@windfall/core';
import { check, describe, formatShape, sizeOf } from '@windfall/core/extension';

/** How many inputs each output is computed from, and how many outputs each input goes to. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** The fans of a weight, on behalf of an initialization. */
export function fansOf(weight: Tensor, operation: string): Fans {
  check(weight instanceof Tensor, operation, () => `the weight is a tensor, not ${describe(weight)}`);
  check(
    weight.rank >= 2,
    operation,
    () => `fans need a weight [outputs, inputs, …window], not ${formatShape(weight.shape)}`,
  );
  const [outputs, inputs, ...window] = weight.shape as [number, number, ...number[]];
  const places = sizeOf(window);
  return { fanIn: inputs * places, fanOut: outputs * places };
}

/**
 * How many inputs each output of a weight is computed from (`fanIn`), and how many outputs each input goes to (`fanOut`):
 * PyTorch's `nn.init._calculate_fan_in_and_fan_out`. As there, the first axis counts as the outputs and the second as the
 * inputs, also for the weights of transposed convolutions, where it is the other way round.
 * @param weight [outputs, inputs, …window]
 * @throws if it has fewer than two axes
 * @example init.calculateFanInAndFanOut(new Conv2d(3, 8, 5).weight); // { fanIn: 75, fanOut: 200 }
 */
export function calculateFanInAndFanOut(weight: Tensor): Fans {
  return fansOf(weight, 'init.calculateFanInAndFanOut');
}
