/**
 * @file Instance normalization (Ulyanov, Vedaldi & Lempitsky 2016, arXiv 1607.08022) as a function, and what the running
 * statistics of its layers follow.
 */
import type { Tensor } from '@windfall/core';
import { check, formatShape, sizeOf } from '@windfall/core/extension';
import { checkFloats, checkNumber, optionsOf } from '../arguments.ts';
import { alongAxis, momentsOf, otherAxes, standardize } from './moments.ts';
import { elementwise } from './normalized-shape.ts';
import type { BatchStatistics } from './running-statistics.ts';

/** For {@link instanceNorm}. */
export interface InstanceNormFunctionOptions {
  /** γ [C], of x's dtype; without, nothing is scaled */
  weight?: Tensor | null;
  /** β [C], of x's dtype; without, nothing is shifted */
  bias?: Tensor | null;
  /** ε, added to the variance; by default 1e-5. */
  eps?: number;
}

/** The result, and the averages over the batch of each instance's statistics; null if there is no instance. */
export function normalizeInstances(
  x: Tensor,
  options: InstanceNormFunctionOptions,
): { output: Tensor; statistics: BatchStatistics | null } {
  const {
    weight = null,
    bias = null,
    eps = 1e-5,
  } = optionsOf(options, 'instanceNorm', ['weight', 'bias', 'eps']);
  checkFloats(x, 'instanceNorm', 'the input');
  checkNumber(eps, 'instanceNorm', 'eps', { low: 0 });
  check(
    x.rank >= 3,
    'instanceNorm',
    () => `expected at least three axes [N, C, L, …], got ${formatShape(x.shape)}`,
  );
  const channels = x.shape[1]!;
  const scale = elementwise(weight, 'weight', [channels], x.dtype, 'instanceNorm');
  const shift = elementwise(bias, 'bias', [channels], x.dtype, 'instanceNorm');
  const count = sizeOf(x.shape.slice(2));
  check(
    count !== 1,
    'instanceNorm',
    () => `needs more than one place per channel, got ${formatShape(x.shape)}`,
  );
  const scaleAndShift = (normalized: Tensor): Tensor => {
    const scaled = scale === null ? normalized : normalized.mul(alongAxis(scale, x.rank, 1));
    return shift === null ? scaled : scaled.add(alongAxis(shift, x.rank, 1));
  };
  if (x.size === 0) return { output: scaleAndShift(x), statistics: null };
  const axes = otherAxes(x.shape, [0, 1]);
  const moments = momentsOf(x, axes);
  const overBatch = (statistics: Tensor): Tensor => statistics.mean([0, ...axes]);
  return {
    output: scaleAndShift(standardize(moments, eps)),
    statistics: {
      mean: overBatch(moments.mean.add(moments.pivot)),
      variance: overBatch(moments.variance),
      count,
    },
  };
}

/**
 * Normalizes each channel of each example over its places, by the biased variance: PyTorch's `functional.instance_norm`
 * without running statistics. A large mean costs no accuracy; constant channels give β exactly, and with ε = 0 gradient 0.
 *
 * @param x [N, C, L, …], f32 or f64
 * @throws if shapes or dtypes do not fit, there is one place only, or an option is out of range or unknown
 * @example instanceNorm(tensor([[[1, 3], [10, 30]]])).toArray(); // ≈ [[[-1, 1], [-1, 1]]]
 */
export function instanceNorm(x: Tensor, options: InstanceNormFunctionOptions = {}): Tensor {
  return normalizeInstances(x, options).output;
}
