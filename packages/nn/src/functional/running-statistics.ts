/**
 * @file How running statistics follow the batches. Pure functions: they give new values and change nothing.
 */
import { full, type Tensor, where } from '@windfall/core';

/** What is remembered from batch to batch. */
export interface RunningStatistics {
  /** [C] */
  readonly mean: Tensor;
  /** [C], the average of unbiased estimates */
  readonly variance: Tensor;
  /** A single i32: how many batches moved the others; null if nobody counts. */
  readonly batches: Tensor | null;
}

/** What one batch says. */
export interface BatchStatistics {
  /** [C] */
  readonly mean: Tensor;
  /** [C], biased: Σ (x − μ)²/n */
  readonly variance: Tensor;
  /** n; a tensor [1] where a mask decides, and then a batch of less than two values leaves everything as it is. */
  readonly count: number | Tensor;
}

/**
 * running ← (1 − momentum)·running + momentum·batch, the variance by its unbiased estimate n/(n − 1)·σ².
 * @param momentum null for the plain average, 1/batches
 */
export function track(
  running: RunningStatistics,
  { mean, variance, count }: BatchStatistics,
  momentum: number | null,
): RunningStatistics {
  const { dtype } = mean;
  const counts = typeof count === 'number' ? null : count.reshape([]).greater(1);
  const batches = running.batches?.add(counts === null ? 1 : counts.cast('i32')) ?? null;
  const added = momentum === null ? batches!.cast(dtype).reciprocal() : full([], momentum, { dtype });
  const kept = added.neg().add(1);
  const moved = (before: Tensor, batch: Tensor): Tensor => {
    const after = before.mul(kept).add(batch.mul(added));
    return (counts === null ? after : where(counts, after, before)).stopGradient();
  };
  const correction = typeof count === 'number' ? count / (count - 1) : count.div(count.sub(1).maximum(1));
  return {
    mean: moved(running.mean, mean),
    variance: moved(running.variance, variance.mul(correction)),
    batches,
  };
}
