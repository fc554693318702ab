/**
 * @file Modules one after another.
 */
import type { Tensor } from '@windfall/core';
import { check, describe } from '@windfall/core/extension';
import { checkAxis, checkTensor } from '../arguments.ts';
import { Module } from '../module/module.ts';
import { Container, isNamed, type NamedModules, pairsOf } from './container.ts';

/**
 * Feeds each module's result to the next: PyTorch's `nn.Sequential`. The modules are its children '0', '1', …, or have the
 * names that are given; a state dict's names therefore start `0.weight`, or `conv.weight`.
 *
 * `net[0]` is the first module, and so is `net.at(0)`, or `net.get('conv')` by its name; `net[0] = module` puts another in
 * its place. `length` counts them, and `for (const module of net)` visits them.
 *
 * @example
 * const net = new Sequential(new Linear(2, 8), new ReLU(), new Linear(8, 1));
 * net.forward(zeros([5, 2])).shape; // [5, 1]
 * net[0]; // Linear(inFeatures=2, outFeatures=8, bias=true)
 * new Sequential({ hidden: new Linear(2, 8), act: new ReLU() }).get('act'); // ReLU()
 */
export class Sequential extends Container {
  [index: number]: Module;

  /** @throws if an argument is not a module, or a name is empty, has a dot, is there twice or is that of a method */
  constructor(...modules: readonly Module[]);
  constructor(modules: NamedModules);
  constructor(...given: readonly (Module | NamedModules)[]) {
    super();
    const [first] = given;
    if (given.length === 1 && isNamed(first)) {
      for (const [name, module] of pairsOf(first, 'Sequential')) this.#add(name, module);
      return;
    }
    given.forEach((module: unknown, position) => {
      check(
        module instanceof Module,
        'Sequential',
        () => `argument ${position} is a module, not ${describe(module)}`,
      );
      this.append(module);
    });
  }

  #add(name: string, module: Module): void {
    check(this.find(name) === undefined, 'Sequential', () => `there are two modules named ${name}`);
    const position = this.length;
    const isPosition = name === String(position);
    check(
      isPosition || !(name in this),
      'Sequential',
      () => `a module cannot be named ${name}, as a property of its container is`,
    );
    this.put(name, module);
    this.expose(String(position), () => this.held()[position]![0]);
    if (!isPosition) this.expose(name, () => name);
  }

  /** How many modules there are. */
  get length(): number {
    return this.modules().length;
  }

  /** The module at a position; a negative one counts from the end. */
  at(position: number): Module | undefined {
    checkAxis(position, 'Sequential', 'the position');
    return this.modules().at(position);
  }

  /**
   * The module by its name.
   * @throws if there is none
   */
  get(name: string): Module {
    const module = this.find(name);
    check(module !== undefined, 'Sequential', () => `has no module named ${describe(name)}`);
    return module;
  }

  /**
   * Adds a module at the end, named for its position.
   * @throws if it is no module
   */
  append(module: Module): this {
    this.#add(String(this.length), module);
    return this;
  }

  /** A part of it, as Array's `slice` would take it; the modules, which both then hold, keep their names. */
  slice(start?: number, end?: number): Sequential {
    if (start !== undefined) checkAxis(start, 'Sequential', 'start');
    if (end !== undefined) checkAxis(end, 'Sequential', 'end');
    return new Sequential(this.held().slice(start, end));
  }

  /** The modules, in order. */
  [Symbol.iterator](): IterableIterator<Module> {
    return this.modules().values();
  }

  /** @param x whatever the first module takes; without modules it is the result */
  forward(x: Tensor): Tensor {
    checkTensor(x, 'Sequential');
    return this.modules().reduce((value, module) => module.forward(value), x);
  }
}
