/**
 * @file Every example of a doc comment compiles, runs, and gives what the comments behind and right below its statements
 * claim: what a statement printed, else the error it threw, else its value. A comment that explains stands above the first
 * statement or after an empty line. Examples see what the packages export and the names of support/example-prelude.ts.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { compilerOptions, modules } from './support/compiler-options.ts';
import { agrees, claimsOf, type Example, examplesIn, moduleOf } from './support/doc-comment-examples.ts';
import { transpile, transpilePackages } from './support/transpile-packages.ts';

const root = join(__dirname, '..', '..', '..');
const support = join(__dirname, 'support');

const examples = [...examplesIn(root, 'packages/core/src'), ...examplesIn(root, 'packages/nn/src')];

/** What became of one example. */
interface Run {
  readonly outcomes: readonly string[];
  readonly error: string | null;
}

let folder: string;
let problems: Map<string, string[]>;
let withoutExample: string[];
let runs: readonly Run[];

const moduleName = (position: number): string => `example-${position}`;

/** The program that runs all examples, and puts what they change for everyone back behind each. */
const runner = (count: number): string => `
import { mkdirSync, writeFileSync } from 'node:fs';
import * as core from '@windfall/core';
import { Recorder } from './example-claims';
const backend = core.getBackend();
const threads = core.getThreads();
async function main() {
  const runs = [];
  mkdirSync('scratch');
  process.chdir('scratch');
  for (let position = 0; position < ${count}; position++) {
    core.manualSeed(1);
    const recorder = new Recorder();
    let error = null;
    try {
      await require('./example-' + position).example(recorder);
    } catch (thrown) {
      error = String(thrown);
    }
    // Asked again, a backend would forget its plans.
    if (core.getBackend() !== backend) core.setBackend(backend);
    core.setThreads(threads);
    core.setNonFiniteDetection(false);
    core.setFusedMultiplyAdd(true);
    runs.push({ outcomes: recorder.outcomes, error });
  }
  writeFileSync('../runs.json', JSON.stringify(runs));
}
void main();
`;

/** The symbols that a module exports, also those in namespaces: functional, init. */
function exportsOf(checker: ts.TypeChecker, module: ts.Symbol): ts.Symbol[] {
  const isType = (symbol: ts.Symbol): boolean =>
    symbol.declarations?.some(ts.isTypeOnlyExportDeclaration) ?? false;
  return checker
    .getExportsOfModule(module)
    .filter((symbol) => !isType(symbol))
    .map((symbol) => resolved(checker, symbol));
}

const resolved = (checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol =>
  (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);

function undocumented(checker: ts.TypeChecker, module: ts.Symbol): string[] {
  return exportsOf(checker, module).flatMap((symbol) => {
    if ((symbol.flags & ts.SymbolFlags.ValueModule) !== 0) return undocumented(checker, symbol);
    if ((symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class)) === 0) return [];
    return symbol.getJsDocTags(checker).some(({ name }) => name === 'example') ? [] : symbol.name;
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'windfall-doc-comments-'));
  transpilePackages(folder);
  const packages = ts.createProgram(Object.values(modules), compilerOptions);
  const checker = packages.getTypeChecker();
  const symbols = Object.entries(modules).map(
    ([name, path]) => [name, checker.getSymbolAtLocation(packages.getSourceFile(path)!)!] as const,
  );
  withoutExample = [...new Set(symbols.flatMap(([, symbol]) => undocumented(checker, symbol)))];
  const names = symbols.map(
    ([name, symbol]) => [name, checker.getExportsOfModule(symbol).map((one) => one.name)] as const,
  );
  const preludeNames = [
    ...readFileSync(join(support, 'example-prelude.ts'), 'utf8').matchAll(/readonly (\w+): /g),
  ].map(([, name]) => name!);

  const write = (name: string, text: string): string => {
    const path = join(folder, `${name}.ts`);
    writeFileSync(path, text);
    writeFileSync(join(folder, `${name}.js`), transpile(text, path));
    return path;
  };
  for (const name of ['example-prelude', 'example-claims'])
    write(name, readFileSync(join(support, `${name}.ts`), 'utf8'));
  const files = examples.map(({ place, code }, position) => {
    // Files for Node only see its own functions first.
    const seen = new Map(place.includes('/src/node/') ? [...names].reverse() : names);
    return write(moduleName(position), moduleOf(code, seen, preludeNames));
  });
  write('run', runner(examples.length));
  // They run while they are checked.
  const running = promisify(execFile)(process.execPath, [join(folder, 'run.js')], { cwd: folder });
  const program = ts.createProgram(files, compilerOptions, undefined, packages);
  problems = new Map(
    files.map((file) => {
      const source = program.getSourceFile(file)!;
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return [
        basename(file, '.ts'),
        found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
      ];
    }),
  );
  await running;
  runs = JSON.parse(readFileSync(join(folder, 'runs.json'), 'utf8')) as Run[];
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test.each(examples.map((example, position): [string, Example, number] => [example.place, example, position]))(
  '%s',
  (_place, { code }, position) => {
    expect(problems.get(moduleName(position))).toEqual([]);
    const { outcomes, error } = runs[position]!;
    expect(error).toBeNull();
    const claims = claimsOf(code);
    expect(claims.map((claim, k) => (agrees(outcomes[k]!, claim) ? claim : outcomes[k]))).toEqual(claims);
  },
);

test('every function and class that the packages export has an example', () => {
  expect(withoutExample).toEqual([]);
});

test.each([
  ['[1, 2]', '[1, 2]', true],
  ['[1, 2]', '[1, 3]', false],
  ['0.6931471805599453', '0.6931…', true],
  ['0.7', '0.6931…', false],
  ['0.6931471805599453', '0.6931… (ln 2)', true],
  ['[0.99999, -1]', '≈ [1, -1]', true],
  ['[0.99, -1]', '≈ [1, -1]', false],
  ['[1, -1, 0]', '≈ [1, -1]', false],
  ['f(x)', 'f.x.', false],
  ['undefined', 'the first layer', false],
])('%s against the claim %s: %p', (outcome, claim, expected) => {
  expect(agrees(outcome, claim)).toBe(expected);
});

test('claims stand behind and right below statements, explanations above the first or after an empty line', () => {
  const code = `// To begin with:
f(1); // 1
g(2);
// 2
// and 3

// At last:
h(() => {
  i(); // not a statement of the example
});`;
  expect(claimsOf(code)).toEqual(['1', '2\nand 3']);
});
