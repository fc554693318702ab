// Installs the dependencies when pnpm-lock.yaml is newer than the last install, and does nothing otherwise.
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pnpm } from './pnpm.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param {string} file relative to the repository */
function modifiedAt(file) {
  return statSync(`${root}/${file}`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

// pnpm writes this file as the last act of a successful install.
if (modifiedAt('node_modules/.pnpm-workspace-state-v1.json') < modifiedAt('pnpm-lock.yaml')) {
  process.exitCode = pnpm('install --frozen-lockfile', { cwd: root });
}
