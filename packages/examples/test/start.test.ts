/**
 * @file `npm start` at a small size, as a process of its own: what it prints and writes, and that nothing is lost when it is
 * interrupted.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandOf, examples, type Outcome, runScript } from './support/run-script.ts';

const run = (...args: readonly string[]): Outcome => runScript('src/main.ts', ...args);

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'windfall-start-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

describe('npm start', () => {
  test('a short run prints its progress and a table, and writes a report, plots and the numbers', () => {
    const output = join(scratch, 'new', 'results');
    const { status, stdout, stderr } = run('--steps', '4', '--seed', '5', '--out', output);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain(
      '4 steps of 60 digits, learning rate 0.1, initial weights N(0, 0.1²), f32\n\nseed 5\n',
    );
    // The first step compiles, so it says nothing of how long the others take.
    const paces = [...stdout.matchAll(/^ +\d+(?: +\d+\.\d{3}){2}(?: +\d+\.\d %){2}(.*)$/gm)].map(
      ([, pace]) => pace,
    );
    const known = expect.stringMatching(/^ +\d+ steps\/s, \d+ s left$/);
    expect(paces).toEqual(['', known, known, known]);
    expect(stdout).toMatch(/^ +without BN +with BN\nsteps to 90 % +– +–$/m);
    expect(readdirSync(output).sort()).toEqual([
      'batch-norm-mnist-accuracy.png',
      'batch-norm-mnist-seed-5.safetensors',
      'batch-norm-mnist-sigmoid-inputs.png',
      'batch-norm-mnist.html',
      'batch-norm-mnist.json',
      'claims.md',
      'index.html',
    ]);

    const numbers = JSON.parse(readFileSync(join(output, 'batch-norm-mnist.json'), 'utf8'));
    expect(numbers).toMatchObject({
      ...{ steps: 4, learningRate: 0.1, batchSize: 60, deviation: 0.1, dtype: 'f32' },
      command: 'npm start -- --steps 4 --seed 5',
      runs: [{ seed: 5 }],
    });
    for (const { observations } of numbers.runs[0].curves)
      expect(observations.map(({ step }: { step: number }) => step)).toEqual([1, 2, 3, 4]);

    const summary = readFileSync(join(output, 'index.html'), 'utf8');
    expect(summary).toContain('href="batch-norm-mnist.html"');
    expect(numbers.claims).toHaveLength(3);
    const html = readFileSync(join(output, 'batch-norm-mnist.html'), 'utf8');
    expect(html).toContain('href="index.html"');
    const asHtml = (text: string): string => text.replaceAll('&', '&amp;');
    for (const page of [summary, html])
      for (const { claim, measured, verdict } of numbers.claims)
        for (const text of [claim, measured, verdict]) expect(page).toContain(asHtml(text));
    for (const text of [
      'test accuracy (%)',
      'training steps',
      '━ without BN',
      '(b) without BN',
      '(c) with BN',
      '<th scope="row">steps to 90 %</th>',
    ])
      expect(html).toContain(text);
    expect(html).not.toMatch(/NaN|undefined|<script|<link/);

    // PNGs are twice as large as the figures of the page; width and height stand at bytes 16 and 20 of the file.
    for (const name of ['accuracy', 'sigmoid-inputs']) {
      const png = readFileSync(join(output, `batch-norm-mnist-${name}.png`));
      expect(png.subarray(0, 8)).toEqual(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1440, 760]);
    }
  }, 120_000);

  test('--help prints the usage', () => {
    // By the translator that the npm scripts use.
    const command = ['-r', 'ts-node/register/transpile-only', 'src/main.ts', '--help'];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, {
      cwd: examples,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('npm start -- [options]');
  }, 60_000);

  test('nonsense gets one sentence and exit code 2', () => {
    const { status, stdout, stderr } = run('--steps', 'many');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe('--steps is a whole number > 0, not "many"; --help tells what there is\n');
  }, 60_000);

  test('an output directory that cannot be made is an error before the training', () => {
    const file = join(scratch, 'file');
    writeFileSync(file, '');
    const { status, stderr } = run('--out', file);
    expect([status, stderr]).toEqual([
      2,
      `--out: cannot make a directory "${file}"; --help tells what there is\n`,
    ]);
  }, 60_000);

  /** Runs the script and interrupts it once it has printed something that matches: twice, as Ctrl-C under npm does. */
  async function interrupt(
    after: RegExp,
    args: readonly string[],
  ): Promise<{ status: number | null; stdout: string }> {
    const child = spawn(process.execPath, commandOf('src/main.ts', ...args), { cwd: examples });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const isOver = after.test(stdout);
      stdout += text;
      if (isOver || !after.test(stdout)) return;
      child.kill('SIGINT');
      child.kill('SIGINT');
    });
    const [status] = (await once(child, 'close')) as [number | null];
    return { status, stdout };
  }

  test('what is interrupted and resumed writes the same numbers as what is not', async () => {
    const args = ['--steps', '8', '--seeds', '2', '--batch', '20', '--lr', '0.5'];
    const [whole, parted] = [join(scratch, 'whole'), join(scratch, 'in two parts')];
    expect(run(...args, '--out', whole).status).toBe(0);

    // In the middle of the second run.
    const { status, stdout } = await interrupt(/seed 2(.|\n)*^ +3 /m, [...args, '--out', parted]);
    expect(status).toBe(130);
    const [, step] = /^Stopped after step (\d+), saved in .*seed-2\.safetensors\. To continue:$/m.exec(
      stdout,
    )!;
    expect(Number(step)).toBeGreaterThanOrEqual(3);
    expect(Number(step)).toBeLessThan(8);
    expect(stdout).toContain(`npm start -- ${args.join(' ')} --out '${parted}' --resume\n`);
    expect(readdirSync(parted)).toEqual([1, 2].map((seed) => `batch-norm-mnist-seed-${seed}.safetensors`));

    expect(run(...args, '--out', parted, '--resume').status).toBe(0);
    const numbersIn = (directory: string): string =>
      readFileSync(join(directory, 'batch-norm-mnist.json'), 'utf8');
    expect(numbersIn(parted)).toBe(numbersIn(whole));
  }, 240_000);

  test('without a checkpoint there is nothing to resume', () => {
    const { status, stderr } = run('--resume', '--out', join(scratch, 'empty'));
    const checkpoint = join(scratch, 'empty', 'batch-norm-mnist-seed-1.safetensors');
    expect([status, stderr]).toEqual([
      2,
      `--resume: there is no ${checkpoint} to continue from; --help tells what there is\n`,
    ]);
  }, 60_000);
});
