/**
 * @file What only Node can show: how its console prints tensors, that its processes end, and what lies in a folder of ours.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import * as core from '../src/index.ts';
import { samples } from '../src/testing/samples.ts';

// Starting a process takes a while on a busy machine.
jest.setTimeout(120_000);

test('the console prints a tensor as its text', () => {
  const matrix = core.tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]); // prettier-ignore
  expect(inspect(matrix)).toBe(String(matrix));
});

test('workers keep no process from ending', () => {
  const program = `
    const { readyWorkers } = require('../core/src/backends/wasm/thread-pool.ts');
    const { ones, setThreads } = require('@windfall/core');
    setThreads(3);
    const end = Date.now() + 20_000;
    while (readyWorkers() < 2 && Date.now() < end) ones([512, 512]).matmul(ones([512, 512]).exp()).sum().item();
    console.log(readyWorkers() + ' workers');`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['-r', resolve(__dirname, '../../../.config/typescript-hook.cjs'), '-e', program],
    { cwd: resolve(__dirname, '../../examples'), encoding: 'utf8', timeout: 60_000 },
  );
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '2 workers\n', stderr: '' });
});

/** Public functions of ops/ that make no tensor. */
const notOperations = ['Generator', 'Tensor', 'manualSeed', 'printGraph'];

async function publicOperations(): Promise<string[]> {
  const folder = join(__dirname, '../src/ops');
  const modules = await Promise.all(
    readdirSync(folder).map(async (file) => (await import(join(folder, file))) as object),
  );
  const made = modules.flatMap((module) => Object.entries(module));
  const exported = new Set<unknown>(Object.values(core));
  return made
    .filter(
      ([name, value]) => typeof value === 'function' && exported.has(value) && !notOperations.includes(name),
    )
    .map(([name]) => name);
}

test('every public operation has samples, and every row is of a public operation', async () => {
  expect(Object.keys(samples).sort()).toEqual((await publicOperations()).sort());
});
