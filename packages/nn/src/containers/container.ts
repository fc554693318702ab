/**
 * @file What the containers share: child modules by name in an order of their own, where those of other modules are found
 * among their properties.
 */
import { check, describe } from '@windfall/core/extension';
import { Module } from '../module/module.ts';

/** Modules by name: an object, or pairs in an array or a Map, whose order is kept. */
export type NamedModules<M extends Module = Module> =
  | Readonly<Record<string, M>>
  | Iterable<readonly [name: string, module: M]>;

/** Whether a value gives modules by name, rightly or wrongly, and is no module itself. */
export function isNamed(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Module) return false;
  if (ArrayBuffer.isView(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Symbol.iterator in value || prototype === Object.prototype || prototype === null;
}

/** The pairs of modules and their names, in order. */
export function pairsOf(modules: unknown, operation: string): [name: string, module: Module][] {
  check(
    isNamed(modules),
    operation,
    () => `expected modules by name, as an object or as pairs, not ${describe(modules)}`,
  );
  const pairs: unknown[] =
    Symbol.iterator in (modules as object)
      ? [...(modules as Iterable<unknown>)]
      : Object.entries(modules as object);
  return pairs.map((pair, position) => {
    check(
      Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string',
      operation,
      () => `entry ${position} is a pair of a name and a module, not ${describe(pair)}`,
    );
    return pair as [string, Module];
  });
}

/** A module that holds others by name. */
export abstract class Container extends Module {
  #modules = new Map<string, Module>();

  /** The modules by name, in order; then, of a class that extends this one, those among its properties. */
  override namedChildren(): [name: string, child: Module][] {
    return [...this.#modules, ...super.namedChildren()];
  }

  /** The modules by name, in order. */
  protected held(): [name: string, module: Module][] {
    return [...this.#modules];
  }

  /** The modules, in order. */
  protected modules(): Module[] {
    return [...this.#modules.values()];
  }

  /** The module by that name. */
  protected find(name: string): Module | undefined {
    return this.#modules.get(name);
  }

  /** Puts a module under a name: in the place of the one that has it, or at the end. */
  protected put(name: string, module: unknown): void {
    const operation = this.constructor.name;
    check(
      module instanceof Module,
      operation,
      () => `what is named ${name} is a module, not ${describe(module)}`,
    );
    check(
      name !== '' && !name.includes('.'),
      operation,
      () => `a name is not empty and has no dots, which join names, but one is ${describe(name)}`,
    );
    this.#modules.set(name, module);
  }

  /** Takes all modules out, and puts these in. */
  protected replace(modules: readonly (readonly [name: string, module: unknown])[]): void {
    const before = this.#modules;
    this.#modules = new Map();
    try {
      for (const [name, module] of modules) this.put(name, module);
    } catch (error) {
      this.#modules = before;
      throw error;
    }
  }

  /** Has a property stand for the module by that name. It can be set, as any property that holds a module. */
  protected expose(property: string, name: () => string): void {
    Object.defineProperty(this, property, {
      configurable: true,
      enumerable: false,
      get: () => this.#modules.get(name()),
      set: (module: unknown) => {
        this.put(name(), module);
      },
    });
  }
}
