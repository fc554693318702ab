/**
 * @file How this package reports what another function found wrong. Messages themselves are worded as core words them.
 */
import { WindfallError } from '@windfall/core';

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
