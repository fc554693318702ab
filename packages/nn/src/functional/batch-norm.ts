/**
 * @file Batch normalization (Ioffe & Szegedy 2015, arXiv 1502.03167) as a pure function of everything it depends on. It is
 * a composition: nobody wrote its gradient, which follows at every order from the lines below.
 */
import { clamp, concat, type Tensor, where } from '@windfall/core';
import { checkFlag, checkFloats, checkNumber, checkTensor, checkWhole, optionsOf } from '../arguments.ts';
import { check, describe, formatShape } from '../errors.ts';
import { batchAxisOf, type Ghosts, ghostsOf, statisticsByGhost } from './ghost-batches.ts';
import {
  alongAxis,
  inverseDeviation,
  maskedMomentsOf,
  type Moments,
  momentsOf,
  otherAxes,
  standardize,
} from './moments.ts';
import { type BatchStatistics, type RunningStatistics, track } from './running-statistics.ts';

/** For batch renormalization; the limits may be tensors [] of the input's dtype. */
export interface RenormLimits {
  /** The largest factor r, ≥ 1; 1/rMax is the smallest. */
  rMax: number | Tensor;
  /** The largest offset d in either direction, ≥ 0. */
  dMax: number | Tensor;
}

/** For {@link batchNorm}. All tensors are of the input's dtype unless it says otherwise. */
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

