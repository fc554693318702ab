import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimsMarkdown } from '../src/experiments/claims-markdown.ts';
import { writeResults } from '../src/experiments/results-file.ts';
import type { Contribution } from '../src/experiments/summary-page.ts';

const contribution = (name: string): Contribution => ({
  ...{ name, title: `About ${name}`, question: `Why ${name}?` },
  command: `npm run experiment -- ${name}`,
});

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'windfall-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

test('each experiment has its claims in a table that no text of theirs breaks, and the command it comes from', () => {
  const claims = [{ claim: '|x| < 1', measured: 'a * b_c\nd', verdict: 'holds in part' }] as const;
  const settings = { steps: 3, seed: 1, seeds: 2, digits: null };
  writeResults(directory, 'scale', { settings, trials: {}, claims });
  const text = claimsMarkdown([contribution('scale'), contribution('rate')], directory);
  expect(text).toContain('\n| \\|x\\| \\< 1 | a \\* b\\_c d | holds in part |\n');
  expect(text).toContain('\n## About scale\n\nWhy scale?\n\n| claim |');
  expect(text).toContain('\n`npm run experiment -- scale --steps 3 --seed 1 --seeds 2`\n');
  writeResults(directory, 'start', { claims, command: 'npm start -- --seeds 5' });
  writeResults(directory, 'gradient', { claims });
  const others = claimsMarkdown([contribution('start'), contribution('gradient')], directory);
  expect(others).toMatch(/^`npm start -- --seeds 5`$[\s\S]*^`npm run experiment -- gradient`$/m);
  expect(text).toContain('## About rate\n\nWhy rate?\n\nNot run yet: `npm run experiment -- rate`\n');
});
