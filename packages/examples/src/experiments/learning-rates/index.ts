/**
 * @file Learning rates and initial weights (sections 3.3, 4.1 and 4.2 of the paper): how fast the network of section 4.1 learns,
 * and how well, at rates from too small to too large, from weights of three sizes, with and without batch normalization.
 */
import type { Experiment } from '../experiment.ts';
import { findings } from './findings.ts';
import type { Run } from './grid.ts';
import { trials } from './trials.ts';

export const learningRates: Experiment<Run> = {
  name: 'learning-rates',
  title: 'Learning rates and initial weights',
  question: 'Which learning rates and initial weights train the network, and how fast, with and without BN?',
  setup: [
    'The network of section 4.1 of the paper, 784-100-100-100-10 with sigmoids, learns to read binarized MNIST digits in mini-batches of 60 by plain gradient descent: with BN before every sigmoid, and without. All runs with the same seed see the same mini-batches in the same order, and start from the same random numbers, scaled.',
    'Initial weights are normal with a standard deviation of 0.01, of 0.1, or as Glorot & Bengio 2010 have it for sigmoids: 4·√(2/(inputs + outputs)), which is 0.19 in the first layer, 0.4 in the hidden ones and 0.54 in the last. The paper says "small random Gaussian values". Biases are 0.',
    'Accuracy is that on all test digits, with the running statistics, after 25 steps, and then each time 1.3 times later than before, and at the end. Steps to an accuracy are interpolated between two looks. Every run makes all its steps, whether it learns or not.',
  ],
  defaults: { steps: 800, seeds: 1 },
  full: { steps: 5000, seeds: 5 },
  trials,
  findings,
};
