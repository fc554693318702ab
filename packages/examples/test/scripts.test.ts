import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Results } from '../benchmarks/results.ts';

const examples = dirname(__dirname);
const hook = join(examples, '..', '..', '.config', 'typescript-hook.cjs');

/** Runs a script as `npm run bench` does, but for who translates it. In a process of its own, because jest cannot load Observable Plot. */
function run(script: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const command = ['-r', hook, script, ...args];
  return spawnSync(process.execPath, command, { cwd: examples, encoding: 'utf8' });
}

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'windfall-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

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
