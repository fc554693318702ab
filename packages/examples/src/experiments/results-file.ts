/**
 * @file What experiments leave behind for the summary, and for --resume: one JSON file each.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Claim, Settings } from './experiment.ts';

/** The file that sums up all others of its directory, to which their pages lead. */
export const summaryFile = 'index.html';

export interface Results {
  readonly settings: Settings;
  /** By name, those that are finished. */
  readonly trials: Readonly<Record<string, unknown>>;
  /** Null while trials are missing. */
  readonly claims: readonly Claim[] | null;
}

/** What is left behind by a program that is no experiment; the command only where options of it matter. */
export interface OtherResults {
  readonly claims: readonly Claim[];
  readonly command?: string;
}

const pathFor = (directory: string, name: string): string => join(directory, `${name}.json`);

/** Null if there are none, or none that can be read. */
export function readResults(directory: string, name: string): Results | OtherResults | null {
  try {
    return JSON.parse(readFileSync(pathFor(directory, name), 'utf8')) as Results | OtherResults;
  } catch {
    return null;
  }
}

/**
 * Whatever happens meanwhile, the file holds the old results or the new ones.
 * @returns its path
 */
export function writeResults(directory: string, name: string, results: Results | OtherResults): string {
  const path = pathFor(directory, name);
  writeFileSync(`${path}.part`, `${JSON.stringify(results, null, 1)}\n`);
  renameSync(`${path}.part`, path);
  return path;
}
