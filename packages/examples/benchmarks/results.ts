/**
 * @file What a run leaves behind: everything its tables are made of, as plain data.
 */
import { readFileSync } from 'node:fs';
import { UsageError } from '../src/flags.ts';
import type { Work } from './benchmarks.ts';
import type { Clock } from './competitor.ts';
import type { ColdStart, Measurement } from './measure.ts';

/** One benchmark, with the measurement of each competitor by its name. */
export interface Row {
  readonly title: string;
  readonly description: string;
  readonly work: Work | null;
  readonly measurements: Readonly<Record<string, Measurement>>;
}

export interface ColdRow {
  readonly title: string;
  readonly starts: Readonly<Record<string, ColdStart>>;
}

export interface Results {
  readonly date: string;
  readonly machine: Readonly<Record<'processor' | 'system' | 'node' | 'v8', string>> & {
    readonly cores: number;
    /** How many programs wanted to run in the minute before. */
    readonly load: number;
  };
  /** How long each competitor was timed in each benchmark. */
  readonly seconds: number;
  readonly clock: Clock;
  /** The versions of competitors, or why one is missing. */
  readonly competitors: readonly ({ readonly name: string } & (
    | { readonly version: string }
    | { readonly missing: string }
  ))[];
  readonly limits: readonly Row[];
  readonly rows: readonly Row[];
  readonly coldStarts: readonly ColdRow[];
}

/** As JSON, numbers to four digits. */
export function formatResults(results: Results): string {
  const shorten = (_key: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  return `${JSON.stringify(results, shorten, 2)}\n`;
}

/**
 * What a run has written.
 * @throws UsageError if there is no such file or it holds something else
 */
export function readResults(path: string): Results {
  try {
    const results: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof results === 'object' && results !== null && 'rows' in results && 'coldStarts' in results)
      return results as Results;
  } catch {
    // Told below.
  }
  throw new UsageError(`--json: "${path}" holds no results of benchmarks`);
}
