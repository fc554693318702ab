// Installs the dependencies when pnpm-lock.yaml is newer than the last install, and does nothing otherwise.
// Needs only Node and npm: npx fetches the pinned pnpm.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PNPM = 'pnpm@10.34.9';
const root = fileURLToPath(new URL('..', import.meta.url));

/** @param {string} file relative to the repository */
function modifiedAt(file) {
  return statSync(`${root}/${file}`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

// pnpm writes this file as the last act of a successful install.
if (modifiedAt('node_modules/.pnpm-workspace-state-v1.json') < modifiedAt('pnpm-lock.yaml')) {
  const command = `npx --yes --package=${PNPM} -- pnpm install --frozen-lockfile`;
  const { status } = spawnSync(command, { cwd: root, shell: true, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
