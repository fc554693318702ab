/**
 * @file What the dropout layers share.
 */
import type { Generator, Tensor } from '@windfall/core';
import { checkGenerator, checkNumber, checkTensor, optionsOf } from '../arguments.ts';
import { inTheNameOf } from '../errors.ts';
import type { DropoutFunctionOptions } from '../functional/dropout.ts';
import { Module } from '../module/module.ts';

/** What every dropout layer accepts. */
export interface DropoutOptions {
  /** Where the random numbers come from; by default core's generator, which `manualSeed` seeds. */
  generator?: Generator;
}

/** The base of the dropout layers. */
export abstract class DropoutLayer extends Module {
  /** How likely a value, or a channel, is dropped. */
  readonly p: number;
  readonly #generator: Generator | undefined;

  /** @throws if p is not in [0, 1], or an option is unknown */
  constructor(p = 0.5, options: DropoutOptions = {}) {
    super();
    const { name } = this.constructor;
    const { generator } = optionsOf(options, name, ['generator']);
    checkNumber(p, name, 'p', { low: 0, high: 1 });
    checkGenerator(generator, name);
    this.p = p;
    this.#generator = generator;
  }

  /** The result of the function behind the layer. */
  protected compute(
    x: Tensor,
    operation: string,
    fn: (x: Tensor, p: number, options: DropoutFunctionOptions) => Tensor,
  ): Tensor {
    const { name } = this.constructor;
    checkTensor(x, name);
    const generator = this.#generator;
    const { training } = this;
    const options = generator === undefined ? { training } : { training, generator };
    return inTheNameOf(name, operation, () => fn(x, this.p, options));
  }

  protected override details(): string {
    return `p=${this.p}`;
  }
}
