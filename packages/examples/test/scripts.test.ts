import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Results } from '../benchmarks/results.ts';
import { runScript } from './support/run-script.ts';

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'windfall-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

describe('benchmarks', () => {
  test('a short run prints tables and writes numbers, from which a page is made', () => {
    const json = join(scratch, 'numbers.json');
    const measured = runScript('benchmarks/main.ts', '--only', '60x784', '--seconds', '0.01', '--json', json);
    expect(measured.status).toBe(0);
    expect(measured.stdout).toMatch(/^fused multiply-add, f32 +\S+ GFLOP\/s$/m);
    expect(measured.stdout).toMatch(/^matmul 60×784×100( +\d+(\.\d+)?| +–){3} .* GFLOP\/s/m);

    const { rows } = JSON.parse(readFileSync(json, 'utf8')) as Results;
    expect(rows).toHaveLength(1);
    expect(rows[0]!.measurements['windfall, uncompiled']).toMatchObject({ median: expect.any(Number) });

    const rendered = runScript('benchmarks/main.ts', '--render', '--json', json);
    expect(rendered.status).toBe(0);
    expect(readFileSync(join(scratch, 'numbers.md'), 'utf8')).toContain('| matmul 60×784×100 |');
  }, 120_000);

  test('nonsense gets one sentence and exit code 2', () => {
    const { status, stdout, stderr } = runScript('benchmarks/main.ts', '--render', '--json', scratch);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe(`--json: "${scratch}" holds no results of benchmarks; --help tells what there is\n`);
  }, 60_000);
});
