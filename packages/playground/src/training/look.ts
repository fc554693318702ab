/**
 * @file A look at a network from outside: how well it reads digits that it has not learned from, and what goes on in its
 * hidden layers meanwhile.
 */
import { noGrad } from '@windfall/core';
import { type Histogram, observeActivations } from '@windfall/nn';
import type { Batch } from '@windfall/examples/digits';
import { percentiles } from '@windfall/examples/percentile';
import { accuracyOn } from '@windfall/examples/training-step';
import type { Learner } from './learner.ts';

/** How the units of a hidden layer respond to digits. */
export interface LayerLook {
  /** The 15th, 50th and 85th percentile of what its activations are fed. */
  readonly inputs: readonly [low: number, median: number, high: number];
  /** How its activations' results are distributed. */
  readonly outputs: Histogram;
}

export interface NetworkLook {
  /** The fraction of test digits that are read correctly. */
  readonly accuracy: number;
  readonly layers: readonly LayerLook[];
}

/** Digits to look at a network with. */
export interface TestDigits {
  /** For the accuracy. */
  readonly all: readonly Batch[];
  /** For the hidden layers. */
  readonly few: Batch;
}

const bins = 24;

function layersOf({ network }: Learner, [images]: Batch): LayerLook[] {
  // The one activation is called for every layer.
  const observer = observeActivations(network, { select: (name) => name === 'activation', bins });
  const { activationInputs } = network.read(images);
  observer.stop();
  return activationInputs.map((inputs, layer) => {
    const [low, median, high] = percentiles(inputs.data(), [15, 50, 85]) as [number, number, number];
    return { inputs: [low, median, high], outputs: observer.calls['activation']![layer]!.histogram };
  });
}

export function lookAt(learner: Learner, digits: TestDigits): NetworkLook {
  return {
    accuracy: accuracyOn(learner.network, digits.all),
    layers: learner.inference(() => noGrad(() => layersOf(learner, digits.few))),
  };
}
