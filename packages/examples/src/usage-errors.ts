/**
 * @file What becomes of a mistake in a command line: one sentence and exit code 2, without a stack trace. Other errors are left
 * to Node.
 */
import { UsageError } from './flags.ts';

/**
 * Prints the sentence of a UsageError, and has the program end with exit code 2 when it ends.
 * @param advice what might help
 * @throws what is no UsageError
 */
export function tellUsageError(error: unknown, advice: string): void {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}; ${advice}`);
  process.exitCode = 2;
}

/** Runs a program that knows `--help`. */
export function runMain(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    tellUsageError(error, '--help tells what there is');
  });
}
