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

/** A short description of any value, for messages about arguments of the wrong type. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(describe).join(', ')}]`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'function') return 'a function';
  return String(value);
}
