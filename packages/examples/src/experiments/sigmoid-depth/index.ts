/**
 * @file Depth and sigmoids (sections 1 and 4.2 of the paper): networks of one to ten hidden layers of sigmoids, with and without
 * batch normalization.
 */
import type { Experiment } from '../experiment.ts';
import { findings } from './findings.ts';
import { type Run, trials } from './trials.ts';

export const sigmoidDepth: Experiment<Run> = {
  name: 'sigmoid-depth',
  title: 'Sigmoids in deep networks',
  question: 'How deep may a network of sigmoids be, with and without BN?',
  setup: [
    'Networks of 1, 3, 5 and 10 hidden layers of 100 sigmoids learn to read binarized MNIST digits in mini-batches of 60 by plain gradient descent: with BN before every sigmoid, and without. All runs with the same seed see the same mini-batches in the same order; those of the same depth start from the same random numbers, scaled.',
    'Initial weights are normal with a standard deviation of 0.1, or as Glorot & Bengio 2010 have it for sigmoids: 4·√(2/(inputs + outputs)), which is 0.4 between hidden layers. Biases are 0. Accuracy is that on all test digits, with the running statistics; one in ten is what guessing gives.',
    'Gradients are those of the weights before the first step, on the first mini-batch.',
  ],
  defaults: { steps: 400, seeds: 1 },
  full: { steps: 1500, seeds: 5 },
  trials,
  findings,
};
