/**
 * @file Safetensors files on disk, read by ranges: neither 2 GB nor 4 GB is a limit, and memory need not hold the whole.
 */
import { check } from '@windfall/core/extension';
import { type FileHandle, open } from 'node:fs/promises';
import { type ByteSource, SafetensorsFile } from '../checkpoints/safetensors-file.ts';
import { onFile, pathOf } from './path.ts';

/** The most bytes that one call to the system reads or writes: Linux stops a little below 2³¹. */
export const mostBytesAtOnce = 2 ** 30;

async function readFully(file: FileHandle, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    const length = Math.min(bytes.length - filled, mostBytesAtOnce);
    const { bytesRead } = await file.read(bytes, filled, length, start + filled);
    if (bytesRead === 0) return bytes.slice(0, filled);
    filled += bytesRead;
  }
  return bytes;
}

async function sourceOfPath(path: string, operation: string): Promise<ByteSource> {
  const file = await open(path, 'r');
  try {
    const stats = await file.stat();
    check(stats.isFile(), operation, () => `${path}: is not a file`);
    return {
      name: path,
      size: stats.size,
      read: async (start, end) => readFully(file, start, end),
      close: async () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Opens a file in the name of a function. */
export async function openPath(path: string | URL, operation: string): Promise<SafetensorsFile> {
  const text = pathOf(path, operation);
  const source = await onFile(operation, text, async () => sourceOfPath(text, operation));
  return SafetensorsFile.open(source, operation);
}

/**
 * Opens a safetensors file: names, shapes, element types and metadata are read, the tensors when asked for.
 * @param path a path, or a file: URL
 * @throws (the promise) if there is no such file, or its header is damaged in any way or does not fit the file's size
 * @example
 * await saveSafetensors('model.safetensors', model.stateDict());
 * const file = await openSafetensors('model.safetensors');
 * const weight = await file.read('0.weight');
 * await file.close();
 * weight.shape; // [8, 4]
 */
export async function openSafetensors(path: string | URL): Promise<SafetensorsFile> {
  return openPath(path, 'openSafetensors');
}
