/**
 * @file All tensors of a safetensors file on disk.
 */
import type { StateDict } from '../module/state-dict.ts';
import type { ReadOptions } from '../checkpoints/read-tensors.ts';
import { openPath } from './open-safetensors.ts';

/**
 * The tensors of a safetensors file by name, as `loadStateDict` takes them. Files that PyTorch wrote need no renaming.
 * @param path a path, or a file: URL
 * @param options.dtypes the dtypes to read into, by name or by a function of the name; by default the nearest: BOOL as bool,
 *   other integers as i32, F64 as f64, other floats as f32
 * @throws (the promise) if the file cannot be read, is damaged in any way, or has an integer that its dtype does not hold;
 *   never gives a part of them
 * @example
 * await saveSafetensors('model.safetensors', model.stateDict());
 * model.loadStateDict(await loadSafetensors('model.safetensors'));
 */
export async function loadSafetensors(path: string | URL, options: ReadOptions = {}): Promise<StateDict> {
  const file = await openPath(path, 'loadSafetensors');
  try {
    return await file.stateDict(options);
  } finally {
    await file.close();
  }
}
