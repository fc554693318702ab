/**
 * @file Batch normalization (Ioffe & Szegedy 2015, arXiv 1502.03167) as a pure function of everything it depends on. It is
 * a composition: nobody wrote its gradient, which follows at every order from the lines below.
 */
import { clamp, concat, full, type Tensor, where } from '@windfall/core';
import { check, formatShape, sizeOf } from '@windfall/core/extension';
import { checkFloats } from '../arguments.ts';
import { type BatchNormFunctionOptions, type BatchNormSettings, settingsOf } from './batch-norm-settings.ts';
import { batchAxisOf, type Ghosts, ghostsOf, statisticsByGhost } from './ghost-batches.ts';
import {
  alongAxis,
  inverseDeviation,
  maskedMomentsOf,
  type Moments,
  momentsOf,
  otherAxes,
} from './moments.ts';
import { type BatchStatistics, type RunningStatistics, track } from './running-statistics.ts';

/** What {@link batchNorm} gives: the result, and the statistics as they are after this batch, as constants. */
export interface BatchNormResult {
  output: Tensor;
  runningMean: Tensor | null;
  runningVar: Tensor | null;
  numBatchesTracked: Tensor | null;
}

/**
 * A map of the values of each channel, v ↦ scale·v + offset; null for 0. All that batch normalization does to values that lie
 * near 0 are such maps, and several after each other cost no more than one, in both directions.
 */
interface ChannelMap {
  readonly scale: Tensor;
  readonly offset: Tensor | null;
}

/** The map followed by v ↦ factor·v + summand; null for 1 and 0. */
function then({ scale, offset }: ChannelMap, factor: Tensor | null, summand: Tensor | null): ChannelMap {
  const scaled = factor === null ? offset : (offset?.mul(factor) ?? null);
  return {
    scale: factor === null ? scale : scale.mul(factor),
    offset: summand === null ? scaled : (scaled?.add(summand) ?? summand),
  };
}

/** The map followed by γ·x̂ + β, of values that have `rank` axes. */
function scaleAndShift(
  map: ChannelMap,
  rank: number,
  channelAxis: number,
  settings: BatchNormSettings,
): ChannelMap {
  const along = (values: Tensor | null): Tensor | null => values && alongAxis(values, rank, channelAxis);
  return then(map, along(settings.weight), along(settings.bias));
}

/** What values are mapped to, and 0 where the mask is false. */
function mapped(values: Tensor, { scale, offset }: ChannelMap, mask: Tensor | null): Tensor {
  const scaled = values.mul(scale);
  const shifted = offset === null ? scaled : scaled.add(offset);
  return mask === null ? shifted : where(mask, shifted, 0);
}

/** The map of evaluation. */
function normalizeByRunning(x: Tensor, running: RunningStatistics, settings: BatchNormSettings): Tensor {
  const { eps, channelAxis, mask } = settings;
  const along = (values: Tensor): Tensor => alongAxis(values, x.rank, channelAxis);
  // Padding that is NaN would make the scale's gradient NaN.
  const values = mask === null ? x : where(mask, x, 0);
  const standard = { scale: inverseDeviation(along(running.variance), eps), offset: null };
  const map = scaleAndShift(standard, x.rank, channelAxis, settings);
  return mapped(values.sub(along(running.mean)), map, mask);
}

/**
 * x̂ = (x − μ)/√(σ² + ε) as values and a map of them: of x − pivot, since of x itself it would lose what a large mean leaves of
 * a small deviation; with a mask of x − μ, of which the variance is taken then.
 */
function standardizing(
  { shifted, mean, variance }: Moments,
  mask: Tensor | null,
  eps: number,
): { values: Tensor; standard: ChannelMap } {
  const scale = inverseDeviation(variance, eps);
  if (mask !== null) return { values: shifted.sub(mean), standard: { scale, offset: null } };
  return { values: shifted, standard: { scale, offset: mean.mul(scale).neg() } };
}

/**
 * x̂·r + d with r = σ_B/σ and d = (μ_B − μ)/σ within their limits, which count as constants (Ioffe 2017, arXiv 1702.03275):
 * within them the result is that of evaluation.
 */
function renormalizing(
  standard: ChannelMap,
  moments: Moments,
  { x, channelAxis }: Ghosts,
  settings: BatchNormSettings,
): ChannelMap {
  const { running, eps } = settings;
  const inDType = (limit: number | Tensor): number | Tensor =>
    typeof limit === 'number' ? limit : limit.cast(x.dtype);
  const [rMax, dMax] = [inDType(settings.renorm!.rMax), inDType(settings.renorm!.dMax)];
  const along = (values: Tensor): Tensor => alongAxis(values, x.rank, channelAxis);
  const perDeviation = inverseDeviation(along(running!.variance), eps);
  const ratio = moments.variance.add(eps).sqrt().mul(perDeviation);
  const distance = moments.pivot.sub(along(running!.mean)).add(moments.mean).mul(perDeviation);
  const r = clamp(ratio, typeof rMax === 'number' ? 1 / rMax : rMax.reciprocal(), rMax).stopGradient();
  const d = clamp(distance, typeof dMax === 'number' ? -dMax : dMax.neg(), dMax).stopGradient();
  return then(standard, r, d);
}

/** Throws unless each channel has more than one value. */
function checkValues({ x, channelAxis, ghostAxis }: Ghosts): void {
  const shape = x.shape.filter((_, axis) => axis !== ghostAxis);
  const channels = x.shape[channelAxis]!;
  check(
    sizeOf(shape) !== channels,
    'batchNorm',
    () =>
      `the statistics of a batch need more than one value per channel, got ${formatShape(shape)}: use larger batches, or the running statistics`,
  );
}

/** Algorithm 1 of the paper, for ghost batches of one size. */
function normalizeByBatch(
  ghosts: Ghosts,
  settings: BatchNormSettings,
): { output: Tensor; statistics: BatchStatistics[] } {
  const { x, mask, channelAxis, ghostAxis } = ghosts;
  const axes = otherAxes(x.shape, ghostAxis === null ? [channelAxis] : [ghostAxis, channelAxis]);
  const moments = mask === null ? momentsOf(x, axes) : maskedMomentsOf(x, axes, mask);
  const { values, standard } = standardizing(moments, mask, settings.eps);
  const normalized = settings.renorm === null ? standard : renormalizing(standard, moments, ghosts, settings);
  const output = mapped(values, scaleAndShift(normalized, x.rank, channelAxis, settings), mask);
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
 * output.toArray(); // ≈ [[-1, -1], [1, 1]]
 * runningMean?.toArray(); // ≈ [0.2, 2]
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
  if (x.size === 0) {
    const identity = { scale: full([], 1, { dtype: x.dtype }), offset: null };
    return results(mapped(x, scaleAndShift(identity, x.rank, channelAxis, settings), mask), running);
  }
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
