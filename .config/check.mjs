// Everything a change must pass: `npm run check`. It goes on after a part that fails, and ends with what each came to, how long
// it took, and how many tests there were.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The tests that memory, threads and generated code have most to do with; `npm run test:browser` runs all of core's. */
const inBrowser =
  'page threads memory-limits out-of-memory compile variable kernels products unroll random-graphs laws';

/**
 * The parts with their commands, and what of them runs side by side, each row one part after the other: most keep one core
 * busy, Node's tests take all there are. Packages and types both write what is built.
 */
const stages = [
  [
    {
      packages: 'npm run --silent prove-packages',
      types: 'npm run --silent typecheck',
      'unused code': 'npm run --silent unused',
      layers: 'npm run --silent layers',
      'API reference': 'npm run --silent api -- --emit none',
    },
    {
      'format and style': 'npm run --silent lint',
      Chromium: `npx vitest run --config .config/browser.mjs ${inBrowser}`,
    },
  ],
  [{ Node: 'npx jest' }],
];

const environment = { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}) };

/** Runs a command; gives its exit code, its seconds, and what it printed, which is also shown while it runs if `live`. */
async function run(command, live) {
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
      if (live) process[name].write(chunk);
      text += chunk;
    });
  }
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, seconds: (performance.now() - started) / 1000, text };
}

/** What each part came to, as it ends. */
const outcomes = new Map();

/** Runs a part. What it prints appears as it comes, or, beside others, in one piece. */
async function check(name, command, isAlone) {
  const title = `\n── ${name}: ${command}`;
  if (isAlone) console.log(title);
  const outcome = await run(command, isAlone);
  if (!isAlone) console.log(`${title}\n${outcome.text.trimEnd()}`);
  outcomes.set(name, outcome);
}

for (const rows of stages) {
  await Promise.all(
    rows.map(async (row) => {
      for (const [name, command] of Object.entries(row)) await check(name, command, rows.length === 1);
    }),
  );
}

const total = { passed: 0, failed: 0 };
const lines = Array.from(outcomes, ([name, { code, seconds, text }]) => {
  const plain = stripVTControlCharacters(text);
  if (code !== 0) process.exitCode = 1;
  // Both jest and Vitest have a line that begins so, and ours as their last.
  const tests = plain.match(/^ *Tests:? .*$/gm)?.at(-1) ?? '';
  const [, passed = 0, failed = 0] = plain.match(/^(\d+) passed, (\d+) failed$/m) ?? [];
  total.passed += Number(passed);
  total.failed += Number(failed);
  const counts = tests.replace(/^ *Tests:? */, '');
  return `${name.padEnd(24)}${code === 0 ? 'ok    ' : 'FAILED'}${seconds.toFixed(0).padStart(5)} s   ${counts}`;
});

console.log(`\n${lines.map((line) => line.trimEnd()).join('\n')}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
