/**
 * @file Running programs, and saying what went wrong with them.
 */
import { spawnSync } from 'node:child_process';

export class ProofError extends Error {}

/** Throws what is wrong unless nothing is. */
export function prove(holds: boolean, otherwise: () => string): asserts holds {
  if (!holds) throw new ProofError(otherwise());
}

/** What Node prints for a program. */
export function runNode(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  prove(status === 0, () => `node ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}
