/**
 * @file Every TypeScript block of the documentation is rightly typed, runs, and prints what stands beside it: in comments
 * behind and below its console.log calls, or in the text blocks that follow it. And every link leads somewhere.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { compilerOptions } from './support/compiler-options.ts';
import { transpile, transpilePackages } from './support/transpile-packages.ts';

const root = join(__dirname, '..', '..', '..');

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'packages/core/README.md',
  'packages/nn/README.md',
  ...['docs', 'docs/guide'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
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

/** A block and those that continue it, marked `ts continued`, are one program. */
function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), 'utf8');
  const programs: { pieces: { code: string; printed: string[] }[] }[] = [];
  for (const [, language, body] of text.matchAll(/```(ts|ts continued|text)\n([\s\S]*?)```/g)) {
    const content = body!.trimEnd();
    if (language === 'ts') programs.push({ pieces: [] });
    const pieces = programs.at(-1)?.pieces ?? [];
    if (language !== 'text') pieces.push({ code: content, printed: [] });
    else pieces.at(-1)?.printed.push(content);
  }
  return programs.map(({ pieces }, number) => ({
    title: `${page}, block ${number + 1}`,
    code: pieces.map(({ code }) => code).join('\n'),
    output: pieces
      .map(({ code, printed }) => (printed.length > 0 ? printed.join('\n') : commentedOutput(code)))
      .filter((output) => output !== '')
      .join('\n'),
  }));
}

/** The code with imports from a folder: what pages import from the sources of core, as seen from docs/. */
const importingFrom = (folder: string, code: string): string =>
  code.replaceAll(/(?<= from ')\.\.\/packages\/core\/src\//g, folder);

const blocks = pages.flatMap(blocksOf);

/** What stands for a heading in a link, as GitHub has it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const withoutCode = (page: string): string =>
  readFileSync(join(root, page), 'utf8').replaceAll(/```[\s\S]*?```/g, '');

function anchorsOf(page: string): string[] {
  return [...withoutCode(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!));
}

/** The links of a page, within the repository, that lead nowhere. */
function brokenLinks(page: string): string[] {
  const links = [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
  return links.filter((link) => {
    const [path, anchor] = link.split('#') as [string, string?];
    if (/^https?:/.test(link)) return false;
    const target = path === '' ? page : join(dirname(page), path);
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
}

test('there are blocks to run', () => {
  expect(blocks.length).toBeGreaterThan(10);
});

test.each(pages)('every link of %s leads somewhere', (page) => {
  expect(brokenLinks(page)).toEqual([]);
});

let folder: string;
let problems: Map<string, string[]>;

const fileOf = ({ title }: Block): string => join(folder, `${title.replaceAll(/\W+/g, '-')}.ts`);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'windfall-documentation-'));
  transpilePackages(folder);
  for (const block of blocks)
    writeFileSync(fileOf(block), importingFrom(join(root, 'packages/core/src/'), block.code));
  const program = ts.createProgram(blocks.map(fileOf), compilerOptions);
  problems = new Map(
    blocks.map((block) => {
      const source = program.getSourceFile(fileOf(block))!;
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      const texts = found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
      return [block.title, texts];
    }),
  );
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test.each(blocks)('$title', (block) => {
  expect(problems.get(block.title)).toEqual([]);
  const program = fileOf(block).replace(/ts$/, 'js');
  writeFileSync(program, transpile(importingFrom('./node_modules/@windfall/core/', block.code)));
  const run = spawnSync(process.execPath, [program], { cwd: folder, encoding: 'utf8' });
  expect((run.stdout + run.stderr).trimEnd()).toBe(block.output);
});
