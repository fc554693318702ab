/**
 * @file What the function of batch normalization is told, and the checks that it fits.
 */
import type { Tensor } from '@windfall/core';
import { check, checkFlag, describe, formatShape } from '@windfall/core/extension';
import { checkFloats, checkNumber, checkTensor, checkWhole, optionsOf } from '../arguments.ts';
import type { RunningStatistics } from './running-statistics.ts';

/** For batch renormalization; the limits may be tensors [] of the input's dtype. */
export interface RenormLimits {
  /** The largest factor r, ≥ 1; 1/rMax is the smallest. */
  rMax: number | Tensor;
  /** The largest offset d in either direction, ≥ 0. */
  dMax: number | Tensor;
}

/** For batchNorm. All tensors are of the input's dtype unless it says otherwise. */
export interface BatchNormFunctionOptions {
  /** [C] */
  runningMean?: Tensor | null;
  /** [C]; given together with runningMean */
  runningVar?: Tensor | null;
  /** γ [C]; without, nothing is scaled */
  weight?: Tensor | null;
  /** β [C]; without, nothing is shifted */
  bias?: Tensor | null;
  /** Whether to normalize by the batch's own statistics; by default false: by the running ones. */
  training?: boolean;
  /** The weight of this batch in the new statistics, by default 0.1; null for the average of all, which needs numBatchesTracked. */
  momentum?: number | null;
  /** ε, added to the variance; by default 1e-5. */
  eps?: number;
  /** A single i32: how many batches the running statistics stand for. */
  numBatchesTracked?: Tensor | null;
  /** The axis of the channels; by default 1. */
  axis?: number;
  /** bool, x's shape without the channel axis, or with extent 1 there; it broadcasts. Where it is false there is only padding. */
  mask?: Tensor | null;
  /** How many examples are normalized together in training; by default all. */
  ghostBatchSize?: number | null;
  /** Batch renormalization, in training. */
  renorm?: RenormLimits | null;
}

const optionNames = [
  'runningMean',
  'runningVar',
  'weight',
  'bias',
  'training',
  'momentum',
  'eps',
  'numBatchesTracked',
  'axis',
  'mask',
  'ghostBatchSize',
  'renorm',
] as const;

/** The options, complete and checked. */
export interface BatchNormSettings {
  readonly running: RunningStatistics | null;
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
  readonly training: boolean;
  readonly momentum: number | null;
  readonly eps: number;
  readonly channelAxis: number;
  /** Of all axes of x, extent 1 at the channel. */
  readonly mask: Tensor | null;
  readonly ghostBatchSize: number | null;
  readonly renorm: RenormLimits | null;
}

/** The mask with all axes of x, extent 1 at the channel. */
function maskFor(mask: unknown, x: Tensor, channelAxis: number): Tensor {
  checkTensor(mask, 'batchNorm', 'the mask');
  check(
    mask.dtype === 'bool',
    'batchNorm',
    () => `the mask is bool, not ${mask.dtype}; use cast(mask, 'bool')`,
  );
  const whole = mask.rank === x.rank - 1 ? mask.unsqueeze(channelAxis) : mask;
  const fits =
    whole.rank === x.rank &&
    whole.shape.every((extent, axis) => extent === 1 || (axis !== channelAxis && extent === x.shape[axis]));
  const places = x.shape.filter((_, axis) => axis !== channelAxis);
  check(
    fits,
    'batchNorm',
    () =>
      `the mask has x's shape without the channels, ${formatShape(places)}, or broadcasts to it; got ${formatShape(mask.shape)} for ${formatShape(x.shape)}`,
  );
  return whole;
}

/** A value per channel, or null. */
function perChannel(value: unknown, name: string, x: Tensor, channelAxis: number): Tensor | null {
  if (value === null) return null;
  checkTensor(value, 'batchNorm', name);
  const channels = x.shape[channelAxis];
  check(
    value.rank === 1 && value.size === channels && value.dtype === x.dtype,
    'batchNorm',
    () =>
      `${name} is ${x.dtype} [${channels}] for x ${formatShape(x.shape)}, not ${value.dtype} ${formatShape(value.shape)}`,
  );
  return value;
}