/** What {@link batchNorm} gives: the result, and the statistics as they are after this batch, as constants. */
export interface BatchNormResult {
  output: Tensor;
  runningMean: Tensor | null;
  runningVar: Tensor | null;
  numBatchesTracked: Tensor | null;
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
interface Settings {
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

/** y = γ·x̂ + β, and 0 where the mask is false. */
function scaleAndShift(
  normalized: Tensor,
  channelAxis: number,
  mask: Tensor | null,
  { weight, bias }: Settings,
): Tensor {
  const along = (values: Tensor): Tensor => alongAxis(values, normalized.rank, channelAxis);
  const scaled = weight === null ? normalized : normalized.mul(along(weight));
  const shifted = bias === null ? scaled : scaled.add(along(bias));
  return mask === null ? shifted : where(mask, shifted, 0);
}

/** The map of evaluation. */
function normalizeByRunning(x: Tensor, running: RunningStatistics, settings: Settings): Tensor {
  const { eps, channelAxis, mask } = settings;
  const along = (values: Tensor): Tensor => alongAxis(values, x.rank, channelAxis);
  // Padding that is NaN would make the scale's gradient NaN.
  const values = mask === null ? x : where(mask, x, 0);
  const normalized = values.sub(along(running.mean)).mul(inverseDeviation(along(running.variance), eps));
  return scaleAndShift(normalized, channelAxis, mask, settings);
}

/**
 * x̂·r + d with r = σ_B/σ and d = (μ_B − μ)/σ within their limits, which count as constants (Ioffe 2017, arXiv 1702.03275):
 * within them the result is that of evaluation.
 */
function renormalize(
  normalized: Tensor,
  moments: Moments,
  { x, channelAxis }: Ghosts,
  settings: Settings,
): Tensor {
  const { running, eps } = settings;
  const [rMax, dMax] = [settings.renorm!.rMax, settings.renorm!.dMax].map((limit) =>
    typeof limit === 'number' ? limit : limit.cast(x.dtype),
  ) as [number | Tensor, number | Tensor];
  const along = (values: Tensor): Tensor => alongAxis(values, x.rank, channelAxis);
  const perDeviation = inverseDeviation(along(running!.variance), eps);
  const highest = typeof rMax === 'number' ? 1 / rMax : rMax.reciprocal();
  const lowest = typeof dMax === 'number' ? -dMax : dMax.neg();
  const ratio = moments.variance.add(eps).sqrt().mul(perDeviation);
  const distance = moments.pivot.sub(along(running!.mean)).add(moments.mean).mul(perDeviation);
  const r = clamp(ratio, highest, rMax).stopGradient();
  const d = clamp(distance, lowest, dMax).stopGradient();
  return normalized.mul(r).add(d);
}

/** Throws unless each channel has more than one value. */
function checkValues({ x, channelAxis, ghostAxis }: Ghosts): void {
  const shape = x.shape.filter((_, axis) => axis !== ghostAxis);
  const channels = x.shape[channelAxis]!;
  check(
    shape.reduce((product, extent) => product * extent, 1) !== channels,
    'batchNorm',
    () =>
      `the statistics of a batch need more than one value per channel, got ${formatShape(shape)}: use larger batches, or the running statistics`,
  );
}

/** Algorithm 1 of the paper, for ghost batches of one size. */
function normalizeByBatch(
  ghosts: Ghosts,
  settings: Settings,
): { output: Tensor; statistics: BatchStatistics[] } {
  const { x, mask, channelAxis, ghostAxis } = ghosts;
  const axes = otherAxes(x.shape, ghostAxis === null ? [channelAxis] : [ghostAxis, channelAxis]);
  const moments = mask === null ? momentsOf(x, axes) : maskedMomentsOf(x, axes, mask);
  const standard = standardize(moments, settings.eps);
  const normalized = settings.renorm === null ? standard : renormalize(standard, moments, ghosts, settings);
  const output = scaleAndShift(normalized, channelAxis, mask, settings);
  const means = statisticsByGhost(moments.mean.add(moments.pivot), ghosts);
  const variances = statisticsByGhost(moments.variance, ghosts);
  const { count } = moments;
  const counts = typeof count === 'number' ? means.map(() => count) : statisticsByGhost(count, ghosts);
  const statistics = means.map((mean, ghost) => ({
    mean,
    variance: variances[ghost]!,
    count: counts[ghost]!,
  }));
  return { output, statistics };
}

/** The output in the shape of the batch. */
function join(parts: readonly { ghosts: Ghosts; output: Tensor }[], x: Tensor, batchAxis: number): Tensor {
  const whole = parts.map(({ ghosts, output }) =>
    ghosts.ghostAxis === null
      ? output
      : output.reshape(x.shape.map((extent, axis) => (axis === batchAxis ? ghosts.examples : extent))),
  );
  return whole.length === 1 ? whole[0]! : concat(whole, batchAxis);
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

function settingsOf(x: Tensor, options: BatchNormFunctionOptions): Settings {
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

/**
 * Normalizes each channel over the batch and all further axes, then scales by γ and shifts by β: PyTorch's
 * `functional.batch_norm`, but nothing is changed: the new running statistics are returned.
 *
 * In training x̂ = (x − μ)/√(σ² + ε) with the batch's mean and biased variance, and
 * running ← (1 − momentum)·running + momentum·batch, the variance by its unbiased estimate. In evaluation the same map with
 * the running statistics. Constant channels give β exactly. With ε = 0 their gradient is 0. NaN or ±∞ spoils its own
 * channel (and that channel's running statistics), no other. A large mean costs no accuracy. A batch without elements
 * gives an empty result and moves nothing.
 *
 * - `mask`: the places where it is false count for nothing, may hold anything, give 0 and get gradient 0. If it leaves one
 *   value per channel, that gives β; less than two move no running statistics.
 * - `ghostBatchSize`: each that many examples (the last ones may be fewer) are normalized as a batch of their own (Hoffer et
 *   al. 2017, arXiv 1705.08741), and move the running statistics one after the other.
 * - `renorm`: batch renormalization (Ioffe 2017, arXiv 1702.03275): x̂·r + d, where r = √(σ² + ε)/√(runningVar + ε) within
 *   [1/rMax, rMax] and d = (μ − runningMean)/√(runningVar + ε) within ±dMax count as constants. The statistics before
 *   this batch serve all its ghost batches.
 *
 * @param x [N, C, …] or with the channels at `axis`, f32 or f64
 * @returns the result, of x's shape, and the new statistics, which are constants; null where none were given
 * @throws if shapes or dtypes do not fit, an option is out of range or unknown, or there is one value per channel
 *   in training
 * @example
 * const x = tensor([[1, 10], [3, 30]]);
 * const statistics = { runningMean: zeros([2]), runningVar: ones([2]) };
 * const { output, runningMean } = batchNorm(x, { ...statistics, training: true });
 * output.toArray(); // [[-1, -1], [1, 1]] but for ε
 * runningMean?.toArray(); // [0.2, 2]
 */
export function batchNorm(x: Tensor, options: BatchNormFunctionOptions = {}): BatchNormResult {
  checkFloats(x, 'batchNorm', 'the input');
  const settings = settingsOf(x, options);
  const { running, channelAxis, mask } = settings;
  const results = (output: Tensor, statistics: RunningStatistics | null): BatchNormResult => ({
    output,
    runningMean: statistics?.mean ?? null,
    runningVar: statistics?.variance ?? null,
    numBatchesTracked: statistics?.batches ?? null,
  });
  if (x.size === 0) return results(scaleAndShift(x, channelAxis, mask, settings), running);
  if (!settings.training) return results(normalizeByRunning(x, running!, settings), running);

  const all = ghostsOf(x, mask, channelAxis, settings.ghostBatchSize);
  for (const ghosts of all) checkValues(ghosts);
  const parts = all.map((ghosts) => ({ ghosts, ...normalizeByBatch(ghosts, settings) }));
  const moved =
    running &&
    parts
      .flatMap(({ statistics }) => statistics)
      .reduce((before, batch) => track(before, batch, settings.momentum), running);
  return results(join(parts, x, batchAxisOf(channelAxis)), moved);
}
