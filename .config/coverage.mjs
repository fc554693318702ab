// Says how many lines of core and nn the tests run, and which they do not, from what `jest --coverage` recorded. Only lines
// on which a statement begins count: V8 calls comments and types covered, too, which would flatter the figure.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The least share of lines that each package's tests run. */
const least = 0.95;

/** Statements that leave nothing to run. */
const isType = (node) =>
  ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isImportDeclaration(node);

/** The numbers of the lines on which a statement begins, or a value of a table. */
function linesThatRun(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const lines = new Set();
  const visit = (node) => {
    if (isType(node)) return;
    if ((ts.isStatement(node) && !ts.isBlock(node)) || ts.isPropertyAssignment(node)) {
      lines.add(source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...lines].sort((a, b) => a - b);
}

/** 3, 4, 5, 9 as '3–5, 9'. */
function ranges(numbers) {
  const found = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}

const recorded = JSON.parse(readFileSync(`${root}/coverage/coverage-final.json`, 'utf8'));
for (const name of ['core', 'nn']) {
  let all = 0;
  let missed = 0;
  const list = [];
  for (const [file, { statementMap, s }] of Object.entries(recorded)) {
    const path = relative(root, file).replaceAll('\\', '/');
    if (!path.startsWith(`packages/${name}/src/`)) continue;
    const idle = new Set(
      Object.entries(statementMap).flatMap(([key, { start }]) => (s[key] === 0 ? [start.line] : [])),
    );
    const lines = linesThatRun(file);
    const idleLines = lines.filter((line) => idle.has(line));
    all += lines.length;
    missed += idleLines.length;
    if (idleLines.length > 0) list.push(`  ${path}: ${ranges(idleLines)}`);
  }
  const share = 1 - missed / all;
  console.log(`${name}: tests run ${(100 * share).toFixed(1)} % of ${all} lines, not these ${missed}:`);
  console.log(list.join('\n'));
  if (share < least) process.exitCode = 1;
}
