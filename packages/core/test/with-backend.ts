/**
 * @file Running a part of a test on another backend than the default.
 */
import { getBackend, setBackend } from '../src/index.ts';

/** The backends that run plans. */
export const compilingBackends = ['wasm', 'javascript'] as const;

/** What a function returns when the named backend computes. */
export function withBackend<T>(name: Parameters<typeof setBackend>[0], fn: () => T): T {
  const before = getBackend();
  // Asked again, a backend would forget its plans.
  if (name === before) return fn();
  setBackend(name);
  try {
    return fn();
  } finally {
    setBackend(before);
  }
}
