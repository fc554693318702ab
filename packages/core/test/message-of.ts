/**
 * @file What a call throws, which must be an error of the library.
 */
import { WindfallError } from '../src/index.ts';

export function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return error instanceof WindfallError ? error.message : `${String(error)} (not a WindfallError)`;
  }
  return 'nothing was thrown';
}