function runningStatisticsOf(
  { runningMean = null, runningVar = null, numBatchesTracked = null }: BatchNormFunctionOptions,
  x: Tensor,
  channelAxis: number,
): RunningStatistics | null {
  const mean = perChannel(runningMean, 'runningMean', x, channelAxis);
  const variance = perChannel(runningVar, 'runningVar', x, channelAxis);
  check(
    (mean === null) === (variance === null),
    'batchNorm',
    () => 'runningMean and runningVar are given together, or neither',
  );
  if (numBatchesTracked !== null) {
    checkTensor(numBatchesTracked, 'batchNorm', 'numBatchesTracked');
    const { dtype, rank } = numBatchesTracked;
    check(
      dtype === 'i32' && rank === 0,
      'batchNorm',
      () => `numBatchesTracked is a single i32, not ${dtype} ${formatShape(numBatchesTracked.shape)}`,
    );
  }
  return mean === null || variance === null ? null : { mean, variance, batches: numBatchesTracked };
}

/** Throws unless the value is a number of at least `low`, or a single float. */
function checkLimit(value: unknown, name: string, low: number): void {
  if (typeof value === 'number') checkNumber(value, 'batchNorm', name, { low });
  else {
    checkFloats(value, 'batchNorm', name);
    check(value.rank === 0, 'batchNorm', () => `${name} is a single number, not ${formatShape(value.shape)}`);
  }
}

function checkRenorm(renorm: RenormLimits, running: RunningStatistics | null): void {
  const { rMax, dMax } = optionsOf(renorm, 'batchNorm: renorm', ['rMax', 'dMax']);
  checkLimit(rMax, 'rMax', 1);
  checkLimit(dMax, 'dMax', 0);
  check(
    running !== null,
    'batchNorm',
    () => 'renorm corrects towards the running statistics: pass runningMean and runningVar',
  );
}

/** The options, complete; throws unless they fit x and each other. */
export function settingsOf(x: Tensor, options: BatchNormFunctionOptions): BatchNormSettings {
  const {
    weight = null,
    bias = null,
    training = false,
    momentum = 0.1,
    eps = 1e-5,
    axis = 1,
    mask = null,
    ghostBatchSize = null,
    renorm = null,
  } = optionsOf(options, 'batchNorm', optionNames);
  check(x.rank >= 2, 'batchNorm', () => `expected at least two axes [N, C, …], got ${formatShape(x.shape)}`);
  check(
    Number.isInteger(axis) && axis >= -x.rank && axis < x.rank,
    'batchNorm',
    () => `axis is one of the axes of x ${formatShape(x.shape)}, not ${describe(axis)}`,
  );
  const channelAxis = axis < 0 ? axis + x.rank : axis;
  checkFlag(training, 'batchNorm', 'training');
  checkNumber(eps, 'batchNorm', 'eps', { low: 0 });
  if (ghostBatchSize !== null) checkWhole(ghostBatchSize, 'batchNorm', 'ghostBatchSize');
  const running = runningStatisticsOf(options, x, channelAxis);
  if (momentum !== null) checkNumber(momentum, 'batchNorm', 'momentum', { low: 0, high: 1 });
  else
    check(
      running === null || running.batches !== null,
      'batchNorm',
      () => 'momentum null, the average of all batches, needs numBatchesTracked',
    );
  if (renorm !== null) checkRenorm(renorm, running);
  check(
    training || running !== null,
    'batchNorm',
    () => 'evaluation needs runningMean and runningVar; pass training: true to use those of the batch',
  );
  return {
    running,
    weight: perChannel(weight, 'weight', x, channelAxis),
    bias: perChannel(bias, 'bias', x, channelAxis),
    training,
    momentum,
    eps,
    channelAxis,
    mask: mask === null ? null : maskFor(mask, x, channelAxis),
    ghostBatchSize,
    renorm,
  };
}
