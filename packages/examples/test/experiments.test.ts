/**
 * @file `npm run experiment` at a small size, as a process of its own: every experiment leaves its page, pictures and numbers
 * behind, and what is finished is not made twice.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examples, type Outcome, runScript } from './support/run-script.ts';

const run = (...args: readonly string[]): Outcome => runScript('src/experiments/main.ts', ...args);

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'windfall-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

const small = ['--steps', '2', '--seeds', '2', '--digits', '120'];

test('all experiments run, and a page sets what is claimed beside what they measured', () => {
  const output = join(scratch, 'results');
  const { status, stdout, stderr } = run('all', ...small, '--out', output);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^seed 2: \d+ s; \d+ s left$/m);

  const usage = run('--help').stdout;
  const names = [...usage.matchAll(/^ {2}([a-z-]+) {2,}[A-Z]/gm)].map(([, name]) => name!);
  const experiments = names.filter((name) => !['all', 'claims'].includes(name));
  expect(experiments).toContain('scale-invariance');
  const summary = readFileSync(join(output, 'index.html'), 'utf8');
  const markdown = readFileSync(join(output, 'claims.md'), 'utf8');
  const documentation = readFileSync(join(examples, '..', '..', 'docs', 'experiments.md'), 'utf8');
  for (const text of [summary, markdown.replaceAll('`', '')])
    expect(text.match(/Not run yet: .*?(?=<|\n)/g)).toEqual([
      'Not run yet: npm start',
      'Not run yet: npm run gradient',
    ]);
  for (const name of experiments) {
    expect(summary).toContain(`href="${name}.html"`);
    expect(documentation).toContain(`\n| \`npm run experiment -- ${name}\` | `);
    const page = readFileSync(join(output, `${name}.html`), 'utf8');
    expect(page).toContain(`npm run experiment -- ${name} --steps 2 --seed 1 --seeds 2 --digits 120`);
    expect(page).toContain('href="index.html"');
    const figures = page.match(/<figure>/g) ?? [];
    expect(figures.length).toBeGreaterThan(0);
    const pictures = readdirSync(output).filter((file) => file.startsWith(name) && file.endsWith('.png'));
    expect(pictures).toHaveLength(figures.length);
    const { claims } = JSON.parse(readFileSync(join(output, `${name}.json`), 'utf8'));
    expect(claims.length).toBeGreaterThan(0);
    for (const text of [page, JSON.stringify(claims)]) expect(text).not.toMatch(/NaN|undefined|Infinity/);
    expect(markdown).toContain(`\`npm run experiment -- ${name} --steps 2 --seed 1 --seeds 2 --digits 120\``);
  }
  rmSync(join(output, 'claims.md'));
  expect(run('claims', '--out', output).status).toBe(0);
  expect(readFileSync(join(output, 'claims.md'), 'utf8')).toBe(markdown);
}, 240_000);

test('finished trials are taken over, and the others give what they give without', () => {
  const [parted, whole] = [join(scratch, 'parted'), join(scratch, 'whole')];
  const scale = (...args: string[]) => run('scale-invariance', '--steps', '3', ...args);
  expect(scale('--seeds', '1', '--out', parted).status).toBe(0);
  const resumed = scale('--seeds', '2', '--out', parted, '--resume');
  expect(resumed.stdout).toMatch(/^seed 1: finished before\nseed 2: /m);
  expect(scale('--seeds', '2', '--out', whole).status).toBe(0);
  for (const file of ['scale-invariance.json', 'scale-invariance.html', 'index.html'])
    expect(readFileSync(join(parted, file), 'utf8')).toBe(readFileSync(join(whole, file), 'utf8'));

  const other = run('scale-invariance', '--steps', '4', '--out', parted, '--resume');
  expect([other.status, other.stderr]).toEqual([
    2,
    `--resume: the results in ${parted} are of --steps 3, not of --steps 4; --help tells what there is\n`,
  ]);
}, 120_000);

test('nonsense gets one sentence and exit code 2, before anything is made', () => {
  const { status, stdout, stderr } = run('alchemy', '--out', join(scratch, 'none'));
  const sentence = 'there is no experiment "alchemy"; --help tells what there is\n';
  expect([status, stdout, stderr]).toEqual([2, '', sentence]);
  expect(existsSync(join(scratch, 'none'))).toBe(false);
}, 60_000);
