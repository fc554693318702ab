/**
 * @file Modules by name.
 */
import type { Tensor } from '@windfall/core';
import { check, describe, fail } from '@windfall/core/extension';
import type { Module } from '../module/module.ts';
import { Container, type NamedModules, pairsOf } from './container.ts';

/**
 * Modules by name, which their owner calls as it likes: PyTorch's `nn.ModuleDict`, with the methods of a Map.
 *
 * @example
 * const dict = new ModuleDict({ left: new Linear(2, 3), right: new Identity() });
 * dict.get('left').forward(zeros([5, 2])).shape; // [5, 3]
 * [...dict.keys()]; // ['left', 'right']
 */
export class ModuleDict<Modules extends Record<string, Module> = Record<string, Module>> extends Container {
  /**
   * @param modules an object, or pairs in an array or a Map
   * @throws if one of them is no module, or a name is empty or has a dot
   */
  constructor(modules: Modules | NamedModules = {}) {
    super();
    this.update(modules);
  }

  /** How many modules there are. */
  get size(): number {
    return this.modules().length;
  }

  /**
   * The module by its name.
   * @throws if there is none
   */
  get<Name extends keyof Modules & string>(name: Name): Modules[Name] {
    const module = this.find(name);
    check(
      module !== undefined,
      'ModuleDict',
      () => `has no module named ${describe(name)}, only ${[...this.keys()].join(', ')}`,
    );
    return module as Modules[Name];
  }

  /** Whether there is a module by that name. */
  has(name: string): boolean {
    return this.find(name) !== undefined;
  }

  /**
   * Puts a module under a name: in the place of the one that has it, or at the end.
   * @throws if it is no module, or the name is empty or has a dot
   */
  set(name: string, module: Module): this {
    return this.update([[name, module]]);
  }

  /**
   * The same for several: all of them, or on an error none.
   * @throws if one is no module, or a name is empty or has a dot
   */
  update(modules: NamedModules): this {
    const pairs = pairsOf(modules, 'ModuleDict');
    this.replace([...this.held(), ...pairs]);
    for (const [name] of pairs) if (!(name in this)) this.expose(name, () => name);
    return this;
  }

  /** Takes the module by that name out, and says whether there was one. */
  delete(name: string): boolean {
    const isThere = this.has(name);
    this.replace(this.held().filter(([other]) => other !== name));
    return isThere;
  }

  /** The names, in order. */
  keys(): IterableIterator<keyof Modules & string> {
    return this.held()
      .map(([name]) => name)
      .values();
  }

  /** The modules, in order. */
  values(): IterableIterator<Modules[keyof Modules]> {
    return (this.modules() as Modules[keyof Modules][]).values();
  }

  /** Names and modules, in order. */
  entries(): IterableIterator<[name: string, module: Module]> {
    return this.held().values();
  }

  /** Names and modules, in order, as a Map has them. */
  [Symbol.iterator](): IterableIterator<[name: string, module: Module]> {
    return this.entries();
  }

  /** @throws always: a dict does not say which of its modules is called */
  forward(): Tensor {
    return fail('ModuleDict', 'has no forward of its own: call its modules, as in dict.get(name).forward(x)');
  }
}
