/**
 * @file The slope of a function of one number, from its values alone.
 */

/** Each further step of a finite difference is this much shorter, */
const shrink = 4;

/** and this many are tried at most. */
const mostSteps = 9;

/** Weights of f(±h), f(±2h), f(±3h) in the central difference of order 6, error h⁶·f⁽⁷⁾/140. */
const stencil = [45 / 60, -9 / 60, 1 / 60] as const;

function centralDifference(f: (distance: number) => number, h: number): number {
  return stencil.reduce((slope, weight, k) => slope + (weight * (f((k + 1) * h) - f(-(k + 1) * h))) / h, 0);
}

/**
 * The slope of f at 0. Of ever smaller steps it takes the one that agrees best with the step before (Ridders 1982): a
 * smooth function is settled by long steps, one with kinks nearby or a narrow domain needs short ones. NaN if f is not
 * finite anywhere near.
 * @param step the first distance
 * @param goodEnough a disagreement of two steps at which to stop
 */
export function slopeOf(f: (distance: number) => number, step: number, goodEnough: number): number {
  let best = NaN;
  let smallest = Infinity;
  let before = NaN;
  for (let k = 0, h = step; k < mostSteps && !(smallest <= goodEnough); k++, h /= shrink) {
    const slope = centralDifference(f, h);
    const disagreement = Math.abs(slope - before);
    if (disagreement < smallest) [best, smallest] = [slope, disagreement];
    before = slope;
  }
  return best;
}
