/**
 * @file Modules in a list.
 */
import type { Tensor } from '@windfall/core';
import { check, describe, fail } from '@windfall/core/extension';
import { checkAxis } from '../arguments.ts';
import type { Module } from '../module/module.ts';
import { Container } from './container.ts';

/**
 * Modules in a list, which their owner calls as it likes: PyTorch's `nn.ModuleList`. They are its children '0', '1', …
 *
 * `list[0]` is the first module; `list[0] = module` puts another in its place. `length` counts them, and
 * `for (const module of list)` visits them.
 *
 * @example
 * const list = new ModuleList([new Linear(2, 8), new Linear(8, 8)]);
 * list.append(new Linear(8, 1)).length; // 3
 * list[0]?.forward(zeros([5, 2])).shape; // [5, 8]
 */
export class ModuleList<M extends Module = Module> extends Container {
  [index: number]: M;

  /** @throws if the modules are no list, or one of them is no module */
  constructor(modules: Iterable<M> = []) {
    super();
    this.extend(modules);
  }

  #hold(modules: readonly M[]): void {
    this.replace(modules.map((module, position) => [String(position), module]));
    modules.forEach((_, position) => {
      if (!(position in this)) this.expose(String(position), () => String(position));
    });
  }

  /** How many modules there are. */
  get length(): number {
    return this.modules().length;
  }

  /** The module at a position; a negative one counts from the end. */
  at(position: number): M | undefined {
    checkAxis(position, 'ModuleList', 'the position');
    return [...this].at(position);
  }

  /**
   * Adds a module at the end.
   * @throws if it is no module
   */
  append(module: M): this {
    this.#hold([...this, module]);
    return this;
  }

  /**
   * Adds modules at the end: of all, or of an error none.
   * @throws if they are no list, or one of them is no module
   */
  extend(modules: Iterable<M>): this {
    const given: unknown = modules;
    check(
      typeof given === 'object' && given !== null && Symbol.iterator in given && !ArrayBuffer.isView(given),
      'ModuleList',
      () => `expected an array of modules, not ${describe(given)}`,
    );
    this.#hold([...this, ...modules]);
    return this;
  }

  /**
   * Puts a module before the one at a position, so that it has this position.
   * @param position from 0 to the length
   * @throws if it is no module, or no such position
   */
  insert(position: number, module: M): this {
    check(
      Number.isInteger(position) && position >= 0 && position <= this.length,
      'ModuleList',
      () => `the position is a whole number from 0 to ${this.length}, not ${describe(position)}`,
    );
    this.#hold([...this].toSpliced(position, 0, module));
    return this;
  }

  /** The modules, in order. */
  [Symbol.iterator](): IterableIterator<M> {
    return (this.modules() as M[]).values();
  }

  /** @throws always: a list does not say in which order its modules are called */
  forward(): Tensor {
    return fail('ModuleList', 'has no forward of its own: call its modules, or use Sequential');
  }
}
