/**
 * @file Saving that breaks off: by the death of the process, or because the disk takes no more. The path holds the old file
 * or the new one, and what is left over is in nobody's way.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { tensor } from '@windfall/core';
import { loadSafetensors, saveSafetensors } from '../src/node/index.ts';

// Starting a process takes a while on a busy machine.
jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), 'windfall-'));
const path = join(folder, 'model.safetensors');

beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a process is started with that runs a program, given the path. */
function argumentsFor(program: string): string[] {
  return ['-r', resolve(__dirname, '../../../.config/typescript-hook.cjs'), '-e', program, path];
}

const cwd = resolve(__dirname, '../../examples');

/** How many elements the files have; the one that is saved `k`-th holds nothing but `k`. */
const size = 4_000_000;

const isTemporary = (name: string): boolean => name.endsWith('.tmp');

test('a process killed in the middle of saving leaves the whole old file or the whole new, and the next saves as ever', async () => {
  const program = `
    const { full } = require('@windfall/core');
    const { saveSafetensors } = require('@windfall/nn/node');
    (async () => {
      for (let k = 1; ; k++) await saveSafetensors(process.argv[1], { x: full([${size}], k) });
    })();`;
  for (let round = 0; round < 2; round++) {
    await saveSafetensors(path, { x: tensor(new Float32Array(size)) });
    const before = new Set(readdirSync(folder));
    const child = spawn(process.execPath, argumentsFor(program), { cwd, stdio: 'ignore' });
    const ended = new Promise((done) => child.once('exit', done));
    /** Whether a part of a new file is there. */
    const isInTheMiddle = (): boolean =>
      readdirSync(folder).some((name) => {
        if (before.has(name) || !isTemporary(name)) return false;
        const { size: bytes } = statSync(join(folder, name), { throwIfNoEntry: false }) ?? { size: 0 };
        return bytes > 0 && bytes < 4 * size;
      });
    const end = Date.now() + 50_000;
    while (!isInTheMiddle() && Date.now() < end) await wait(1);
    child.kill('SIGKILL');
    await ended;
    expect(readdirSync(folder).length).toBeGreaterThanOrEqual(1);
    const { x, ...others } = await loadSafetensors(path);
    expect(others).toEqual({});
    expect(x!.shape).toEqual([size]);
    const values = x!.data();
    expect(values.every((value) => value === values[0])).toBe(true);
  }
  const leftOver = readdirSync(folder).filter(isTemporary);
  await saveSafetensors(path, { x: tensor([7]) });
  expect((await loadSafetensors(path))['x']!.toArray()).toEqual([7]);
  // Nobody can know whether somebody else is still writing to them.
  expect(readdirSync(folder).filter(isTemporary)).toEqual(leftOver);
});

// Elsewhere there is no such limit, or no signal by which it is told.
(process.platform === 'linux' ? test : test.skip)(
  'where the disk takes no more, saving is an error with the reason, and leaves the old file and nothing else',
  async () => {
    const program = `
      const { full } = require('@windfall/core');
      const { saveSafetensors } = require('@windfall/nn/node');
      // Without a listener the signal would end the process.
      process.on('SIGXFSZ', () => {});
      (async () => {
        await saveSafetensors(process.argv[1], { x: full([5], 1) });
        const messages = [];
        for (let k = 0; k < 3; k++) {
          try {
            await saveSafetensors(process.argv[1], { x: full([${size}], 2) });
          } catch (error) {
            messages.push(error.name + ' ' + error.message);
          }
        }
        console.log(JSON.stringify(messages));
        process.exit();
      })();`;
    const command = `ulimit -f 2048 && exec "$0" "$@"`;
    const { stdout, stderr } = spawnSync('sh', ['-c', command, process.execPath, ...argumentsFor(program)], {
      cwd,
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(stderr).toBe('');
    const messages = JSON.parse(stdout) as string[];
    expect(messages.length).toBe(3);
    for (const message of messages)
      expect(message).toMatch(
        /^WindfallError saveSafetensors: .*model\.safetensors: EFBIG: file too large, write$/,
      );
    expect(readdirSync(folder)).toEqual(['model.safetensors']);
    expect((await loadSafetensors(path))['x']!.toArray()).toEqual([1, 1, 1, 1, 1]);
  },
);

test('a folder in which nothing may be written is an error with the path and the reason', async () => {
  // Whoever may do everything may not write there either.
  const closed = process.getuid?.() === 0 ? '/proc' : join(folder, 'closed');
  if (closed !== '/proc') {
    mkdirSync(closed);
    chmodSync(closed, 0o500);
  }
  await expect(saveSafetensors(join(closed, 'x.safetensors'), { x: tensor([1]) })).rejects.toThrow(
    /^saveSafetensors: .*x\.safetensors: (EACCES|EPERM|EROFS|ENOENT): /,
  );
});
