/**
 * @file Elementwise functions composed from the scalar table: rectifiers, clamping, tests for special values.
 */
import { check, describe, optionsOf } from '../errors.ts';
import { broadcastShapes } from '../shape.ts';
import { checkOperand } from './apply.ts';
import { stopGradient } from './cast.ts';
import * as $ from './elementwise.ts';
import { Tensor, type TensorLike } from './tensor.ts';

/**
 * x².
 * @example square(tensor([3])).toArray(); // [9]
 */
export function square(x: TensorLike): Tensor {
  checkOperand(x, 'square');
  return $.mul(x, x);
}

/**
 * max(x, 0), NaN staying NaN. Its gradient at 0 is 0, as PyTorch's.
 * @example relu(tensor([-1, 2])).toArray(); // [0, 2]
 */
export function relu(x: TensorLike): Tensor {
  checkOperand(x, 'relu');
  return $.where($.lessEqual(x, 0), 0, x);
}

/**
 * The Gaussian error linear unit x·Φ(x) (Hendrycks & Gimpel 2016), Φ being the normal distribution function;
 * `approximate: 'tanh'` uses their formula with tanh, within 5e-4 of it.
 * @example gelu(tensor([0, 1])).toArray(); // [0, 0.8413447141647339]
 */
export function gelu(x: TensorLike, options: { approximate?: 'none' | 'tanh' } = {}): Tensor {
  checkOperand(x, 'gelu');
  const { approximate = 'none' } = optionsOf(options, 'gelu', ['approximate']);
  check(
    ['none', 'tanh'].includes(approximate),
    'gelu',
    () => `approximate is 'none' or 'tanh', not ${describe(approximate)}`,
  );
  const distribution =
    approximate === 'none'
      ? $.erf($.mul(x, Math.SQRT1_2))
      : $.tanh($.mul($.add(x, $.mul($.mul($.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI)));
  return $.mul($.mul(x, 0.5), $.add(distribution, 1));
}

/** x where it keeps a bound, the bound where x breaks it; where NaN leaves that open, NaN that changes with neither. */
function bounded(x: TensorLike, bound: TensorLike, keeps: typeof $.less, breaks: typeof $.less): Tensor {
  return $.where(keeps(x, bound), x, $.where(breaks(x, bound), bound, stopGradient($.add(x, bound))));
}

/**
 * x limited to [low, high]; a bound left out (or `null`) does not limit. The gradient passes at the bounds themselves,
 * as PyTorch's, and NaN stays NaN, with gradient 0. Bounds may be tensors and broadcast.
 * @example clamp(tensor([-2, 0.5, 3]), -1, 1).toArray(); // [-1, 0.5, 1]
 */
export function clamp(x: TensorLike, low: TensorLike | null = null, high: TensorLike | null = null): Tensor {
  checkOperand(x, 'clamp');
  const operands = [x, low, high].filter((operand) => operand !== null);
  for (const operand of operands) checkOperand(operand, 'clamp');
  broadcastShapes(
    operands.map((operand) => (operand instanceof Tensor ? operand.shape : [])),
    'clamp',
  );
  check(low !== null || high !== null, 'clamp', () => 'at least one of low and high must be given');
  const raised = low === null ? x : bounded(x, low, $.greaterEqual, $.less);
  const limited = high === null ? raised : bounded(raised, high, $.lessEqual, $.greater);
  return limited instanceof Tensor ? limited : $.add(limited, 0);
}

/**
 * Whether x is NaN.
 * @example isNaN(tensor([NaN, 1])).toArray(); // [true, false]
 */
export function isNaN(x: TensorLike): Tensor {
  checkOperand(x, 'isNaN');
  return $.notEqual(x, x);
}

/**
 * Whether x is neither NaN nor infinite.
 * @example isFinite(tensor([Infinity, 1])).toArray(); // [false, true]
 */
export function isFinite(x: TensorLike): Tensor {
  checkOperand(x, 'isFinite');
  return $.less($.abs(x), Infinity);
}
