/**
 * @file The directory that programs leave things in.
 */
import { mkdirSync } from 'node:fs';
import { parseFlags, UsageError } from './flags.ts';
import { tellUsageError } from './usage-errors.ts';

/**
 * Makes a directory if it is not there: before a program's work rather than after it, so that a name that cannot be used wastes
 * no time.
 * @throws UsageError
 */
export function makeDirectory(name: string): void {
  try {
    mkdirSync(name, { recursive: true });
  } catch {
    throw new UsageError(`--out: cannot make a directory "${name}"`);
  }
}

/**
 * For programs whose only option is `--out <directory>`, by default results: that directory, which is there afterwards. A
 * mistake in the command line ends the program.
 */
export function outputDirectory(args: readonly string[] = process.argv.slice(2)): string {
  try {
    const { out } = parseFlags(args, { out: { type: 'string', default: 'results' } });
    makeDirectory(out);
    return out;
  } catch (error) {
    tellUsageError(error, 'the only option is --out <directory>');
    process.exit();
  }
}
