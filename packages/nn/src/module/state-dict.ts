/**
 * @file State by name: how properties are spelled in PyTorch's state dicts, and the comparison of a given state with the
 * expected one that comes before anything is loaded.
 */
import { type DType, type Shape, Tensor } from '@windfall/core';
import { check, describe, equalShapes, fail, formatShape } from '@windfall/core/extension';
import { isRecord } from '../arguments.ts';

/** Values by name, such as a module's `stateDict()`. */
export type StateDict = Record<string, Tensor>;

/** Which names of a state dict found no counterpart. */
export interface LoadReport {
  /** Expected, but not in the dict. */
  missing: string[];
  /** In the dict, but not expected. */
  unexpected: string[];
}

/** `runningMean` as PyTorch spells it: `running_mean`. A name that starts with a capital stays as it is: `W1`. */
export function snakeCase(name: string): string {
  if (/^[A-Z]/.test(name)) return name;
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function misfit(name: string, value: unknown, expected: { shape: Shape; dtype: DType }): string | null {
  if (!(value instanceof Tensor)) return `${name} is not a tensor`;
  if (!equalShapes(value.shape, expected.shape))
    return `${name} has shape ${formatShape(value.shape)}, expected ${formatShape(expected.shape)}`;
  if (value.dtype !== expected.dtype) return `${name} is ${value.dtype}, expected ${expected.dtype}`;
  return null;
}

/** Throws unless the value can be a state dict. */
export function checkStateDict(value: unknown, operation: string): asserts value is Readonly<StateDict> {
  check(
    isRecord(value),
    operation,
    () => `expected an object of tensors by name, such as stateDict() gives, not ${describe(value)}`,
  );
}

/**
 * Compares a state dict with what is expected, and changes nothing.
 * @param strict whether missing and unexpected names are errors; values that do not fit always are
 * @throws one error that lists everything wrong
 */
export function compareState(
  operation: string,
  given: Readonly<StateDict>,
  expected: ReadonlyMap<string, { shape: Shape; dtype: DType }>,
  strict: boolean,
): LoadReport {
  const missing = [...expected.keys()].filter((name) => !Object.hasOwn(given, name));
  const unexpected = Object.keys(given).filter((name) => !expected.has(name));
  const misfits = [...expected]
    .filter(([name]) => Object.hasOwn(given, name))
    .map(([name, place]) => misfit(name, given[name], place))
    .filter((text) => text !== null);
  const problems = strict
    ? [
        ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
        ...(unexpected.length > 0 ? [`unexpected: ${unexpected.join(', ')}`] : []),
        ...misfits,
      ]
    : misfits;
  if (problems.length > 0)
    fail(operation, `the state does not fit, and nothing was loaded\n  ${problems.join('\n  ')}`);
  return { missing, unexpected };
}
