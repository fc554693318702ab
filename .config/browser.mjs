// The tests of core in headless Chromium, by Vitest: `npm run test:browser`. Each file runs in a page that is cross-origin
// isolated, where memory is shared with workers, and in one that is not.
import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { launchOptions } from '../packages/playground/test/support/chromium.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const tests = 'packages/core/test';

/** Files that need Node, and for what. */
const leftOut = {
  'fallback.test.ts': 'loads the library anew where something is taken away, which only jest can',
  'fuzz-command.test.ts': 'a command is for Node',
  'little-memory.test.ts': 'starts a process',
  'memory.test.ts': 'counts the bytes that are alive after all garbage was collected',
  'mutations.test.ts': 'loads a second copy of the library, and counts such bytes',
  'node.test.ts': 'says by its name that it does',
  'worker-crash.test.ts': "ends Node's workers, and loads the library anew, which only jest can",
  'young-garbage.test.ts': 'starts a process',
};

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * @param {string} name
 * @param {boolean} isolated
 * @param {Record<string, string>} [alsoLeftOut]
 */
function project(name, isolated, alsoLeftOut = {}) {
  return {
    root,
    logLevel: 'warn',
    cacheDir: 'node_modules/.cache/vite',
    server: { headers: isolated ? isolation : {} },
    test: {
      name: `${name} pages`,
      globals: true,
      include: [`${tests}/**/*.{test,browser}.ts`],
      exclude: Object.keys({ ...leftOut, ...alsoLeftOut }).map((file) => `${tests}/${file}`),
      setupFiles: ['.config/browser-setup.mjs'],
      provide: { isolated },
      // Far beyond what a slow machine needs. jest, too, lets a test without promises take as long as it likes.
      testTimeout: 300_000,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions }),
        instances: [{ browser: 'chromium', name }],
      },
    },
  };
}

/** Makes `N passed, N failed` the last line of a run, as closing-line-reporter.cjs does for jest. */
const closingLine = {
  onTestRunEnd(modules, errors) {
    const count = (state) =>
      modules.reduce((sum, { children }) => sum + [...children.allTests(state)].length, 0);
    // A file that cannot be loaded counts as one failure.
    const failed =
      count('failed') + modules.filter((module) => module.errors().length > 0).length + errors.length;
    process.once('exit', () => console.log(`${count('passed')} passed, ${failed} failed`));
  },
};

if (launchOptions === null) {
  console.warn('Nothing is tested in a browser: this machine has no Chromium.');
  process.exit(0);
}

export default defineConfig({
  root,
  test: {
    reporters: ['default', closingLine],
    // As few lines as files, where all is well.
    slowTestThreshold: Infinity,
    maxWorkers: '100%',
    projects: [
      project('isolated', true),
      project('not isolated', false, { 'threads.test.ts': 'there is one thread' }),
    ],
  },
});
