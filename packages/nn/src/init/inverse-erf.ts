/**
 * @file The inverse of the error function, for drawing from the normal distribution's parts.
 */
import { erf, exp, log, sqrt, type Tensor, where } from '@windfall/core';

/**
 * x with erf(x) = y, for y in (−1, 1): Winitzki's formula of 2008, within 0.2 %, then Halley's method, which triples the
 * number of digits with each step.
 */
export function inverseErf(y: Tensor): Tensor {
  // x² ≈ √(c² − w/a) − c, where w = ln(1 − y²), c = 2/(π·a) + w/2 and a = 0.147
  const w = log(y.neg().add(1).mul(y.add(1)));
  const c = w.div(2).add(2 / (Math.PI * 0.147));
  const guess = sqrt(sqrt(c.square().sub(w.div(0.147))).sub(c));
  let x = where(y.less(0), guess.neg(), guess);
  for (let step = 0; step < 2; step++) {
    // δ = (erf x − y)/erf′ x, and erf″/erf′ = −2x
    const delta = erf(x)
      .sub(y)
      .mul(exp(x.square()))
      .mul(Math.sqrt(Math.PI) / 2);
    x = x.sub(delta.div(x.mul(delta).add(1)));
  }
  return x;
}
