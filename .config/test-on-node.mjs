// The tests on another version of Node, which npx fetches: `npm run test:node -- 22` all of them, `-- 22 packages/core` some.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [version = '', ...jestArguments] = process.argv.slice(2);

/** Runs that version's node; gives its exit code. */
function node(...args) {
  const options = { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' };
  return spawnSync('npx', ['--yes', `--package=node@${version}`, '--', 'node', ...args], options).status ?? 1;
}

if (/^\d+(?:\.\d+){0,2}$/.test(version)) {
  process.exitCode = node('--version') || node('node_modules/jest/bin/jest.js', ...jestArguments);
} else {
  console.error(
    `On which version of Node? Not on '${version}'. For instance: npm run test:node -- 22 packages/core`,
  );
  process.exitCode = 2;
}
