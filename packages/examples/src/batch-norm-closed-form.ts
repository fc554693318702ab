/**
 * @file The gradient of batch normalization as the paper derives it by hand (Ioffe & Szegedy 2015, section 3), line by
 * line. Only for comparison: the library has no such formula.
 */
import type { Tensor } from '@windfall/core';

/**
 * @param x the mini-batch [m, features]
 * @param gamma the scale [features]
 * @param cotangent ∂ℓ/∂y, of x's shape
 * @returns ∂ℓ/∂x, ∂ℓ/∂γ and ∂ℓ/∂β
 */
export function batchNormClosedForm(
  x: Tensor,
  gamma: Tensor,
  cotangent: Tensor,
  options: { epsilon: number },
): [dx: Tensor, dGamma: Tensor, dBeta: Tensor] {
  const m = x.shape[0]!;
  const centered = x.sub(x.mean(0));
  // σ² + ε
  const spread = centered.square().mean(0).add(options.epsilon);
  const normalized = centered.div(spread.sqrt());

  // ∂ℓ/∂x̂ᵢ = ∂ℓ/∂yᵢ · γ
  const dNormalized = cotangent.mul(gamma);
  // ∂ℓ/∂σ² = Σ ∂ℓ/∂x̂ᵢ · (xᵢ − μ) · −½ (σ² + ε)^(−3/2)
  const dVariance = dNormalized.mul(centered).sum(0).mul(spread.pow(-1.5)).mul(-0.5);
  // ∂ℓ/∂μ = Σ ∂ℓ/∂x̂ᵢ · −1/√(σ² + ε) + ∂ℓ/∂σ² · Σ −2 (xᵢ − μ)/m
  const dMean = dNormalized
    .sum(0)
    .neg()
    .div(spread.sqrt())
    .add(dVariance.mul(centered.mean(0).mul(-2)));
  // ∂ℓ/∂xᵢ = ∂ℓ/∂x̂ᵢ · 1/√(σ² + ε) + ∂ℓ/∂σ² · 2 (xᵢ − μ)/m + ∂ℓ/∂μ · 1/m
  const dx = dNormalized
    .div(spread.sqrt())
    .add(dVariance.mul(centered).mul(2 / m))
    .add(dMean.div(m));
  // ∂ℓ/∂γ = Σ ∂ℓ/∂yᵢ · x̂ᵢ and ∂ℓ/∂β = Σ ∂ℓ/∂yᵢ
  return [dx, cotangent.mul(normalized).sum(0), cotangent.sum(0)];
}
