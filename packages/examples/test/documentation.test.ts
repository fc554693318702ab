/**
 * @file Every TypeScript block of the documentation runs and prints what stands beside it: in comments behind and below
 * its console.log calls, or in the text blocks that follow it.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transpile, transpilePackages } from './support/transpile-packages.ts';

const root = join(__dirname, '..', '..', '..');

const pages = [
  'README.md',
  'packages/core/README.md',
  'packages/nn/README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

interface Block {
  readonly title: string;
  readonly code: string;
  readonly output: string;
}

/** What comments say that a block prints. */
function commentedOutput(code: string): string {
  const output: string[] = [];
  let follows = false;
  for (const line of code.split('\n')) {
    const below = /^\s*\/\/ (.*)$/.exec(line)?.[1];
    if (below !== undefined && follows) output.push(below);
    else follows = line.includes('console.log(');
    const behind = follows ? /\); \/\/ (.*)$/.exec(line)?.[1] : undefined;
    if (behind !== undefined) output.push(behind);
  }
  return output.join('\n');
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), 'utf8');
  const parts = [...text.matchAll(/```(ts|text)\n([\s\S]*?)```/g)].map(([, language, body]) => ({
    language,
    body: body!.trimEnd(),
  }));
  return parts.flatMap(({ language, body }, position) => {
    if (language !== 'ts') return [];
    const next = parts.findIndex((part, k) => k > position && part.language === 'ts');
    const printed = parts.slice(position + 1, next < 0 ? undefined : next).map((part) => part.body);
    const output = printed.length > 0 ? printed.join('\n') : commentedOutput(body);
    const number = parts.slice(0, position + 1).filter((part) => part.language === 'ts').length;
    return [{ title: `${page}, block ${number}`, code: body, output }];
  });
}

const blocks = pages.flatMap(blocksOf);

test('there are blocks to run', () => {
  expect(blocks.length).toBeGreaterThan(10);
});

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'windfall-documentation-'));
  transpilePackages(folder);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test.each(blocks)('$title', ({ title, code, output }) => {
  const program = join(folder, `${title.replaceAll(/\W+/g, '-')}.js`);
  writeFileSync(program, transpile(code));
  const run = spawnSync(process.execPath, [program], { cwd: folder, encoding: 'utf8' });
  expect((run.stdout + run.stderr).trimEnd()).toBe(output);
});
