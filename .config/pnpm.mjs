// The pnpm of this repository, which npx fetches: nothing but Node and npm need be there.
import { spawnSync } from 'node:child_process';

const PNPM = 'pnpm@10.34.9';

/** Runs pnpm with arguments that need no quoting; gives its exit code. */
export function pnpm(args, options) {
  const command = `npx --yes --package=${PNPM} -- pnpm ${args}`;
  return spawnSync(command, { shell: true, stdio: 'inherit', ...options }).status ?? 1;
}
