import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Results } from '../benchmarks/results.ts';

const examples = dirname(__dirname);

/** Runs a script as `npm start` and its siblings do. In a process of its own, because jest cannot load Observable Plot. */
function run(script: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const command = ['-r', 'ts-node/register/transpile-only', script, ...args];
  return spawnSync(process.execPath, command, { cwd: examples, encoding: 'utf8' });
}

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'windfall-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

describe('main.ts', () => {
  test('a short run prints its progress and a table, and writes a figure and the numbers', () => {
    const output = join(scratch, 'new', 'results');
    const { status, stdout, stderr } = run('src/main.ts', '--steps', '4', '--seed', '5', '--out', output);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain('4 steps of 60 digits, learning rate 0.1, seed 5');
    expect(stdout.match(/^ +\d+( +\d+\.\d{3}){2}( +\d+\.\d %){2} +\d+ steps\/s, \d+ s left$/gm)).toHaveLength(
      4,
    );
    expect(stdout).toMatch(/^ +without BN +with BN\nsteps to 90 % +– +–$/m);
    expect(readdirSync(output).sort()).toEqual(
      ['json', 'png', 'svg'].map((extension) => `batch-norm-mnist.${extension}`),
    );

    const numbers = JSON.parse(readFileSync(join(output, 'batch-norm-mnist.json'), 'utf8'));
    expect(numbers).toMatchObject({ steps: 4, seed: 5, learningRate: 0.1 });
    for (const { observations } of numbers.curves)
      expect(observations.map(({ step }: { step: number }) => step)).toEqual([1, 2, 3, 4]);

    const svg = readFileSync(join(output, 'batch-norm-mnist.svg'), 'utf8');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="1200" height="380"/);
    for (const text of [
      'test accuracy (%)',
      'training steps',
      '━ without BN',
      '(b) without BN',
      '(c) with BN',
    ])
      expect(svg).toContain(text);
    expect(svg).not.toContain('NaN');

    // The PNG is twice as large; width and height stand at bytes 16 and 20 of the file.
    const png = readFileSync(join(output, 'batch-norm-mnist.png'));
    expect(png.subarray(0, 8)).toEqual(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2400, 760]);
  }, 120_000);

  test('--help prints the usage', () => {
    const { status, stdout, stderr } = run('src/main.ts', '--help');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('npm start -- [options]');
  }, 60_000);

  test('nonsense gets one sentence and exit code 2', () => {
    const { status, stdout, stderr } = run('src/main.ts', '--steps', 'many');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe('--steps is a whole number > 0, not "many"; --help tells what there is\n');
  }, 60_000);

  test('an output directory that cannot be made is an error before the training', () => {
    const file = join(scratch, 'file');
    writeFileSync(file, '');
    const { status, stderr } = run('src/main.ts', '--out', file);
    expect([status, stderr]).toEqual([
      2,
      `--out: cannot make a directory "${file}"; --help tells what there is\n`,
    ]);
  }, 60_000);
});

describe('benchmarks', () => {
  test('a short run prints tables and writes numbers, from which a page is made', () => {
    const json = join(scratch, 'numbers.json');
    const measured = run('benchmarks/main.ts', '--only', '60x784', '--seconds', '0.01', '--json', json);
    expect(measured.status).toBe(0);
    expect(measured.stdout).toMatch(/^fused multiply-add, f32 +\S+ GFLOP\/s$/m);
    expect(measured.stdout).toMatch(/^matmul 60×784×100( +\d+(\.\d+)?| +–){3} .* GFLOP\/s/m);

    const { rows } = JSON.parse(readFileSync(json, 'utf8')) as Results;
    expect(rows).toHaveLength(1);
    expect(rows[0]!.measurements['windfall, uncompiled']).toMatchObject({ median: expect.any(Number) });

    const rendered = run('benchmarks/main.ts', '--render', '--json', json);
    expect(rendered.status).toBe(0);
    expect(readFileSync(join(scratch, 'numbers.md'), 'utf8')).toContain('| matmul 60×784×100 |');
  }, 120_000);

  test('nonsense gets one sentence and exit code 2', () => {
    const { status, stdout, stderr } = run('benchmarks/main.ts', '--render', '--json', scratch);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe(`--json: "${scratch}" holds no results of benchmarks; --help tells what there is\n`);
  }, 60_000);
});
