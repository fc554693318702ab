// Everything a change must pass: `npm run check`. It goes on after a part that fails, and ends with what each came to, how long
// it took, and how many tests there were.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The tests that memory, threads and generated code have most to do with; `npm run test:browser` runs all of core's. */
const inBrowser =
  'page threads memory-limits out-of-memory compile variable kernels products unroll random-graphs laws';

/** The parts and their commands. */
const parts = {
  packages: 'npm run --silent prove-packages',
  'unused code': 'npm run --silent unused',
  types: 'npm run --silent typecheck',
  'format and style': 'npm run --silent lint',
  layers: 'npm run --silent layers',
  'API reference': 'npm run --silent api -- --emit none',
  Chromium: `npx vitest run --config .config/browser.mjs ${inBrowser}`,
  Node: 'npx jest',
};

const environment = { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}) };

/** Runs a command, showing what it prints; gives its exit code, its seconds, and what it printed without colours. */
async function run(command) {
  const started = performance.now();
  const child = spawn(command, {
    cwd: root,
    shell: true,
    stdio: ['inherit', 'pipe', 'pipe'],
    env: environment,
  });
  let text = '';
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (chunk) => {
      process[name].write(chunk);
      text += chunk;
    });
  }
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, seconds: (performance.now() - started) / 1000, text: stripVTControlCharacters(text) };
}

const lines = [];
const total = { passed: 0, failed: 0 };
for (const [name, command] of Object.entries(parts)) {
  console.log(`\n── ${name}: ${command}`);
  const { code, seconds, text } = await run(command);
  if (code !== 0) process.exitCode = 1;
  // Both jest and Vitest have a line that begins so, and ours as their last.
  const tests = text.match(/^ *Tests:? .*$/gm)?.at(-1) ?? '';
  const [, passed = 0, failed = 0] = text.match(/^(\d+) passed, (\d+) failed$/m) ?? [];
  total.passed += Number(passed);
  total.failed += Number(failed);
  const counts = tests.replace(/^ *Tests:? */, '');
  lines.push(
    `${name.padEnd(24)}${code === 0 ? 'ok    ' : 'FAILED'}${seconds.toFixed(0).padStart(5)} s   ${counts}`,
  );
}

console.log(`\n${lines.map((line) => line.trimEnd()).join('\n')}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
