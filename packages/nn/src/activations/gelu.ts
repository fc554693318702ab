/**
 * @file The Gaussian error linear unit as a layer.
 */
import { gelu, type Tensor } from '@windfall/core';
import { check, describe } from '@windfall/core/extension';
import { checkTensor, optionsOf } from '../arguments.ts';
import { Module } from '../module/module.ts';

/** For {@link GELU}. */
export interface GELUOptions {
  /** 'none' (the default) for the normal distribution function itself, 'tanh' for the formula with tanh. */
  approximate?: 'none' | 'tanh';
}

/**
 * x·Φ(x), element by element, Φ being the normal distribution function (Hendrycks & Gimpel 2016, arXiv 1606.08415):
 * PyTorch's `nn.GELU`.
 * @example new GELU().forward(tensor([0, 1])).toArray(); // [0, 0.8413…]
 */
export class GELU extends Module {
  readonly approximate: 'none' | 'tanh';

  /** @throws if an option is unknown */
  constructor(options: GELUOptions = {}) {
    super();
    const { approximate = 'none' } = optionsOf(options, 'GELU', ['approximate']);
    check(
      ['none', 'tanh'].includes(approximate),
      'GELU',
      () => `approximate is 'none' or 'tanh', not ${describe(approximate)}`,
    );
    this.approximate = approximate;
  }

  /** @param x any shape */
  forward(x: Tensor): Tensor {
    checkTensor(x, 'GELU');
    return gelu(x, { approximate: this.approximate });
  }

  protected override details(): string {
    return `approximate='${this.approximate}'`;
  }
}
