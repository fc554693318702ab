/**
 * @file Group normalization (Wu & He 2018, arXiv 1803.08494) as a function.
 */
import type { Tensor } from '@windfall/core';
import { check, formatShape } from '@windfall/core/extension';
import { checkFloats, checkNumber, checkWhole, optionsOf } from '../arguments.ts';
import { alongAxis, momentsOf, otherAxes, standardize } from './moments.ts';
import { elementwise } from './normalized-shape.ts';

/** For {@link groupNorm}. */
export interface GroupNormFunctionOptions {
  /** γ [C], of x's dtype; without, nothing is scaled */
  weight?: Tensor | null;
  /** β [C], of x's dtype; without, nothing is shifted */
  bias?: Tensor | null;
  /** ε, added to the variance; by default 1e-5. */
  eps?: number;
}

/**
 * Normalizes each example by itself, over groups of channels and all places, by the biased variance: PyTorch's
 * `functional.group_norm`. γ and β are one per channel. A large mean costs no accuracy; constant groups give β exactly,
 * also with ε = 0, where PyTorch gives NaN.
 *
 * @param x [N, C, …], f32 or f64
 * @param numGroups how many groups there are; it divides C
 * @throws if shapes or dtypes do not fit, there is only one value altogether in each group of a single example, or an
 *   option is out of range or unknown
 * @example groupNorm(tensor([[1, 3, 10, 30]]), 2).toArray(); // ≈ [[-1, 1, -1, 1]]
 */
export function groupNorm(x: Tensor, numGroups: number, options: GroupNormFunctionOptions = {}): Tensor {
  const {
    weight = null,
    bias = null,
    eps = 1e-5,
  } = optionsOf(options, 'groupNorm', ['weight', 'bias', 'eps']);
  checkFloats(x, 'groupNorm', 'the input');
  checkNumber(eps, 'groupNorm', 'eps', { low: 0 });
  checkWhole(numGroups, 'groupNorm', 'numGroups');
  check(x.rank >= 2, 'groupNorm', () => `expected at least two axes [N, C, …], got ${formatShape(x.shape)}`);
  const [examples, channels, ...places] = x.shape as [number, number, ...number[]];
  check(
    channels % numGroups === 0,
    'groupNorm',
    () => `numGroups must divide the channels: ${numGroups} groups, ${channels} channels`,
  );
  const scale = elementwise(weight, 'weight', [channels], x.dtype, 'groupNorm');
  const shift = elementwise(bias, 'bias', [channels], x.dtype, 'groupNorm');
  check(
    x.size !== numGroups,
    'groupNorm',
    () => `needs more than one value per group, got ${formatShape(x.shape)} for ${numGroups} groups`,
  );
  const perGroup = channels / numGroups;
  // An axis for the channels of a group, unless the groups are channels or there is but one.
  const grouped =
    numGroups === 1 || perGroup === 1 ? x : x.reshape([examples, numGroups, perGroup, ...places]);
  const along = (values: Tensor): Tensor =>
    grouped === x
      ? alongAxis(values, x.rank, 1)
      : values.reshape([numGroups, perGroup, ...places.map(() => 1)]);
  const kept = numGroups === 1 ? [0] : [0, 1];
  const normalized =
    x.size === 0 ? grouped : standardize(momentsOf(grouped, otherAxes(grouped.shape, kept)), eps);
  const scaled = scale === null ? normalized : normalized.mul(along(scale));
  const shifted = shift === null ? scaled : scaled.add(along(shift));
  return shifted.reshape(x.shape);
}
