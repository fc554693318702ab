/**
 * @file The smooth rectifier.
 */
import { softplus as logOnePlusExp, type Tensor, where } from '@windfall/core';
import { check } from '@windfall/core/extension';
import { checkNumber, checkTensor, optionsOf } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import { Module } from '../module/module.ts';

/** For {@link Softplus}. */
export interface SoftplusOptions {
  /** How sharply it bends at 0; by default 1. */
  beta?: number;
  /** Where β·x is above this, the result is x itself; by default 20. */
  threshold?: number;
}

function parametersOf(options: SoftplusOptions, operation: string): Required<SoftplusOptions> {
  const { beta = 1, threshold = 20 } = optionsOf(options, operation, ['beta', 'threshold']);
  checkNumber(beta, operation, 'beta');
  checkNumber(threshold, operation, 'threshold');
  check(beta !== 0, operation, () => 'beta is not 0');
  return { beta, threshold };
}

/**
 * ln(1 + e^(βx))/β, and x where βx is above the threshold, element by element: PyTorch's `softplus`.
 * @param x any shape
 * @throws if x is no tensor, or an option unknown or no finite number
 * @example functional.softplus(tensor([0, 30])).toArray(); // [0.6931…, 30]
 */
export function softplus(x: Tensor, options: SoftplusOptions = {}): Tensor {
  checkTensor(x, 'softplus');
  const { beta, threshold } = parametersOf(options, 'softplus');
  const scaled = x.mul(beta);
  return where(scaled.greater(threshold), x, logOnePlusExp(scaled).div(beta));
}

/**
 * {@link softplus} as a layer: PyTorch's `nn.Softplus`.
 * @example new Softplus({ beta: 2 }).forward(tensor([0])).toArray(); // [0.3465…]
 */
export class Softplus extends Module {
  readonly beta: number;
  readonly threshold: number;

  /** @throws if an option is unknown or no finite number */
  constructor(options: SoftplusOptions = {}) {
    super();
    const { beta, threshold } = parametersOf(options, 'Softplus');
    this.beta = beta;
    this.threshold = threshold;
  }

  /** @param x any shape */
  forward(x: Tensor): Tensor {
    const { beta, threshold } = this;
    return inTheNameOf('Softplus', 'softplus', () => softplus(x, { beta, threshold }));
  }

  protected override details(): string {
    return `beta=${this.beta}, threshold=${this.threshold}`;
  }
}
