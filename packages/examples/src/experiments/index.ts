/**
 * @file All experiments, in the order of the summary.
 */
import { batchSize } from './batch-size.ts';
import { covariateShift } from './covariate-shift.ts';
import { digitsCnn } from './digits-cnn.ts';
import type { Experiment } from './experiment.ts';
import { inferenceStatistics } from './inference-statistics.ts';
import { learningRates } from './learning-rates/index.ts';
import { lossLandscape } from './loss-landscape.ts';
import { regularization } from './regularization.ts';
import { scaleInvariance } from './scale-invariance.ts';
import { sigmoidDepth } from './sigmoid-depth/index.ts';

export const experiments: readonly Experiment<unknown>[] = [
  learningRates,
  sigmoidDepth,
  digitsCnn,
  regularization,
  covariateShift,
  lossLandscape,
  scaleInvariance,
  inferenceStatistics,
  batchSize,
];
