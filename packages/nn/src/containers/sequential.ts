/**
 * @file Modules one after another.
 */
import type { Tensor } from '@windfall/core';
import { checkTensor } from '../arguments.ts';
import { check, describe } from '../errors.ts';
import { Module } from '../module/module.ts';

/**
 * Feeds each module's result to the next: PyTorch's `nn.Sequential`. The modules are its children '0', '1', …; a state
 * dict's names therefore start `0.weight`.
 *
 * @example
 * const net = new Sequential(new Linear(2, 8), new ReLU(), new Linear(8, 1));
 * net.forward(zeros([5, 2])).shape; // [5, 1]
 * net[0]; // the first Linear
 */
export class Sequential extends Module {
  readonly [index: number]: Module;

  /** @throws if an argument is not a module */
  constructor(...modules: readonly Module[]) {
    super();
    modules.forEach((module: unknown, position) => {
      check(
        module instanceof Module,
        'Sequential',
        () => `argument ${position} is a module, not ${describe(module)}`,
      );
    });
    Object.assign(this, modules);
  }

  /** @param x whatever the first module takes; without modules it is the result */
  forward(x: Tensor): Tensor {
    checkTensor(x, 'Sequential');
    return this.children().reduce((value, module) => module.forward(value), x);
  }
}
