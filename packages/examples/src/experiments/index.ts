/**
 * @file All experiments, in the order of the summary.
 */
import type { Experiment } from './experiment.ts';
import { batchSize } from './batch-size.ts';
import { inferenceStatistics } from './inference-statistics.ts';
import { regularization } from './regularization.ts';
import { scaleInvariance } from './scale-invariance.ts';

export const experiments: readonly Experiment<unknown>[] = [
  scaleInvariance,
  regularization,
  batchSize,
  inferenceStatistics,
];
