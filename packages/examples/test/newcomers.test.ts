/**
 * @file The examples for newcomers, each run from its entry point, as its npm script does but for who translates it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSafetensors } from '@windfall/nn';
import { examples, type Outcome, runScript } from './support/run-script.ts';

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'windfall-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

function run(name: string, ...args: string[]): Outcome {
  const scripts = JSON.parse(readFileSync(join(examples, '..', '..', 'package.json'), 'utf8')).scripts;
  const script = `src/newcomers/${name}.ts`;
  expect(scripts[name]).toBe(`ts-node -T packages/examples/${script}`);
  return runScript(script, ...args);
}

/** What an example prints. */
function output(name: string, ...args: string[]): string {
  const { status, stdout, stderr } = run(name, ...args);
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

/** The numbers in what follows a text. */
function numbersAfter(text: string, printed: string): number[] {
  const rest = printed.slice(printed.indexOf(text) + text.length).split('\n')[0]!;
  return (rest.match(/[\d.]+(e[-+]\d+)?/g) ?? []).map(Number);
}

/** Width and height of a PNG, which stand at bytes 16 and 20. */
function pngSize(path: string): [number, number] {
  const png = readFileSync(path);
  expect(png.subarray(0, 8)).toEqual(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

test('each has less than 60 lines', () => {
  for (const name of [
    ...['spiral', 'regression', 'custom-op', 'gradient-penalty'],
    ...['load-checkpoint', 'save-checkpoint'],
  ])
    expect(
      readFileSync(join(examples, 'src', 'newcomers', `${name}.ts`), 'utf8').split('\n').length,
    ).toBeLessThan(61);
});

test('spiral tells the arms apart and draws the boundary', () => {
  const printed = output('spiral', '--out', scratch);
  expect(Number(/(\S+) % of new points/.exec(printed)![1])).toBeGreaterThan(98);
  expect(pngSize(join(scratch, 'spiral.png'))).toEqual([960, 1000]);
  const svg = readFileSync(join(scratch, 'spiral.svg'), 'utf8');
  expect(svg).not.toContain('NaN');
  expect(svg.match(/<circle/g)).toHaveLength(400);
}, 120_000);

test('regression finds a curve nearer to the truth than the points are', () => {
  const [noise, distance] = numbersAfter('the noise is', output('regression', '--out', scratch));
  expect(distance).toBeLessThan(noise! / 2);
  expect(pngSize(join(scratch, 'regression.png'))).toEqual([1280, 800]);
  expect(readFileSync(join(scratch, 'regression.svg'), 'utf8')).not.toContain('NaN');
}, 120_000);

test('custom-op has right derivatives up to the third order, and a gradient where the derived one has none', () => {
  const printed = output('custom-op');
  for (const name of ['mish', 'naive', 'stable']) {
    const errors = numbersAfter(`${name}: derivatives of order 1, 2, 3 are within`, printed);
    expect(errors).toHaveLength(3);
    for (const error of errors) expect(error).toBeLessThan(1e-11);
  }
  expect(printed).toContain('naive: slope at 1000 is NaN\nstable: slope at 1000 is 1\n');
}, 120_000);

test('gradient-penalty measures slope and distance as calculated', () => {
  const printed = output('gradient-penalty');
  for (const text of ['\nslope', '\ndistance']) {
    const [measured, calculated] = numbersAfter(text, printed);
    expect(Math.abs(measured! / calculated! - 1)).toBeLessThan(0.05);
  }
}, 120_000);

test('load-checkpoint predicts what PyTorch does', () => {
  const printed = output('load-checkpoint');
  const rows = [...printed.matchAll(/^\(.*\) +(0\.\d{6}) +(0\.\d{6})$/gm)];
  expect(rows).toHaveLength(5);
  expect(numbersAfter('largest difference', printed)[0]).toBeLessThan(1e-6);
}, 120_000);

test('save-checkpoint leaves a file with the names and shapes of the PyTorch model that it prints', () => {
  const printed = output('save-checkpoint', '--out', scratch);
  const file = join(scratch, 'model.safetensors');
  expect(printed).toContain(`load_file(${JSON.stringify(file)})`);
  const state = parseSafetensors(new Uint8Array(readFileSync(file)));
  expect(Object.fromEntries(Object.entries(state).map(([name, { shape }]) => [name, shape]))).toEqual({
    '0.weight': [8, 2],
    ...{ '1.weight': [8], '1.bias': [8], '1.running_mean': [8], '1.running_var': [8] },
    ...{ '1.num_batches_tracked': [], '3.weight': [1, 8], '3.bias': [1] },
  });
  // x₁² + x₂² at (1, 1)
  expect(Math.abs(numbersAfter('holds a model that says', printed)[0]! - 2)).toBeLessThan(0.3);
}, 120_000);

test('nonsense gets one sentence and exit code 2, before anything is computed', () => {
  const advice = 'the only option is --out <directory>';
  const { status, stdout, stderr } = run('spiral', '--color', 'red');
  expect([status, stdout, stderr]).toEqual([2, '', `there is no option --color; ${advice}\n`]);
  const file = join(scratch, 'file');
  writeFileSync(file, '');
  const refused = run('save-checkpoint', '--out', file);
  expect([refused.status, refused.stdout]).toEqual([2, '']);
  expect(refused.stderr).toBe(`--out: cannot make a directory "${file}"; ${advice}\n`);
}, 120_000);
