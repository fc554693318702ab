/**
 * @file The page of `npm run gradient`: what it prints and draws, from its entry point.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runScript } from './support/run-script.ts';

let scratch: string;
let printed: string;
let page: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'windfall-'));
  const run = runScript('src/batch-norm-gradient.ts', '--out', scratch);
  expect([run.status, run.stderr]).toEqual([0, '']);
  printed = run.stdout;
  page = readFileSync(join(scratch, 'batch-norm-gradient.html'), 'utf8');
}, 120_000);
afterAll(() => rmSync(scratch, { recursive: true }));

test('both graphs, the kernels and three orders of derivatives are printed', () => {
  expect(printed).toMatch(/^%y = add\(.*\) : f64 \[6, 3\]$/m);
  expect(printed).toMatch(/^%dx = .* : f64 \[6, 3\]$/m);
  expect(printed).toMatch(/^all with y +1 +\d,\d{3} +\d+$/m);
  expect(printed).toMatch(/^ {2}reads 4, writes 2, \d+ bytes$/m);
  const rows = [...printed.matchAll(/^([123]) +[xγβ] +(\S+) +(\S+)$/gm)];
  expect(rows).toHaveLength(9);
  for (const [, , closedForm, finiteDifferences] of rows) {
    expect(Number(closedForm)).toBeLessThan(1e-13);
    expect(Number(finiteDifferences)).toBeLessThan(1e-9);
  }
});

test('README.md shows the derivatives as they are printed', () => {
  const [table] = /^order +with respect to[\s\S]*?(?=\n\n)/m.exec(printed)!;
  expect(readFileSync(join(__dirname, '..', '..', '..', 'README.md'), 'utf8')).toContain(`\n${table}\n`);
});

test('simplified, there are fewer operations, and no more on all of x', () => {
  const [, derived, simplified] = /^on all of x \[6, 3\] +(\d+) +(\d+)$/m.exec(printed)!;
  const [, perFeature, simpler] = /^on \[3\], a number per feature +(\d+) +(\d+)$/m.exec(printed)!;
  expect(Number(simplified)).toBeLessThanOrEqual(Number(derived));
  expect(Number(simpler)).toBeLessThan(Number(perFeature));
});

test('the page and the summary lead to each other, and the summary has the claim that it checks', () => {
  expect(page.match(/href=".*?"/g)).toEqual(['href="index.html"']);
  const summary = readFileSync(join(scratch, 'index.html'), 'utf8');
  expect(summary).toContain('href="batch-norm-gradient.html"');
  expect(summary).toMatch(/by the chain rule<\/th><td>.*<\/td><td>holds<\/td>/);
});

test('the page has three drawings, the forward graph in gray in the backward one, and needs nothing else', () => {
  const drawings = page.match(/<div class="wide whole" tabindex="0"><svg [\s\S]*?<\/svg>/g)!;
  expect(drawings.map((one) => /aria-label="(.*?)"/.exec(one)![1])).toEqual([
    'The graph of batch normalization',
    'The derived graph of the gradient',
    'The graph of the gradient, simplified',
  ]);
  const count = (text: string, pattern: RegExp): number => (text.match(pattern) ?? []).length;
  const nodes = /<(polygon|ellipse) fill="none" stroke="(currentColor|var\(--muted\))"/g;
  const grayNodes = /<(polygon|ellipse) fill="none" stroke="var/g;
  const [forward, backward] = drawings as [string, string];
  expect(count(forward, nodes)).toBeGreaterThan(20);
  expect(count(forward, grayNodes)).toBe(0);
  expect(count(backward, grayNodes)).toBe(count(forward, nodes));
  expect(count(backward, nodes)).toBeGreaterThan(count(forward, nodes) + 20);
  // The arrows between gray nodes are gray, too.
  const arrows = /<path fill="none" stroke="(currentColor|var\(--muted\))"/g;
  const grayArrows = /<path fill="none" stroke="var/g;
  expect(count(forward, grayArrows)).toBe(0);
  expect(count(backward, grayArrows)).toBe(count(forward, arrows));
  expect(page).not.toMatch(/<script|<link|src=|"(black|gray|white)"/);
});
