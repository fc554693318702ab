/**
 * @file Scripts of the examples in a process of their own, as the npm scripts run them but for who translates them. A process,
 * because jest cannot load Observable Plot.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';

/** The folder of the package, in which scripts run. */
export const examples = dirname(dirname(__dirname));

const hook = join(examples, '..', '..', '.config', 'typescript-hook.cjs');

/** Node's arguments for a script, given by its path from the package. */
export const commandOf = (script: string, ...args: readonly string[]): string[] => [
  ...['-r', hook, script],
  ...args,
];

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function runScript(script: string, ...args: readonly string[]): Outcome {
  return spawnSync(process.execPath, commandOf(script, ...args), { cwd: examples, encoding: 'utf8' });
}
