/**
 * @file Writing a safetensors file to disk so that at every moment, also through a crash, its path holds the whole old file or
 * the whole new one.
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { StateDict } from '../module/state-dict.ts';
import { bytesOfPart, planWriting, type WriteOptions, type WritePlan } from '../checkpoints/write-tensors.ts';
import { mostBytesAtOnce } from './open-safetensors.ts';
import { onFile, pathOf } from './path.ts';

async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const length = Math.min(bytes.length - written, mostBytesAtOnce);
    written += (await file.write(bytes, written, length)).bytesWritten;
  }
}

async function writePlan(path: string, { header, parts }: WritePlan, operation: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await writeFully(file, header);
    for (const part of parts) await writeFully(file, bytesOfPart(part, operation));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Has the folder remember a new name through a crash, where the system lets folders be synchronized. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch {
    // Windows opens no folders; the file itself is safe.
  }
}

/**
 * Writes tensors by name, such as a module's `stateDict()`, to a safetensors file with PyTorch's names and layout. They are
 * written to a temporary file in the same folder, which takes the path's place once it is complete: whatever fails, the path
 * holds the old file or the new. The values are those at the time of the call.
 * @param path a path, or a file: URL
 * @param options.metadata texts to store along with them
 * @param options.dtypes the tensors' element types in the file, by name or by a function of the name; by default those that
 *   hold exactly what the tensors do
 * @throws (the promise) if a value is no tensor, or has a number that its element type does not hold, or the file cannot be
 *   written; then the path is as it was
 * @example await saveSafetensors('model.safetensors', model.stateDict(), { metadata: { epoch: '3' } });
 */
export async function saveSafetensors(
  path: string | URL,
  state: Readonly<StateDict>,
  options: WriteOptions = {},
): Promise<void> {
  const operation = 'saveSafetensors';
  const target = pathOf(path, operation);
  const plan = planWriting(state, options, operation);
  const folder = dirname(target);
  const temporary = join(folder, `.${basename(target)}.${randomUUID()}.tmp`);
  await onFile(operation, target, async () => {
    try {
      await writePlan(temporary, plan, operation);
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  });
  await syncFolder(folder);
}
