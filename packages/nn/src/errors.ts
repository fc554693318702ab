/**
 * @file How this package reports what was wrong: core's error class, and messages that name the layer, the broken rule
 * and the values. It knows no tensors; checks of arguments are in arguments.ts.
 */
import { type Shape, WindfallError } from '@windfall/core';

/** Throws a WindfallError that names the operation and the broken rule. */
export function fail(operation: string, rule: string): never {
  throw new WindfallError(`${operation}: ${rule}`);
}

/** Throws unless `condition` holds. */
export function check(condition: boolean, operation: string, rule: () => string): asserts condition {
  if (!condition) fail(operation, rule());
}

/** `[2, 3]`, as every message prints a shape. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Also of what has no class: without a prototype, or read from JSON that holds something else under this name. */
function classOf(value: object): string {
  const { constructor } = value as { readonly constructor?: unknown };
  return typeof constructor === 'function' ? constructor.name : 'null';
}

/** A short description of any value in core's words, for messages about arguments of the wrong type. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return `the string ${JSON.stringify(value)}`;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (typeof value === 'object') return `an object of class ${classOf(value)}`;
  return typeof value;
}

/** The same where a list of numbers could stand: then its entries. */
export function describeNumbers(value: unknown): string {
  if (!Array.isArray(value)) return describe(value);
  return `[${Array.from(value, describe).join(', ')}]`;
}

/** What `compute` gives; an error of core's function `called` is reported in the name of `operation`. */
export function inTheNameOf<T>(operation: string, called: string, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    const prefix = `${called}: `;
    if (!(error instanceof WindfallError && error.message.startsWith(prefix))) throw error;
    throw new WindfallError(`${operation}: ${error.message.slice(prefix.length)}`, { cause: error });
  }
}
