/**
 * @file The one error class of the library and the builders of its recurring messages.
 * Every message reads `operation: the rule that was broken: the shapes or values (the numbers that differ)`.
 */

/**
 * What every failed call of Windfall throws. The message starts with the operation's name.
 * @example
 * try {
 *   zeros([2]).add(zeros([3]));
 * } catch (error) {
 *   if (error instanceof WindfallError) console.log(error.message);
 * }
 * // add: shapes do not broadcast: [2] and [3] (2 ≠ 3 at axis -1)
 */
export class WindfallError extends Error {
  override readonly name = 'WindfallError';
}

/** Throws a {@link WindfallError} that names the operation and the broken rule. */
export function fail(operation: string, rule: string): never {
  throw new WindfallError(`${operation}: ${rule}`);
}

/** Throws unless `condition` holds; for what users can get wrong. */
export function check(condition: boolean, operation: string, rule: () => string): asserts condition {
  if (!condition) fail(operation, rule());
}

/**
 * Throws unless `condition` holds; for what only a defect of this library can break.
 * @param message a function where putting it together would take time that calls without a defect have no use for
 */
export function invariant(condition: boolean, message: string | (() => string)): asserts condition {
  if (condition) return;
  const text = typeof message === 'string' ? message : message();
  throw new WindfallError(`internal: ${text}; please report this`);
}

/** The rule that a position broke. */
export function outOfRange(position: number, extent: number): string {
  return `index ${position} is out of range for an axis of extent ${extent}`;
}

/** The same for a row found at run time; −1 stands for a position outside its own axis, though inside the whole tensor. */
export function rowOutOfRange(row: number, rows: number): string {
  return row === -1 ? 'a computed index is out of range for its axis' : outOfRange(row, rows);
}

/** `[2, 3]`, as every message prints a shape. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** The options of a call, after checking that they are an object that has no other names than these. */
export function optionsOf<Options extends object>(
  given: Options,
  operation: string,
  known: readonly (keyof Options & string)[],
): Options {
  const value: unknown = given;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    fail(operation, `options are an object, not ${describe(value)}`);
  // What has no options among its own keys would pass for having none: a bias where options belong.
  check(isPlainObject(value), operation, () => `options are a plain object, not ${describe(value)}`);
  const names: readonly string[] = known;
  for (const name of Object.keys(value)) {
    check(
      names.includes(name),
      operation,
      () => `has no option '${name}'; its options are ${names.join(', ')}`,
    );
  }
  return given;
}

/** Whether an object was written as `{ … }`, also in another realm. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Throws unless an option is true or false. */
export function checkFlag(value: unknown, operation: string, name: string): asserts value is boolean {
  check(typeof value === 'boolean', operation, () => `${name} is true or false, not ${describe(value)}`);
}

/** Also of what has no class: without a prototype, or read from JSON that holds something else under this name. */
function classOf(value: object): string {
  const { constructor } = value as { readonly constructor?: unknown };
  return typeof constructor === 'function' ? constructor.name : 'null';
}

/** Array.isArray, which for readonly arrays keeps the element type. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** The same for what should have been a list: its entries, if it is one. */
export function describeList(value: unknown): string {
  return isList(value) ? `[${Array.from(value, describe).join(', ')}]` : describe(value);
}

/** A short description of any value, for messages about arguments of the wrong type. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return `the string ${JSON.stringify(value)}`;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (typeof value === 'object') return `an object of class ${classOf(value)}`;
  return typeof value;
}
