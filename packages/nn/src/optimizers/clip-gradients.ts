/**
 * @file Limits for gradients, between `backward` and an optimizer's `step`.
 */
import {
  abs,
  clamp,
  type DType,
  div,
  maximum,
  noGrad,
  pow,
  type Tensor,
  Variable,
  zeros,
} from '@windfall/core';
import { check, checkFlag, describe, fail } from '@windfall/core/extension';
import { checkNumber, optionsOf } from '../arguments.ts';

/** For {@link clipGradientNorm}. */
export interface ClipGradientNormOptions {
  /** The p of the p-norm, > 0 or Infinity; by default 2. */
  normType?: number;
  /**
   * Whether a norm that is NaN or infinite is an error instead of spoiling all gradients; by default false. The norm is read
   * for it, which a compiled function cannot: there it is an error to ask for it.
   */
  errorIfNonfinite?: boolean;
}

/** Those of the parameters that have a gradient. */
function withGradient(parameters: Variable | readonly Variable[], operation: string): Variable[] {
  const list: unknown = parameters instanceof Variable ? [parameters] : parameters;
  check(
    Array.isArray(list) && list.every((parameter) => parameter instanceof Variable),
    operation,
    () => `expected a parameter or an array of parameters, not ${describe(parameters)}`,
  );
  return list.filter((parameter) => parameter.grad !== null);
}

/** The norm of all numbers in all tensors together. */
function totalNorm(tensors: readonly Tensor[], p: number): Tensor {
  const dtype: DType = tensors.some((x) => x.dtype === 'f64') ? 'f64' : 'f32';
  const magnitudes = tensors.map((x) => (x.size === 0 ? zeros([1], { dtype }) : abs(x.cast(dtype))));
  if (p === Infinity)
    return magnitudes.map((x) => x.max()).reduce((largest, value) => maximum(largest, value));
  const raised = (x: Tensor): Tensor => (p === 1 ? x : p === 2 ? x.square() : pow(x, p));
  const total = magnitudes.map((x) => raised(x).sum()).reduce((sum, value) => sum.add(value));
  return p === 1 ? total : p === 2 ? total.sqrt() : pow(total, 1 / p);
}

/**
 * Scales all gradients by one factor so that their norm, that of all of them as one vector, is at most `maxNorm`:
 * PyTorch's `nn.utils.clip_grad_norm_`. The factor is maxNorm/(norm + 1e-6), at most 1.
 *
 * @param parameters one or several; those without a gradient are left alone
 * @returns the norm before, a single number: f64 if a gradient is, else f32; 0 without gradients
 * @throws if `maxNorm` is not a number ≥ 0, an option is unknown or out of range, or the norm is not finite and
 *   `errorIfNonfinite` is set; then no gradient has changed
 * @example
 * crossEntropy(model.forward(x), y).backward();
 * const norm = clipGradientNorm(model.parameters(), 1);
 * optimizer.step();
 */
export function clipGradientNorm(
  parameters: Variable | readonly Variable[],
  maxNorm: number,
  options: ClipGradientNormOptions = {},
): Tensor {
  const operation = 'clipGradientNorm';
  const { normType = 2, errorIfNonfinite = false } = optionsOf(options, operation, [
    'normType',
    'errorIfNonfinite',
  ]);
  checkNumber(maxNorm, operation, 'maxNorm', { low: 0 });
  check(
    typeof normType === 'number' && normType > 0,
    operation,
    () => `normType is a number > 0 or Infinity, not ${describe(normType)}`,
  );
  checkFlag(errorIfNonfinite, operation, 'errorIfNonfinite');
  const clipped = withGradient(parameters, operation);
  if (clipped.length === 0) return zeros([]);
  return noGrad(() => {
    const gradients = clipped.map((parameter) => parameter.grad!);
    const norm = totalNorm(gradients, normType);
    if (errorIfNonfinite && !Number.isFinite(norm.item()))
      fail(operation, `the norm of the gradients is ${String(norm.item())}, so they cannot be clipped`);
    const factor = clamp(div(maxNorm, norm.add(1e-6)), null, 1);
    clipped.forEach((parameter, position) => {
      const gradient = gradients[position]!;
      parameter.grad = gradient.mul(factor.cast(gradient.dtype));
    });
    return norm;
  });
}

/**
 * Limits every number of every gradient to [−clipValue, clipValue]: PyTorch's `nn.utils.clip_grad_value_`.
 *
 * @param parameters one or several; those without a gradient are left alone
 * @throws if `clipValue` is not a number ≥ 0
 * @example
 * crossEntropy(model.forward(x), y).backward();
 * clipGradientValue(model.parameters(), 0.01);
 * optimizer.step();
 */
export function clipGradientValue(parameters: Variable | readonly Variable[], clipValue: number): void {
  checkNumber(clipValue, 'clipGradientValue', 'clipValue', { low: 0 });
  noGrad(() => {
    for (const parameter of withGradient(parameters, 'clipGradientValue'))
      parameter.grad = clamp(parameter.grad!, -clipValue, clipValue);
  });
}
