/**
 * @file The paths that functions of files take, and how messages name them.
 */
import { fileURLToPath } from 'node:url';
import { WindfallError } from '@windfall/core';
import { check, describe } from '@windfall/core/extension';

/** A path as text; throws unless it is one, or a file: URL. */
export function pathOf(path: unknown, operation: string): string {
  if (path instanceof URL && path.protocol === 'file:') return fileURLToPath(path);
  check(
    typeof path === 'string' && path !== '' && !path.includes('\0'),
    operation,
    () => `a path is a text that is not empty, or a file: URL, not ${describe(path)}`,
  );
  return path;
}

/** What an action on a file gives; its failure is reported as ours, with the system's words. */
export async function onFile<T>(operation: string, path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof WindfallError) throw error;
    // Node's own errors have a code: `ENOENT: no such file …`.
    const { message } = error as Error;
    throw new WindfallError(`${operation}: ${path}: ${message}`, { cause: error });
  }
}
