/**
 * @file How batch renormalization is let in while a network trains: at first it is batch normalization, because running
 * statistics that nobody has learned yet are no use to correct towards.
 */
import type { BatchRenormOptions } from '@windfall/nn';

/** From a to b between two parts of the training; before and after that a or b. */
const ramp = (
  part: number,
  [from, to]: readonly [number, number],
  [a, b]: readonly [number, number],
): number => a + (b - a) * Math.min(1, Math.max(0, (part - from) / (to - from)));

/** Where in the training the limits begin to grow, and where each of them is as large as it gets. */
export const warmUp = { begins: 0.05, dMaxEnds: 0.2, rMaxEnds: 0.3 } as const;

/**
 * The limits of Ioffe 2017 (arXiv 1702.03275), rMax up to 3 and dMax up to 5, at about the parts of the training at which that
 * paper raises them.
 * @param part how much of the training is over, from 0 to 1
 */
export const renormLimits = (part: number): Required<BatchRenormOptions> => ({
  rMax: ramp(part, [warmUp.begins, warmUp.rMaxEnds], [1, 3]),
  dMax: ramp(part, [warmUp.begins, warmUp.dMaxEnds], [0, 5]),
});
