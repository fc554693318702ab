/**
 * @file The names of all functions that a module exports, and of the methods and setters of its classes.
 */

const isClass = (value: unknown): value is { readonly name: string; readonly prototype: object } =>
  typeof value === 'function' && Function.prototype.toString.call(value).startsWith('class');

/** `f` for a function, `C`, `C.method`, `C.setter=` and `C.getter` for a class; functions of namespaces as `space.f`. */
export function membersOf(module: object): string[] {
  return Object.entries(module).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value === 'object' && value !== null && !(Symbol.toStringTag in value))
      return Object.values(value).some((inner) => typeof inner === 'function')
        ? membersOf(value).map((inner) => `${name}.${inner}`)
        : [];
    if (!isClass(value)) return typeof value === 'function' ? [name] : [];
    const own = Object.entries(Object.getOwnPropertyDescriptors(value.prototype));
    const methods = own.flatMap(([member, { value: method, set }]) => {
      if (member === 'constructor') return [];
      if (set !== undefined) return [`${name}.${member}=`];
      return typeof method === 'function' ? [`${name}.${member}`] : [];
    });
    const statics = Object.getOwnPropertyNames(value).filter(
      (member) => !['length', 'name', 'prototype'].includes(member),
    );
    return [name, ...methods, ...statics.map((member) => `${name}.${member}`)];
  });
}
