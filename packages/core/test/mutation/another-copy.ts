/**
 * @file A second copy of the library, as two versions of it in one program would be: its tensors are not ours.
 */
import type * as core from '../../src/index.ts';

let copy: typeof core | undefined;

export function copyOfCore(): typeof core {
  if (copy === undefined) {
    jest.isolateModules(() => {
      copy = jest.requireActual<typeof core>('../../src/index.ts');
    });
  }
  return copy!;
}
