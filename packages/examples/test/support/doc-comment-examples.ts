/**
 * @file The examples of doc comments: where they stand, what they claim, and each as a module that can be checked and run.
 * It knows the comments' form, not what any example is about.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export interface Example {
  /** File and line. */
  readonly place: string;
  readonly code: string;
}

/** All examples below a folder. */
export function examplesIn(root: string, folder: string): Example[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .flatMap((file) => {
      const path = join(folder, file);
      return examplesOf(readFileSync(join(root, path), 'utf8')).map(({ line, code }) => ({
        place: `${path}:${line}`,
        code,
      }));
    });
}

function examplesOf(source: string): { line: number; code: string }[] {
  return [...source.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(({ 0: comment, index }) => {
    const first = source.slice(0, index).split('\n').length;
    const lines = comment
      .slice(3, -2)
      .split('\n')
      .map((line) => line.replace(/^\s*\* ?/, '').trimEnd());
    return lines.flatMap((line, position) => {
      if (!line.trimStart().startsWith('@example')) return [];
      const end = lines.findIndex((other, k) => k > position && other.trimStart().startsWith('@'));
      const body = lines.slice(position + 1, end < 0 ? undefined : end);
      const code = [line.trimStart().replace(/^@example ?/, ''), ...body].join('\n');
      return [{ line: first + position, code: code.trim() }];
    });
  });
}

interface Statement {
  readonly start: number;
  readonly end: number;
  /** What the comments behind and right below say that it gives; null if there are none. */
  readonly claim: string | null;
  readonly isExpression: boolean;
}

function statementsOf(code: string): Statement[] {
  const file = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true);
  return file.statements.map((statement, k) => {
    const end = statement.getEnd();
    const [behind, ...below] = code.slice(end, file.statements[k + 1]?.getStart()).split('\n');
    const gap = below.findIndex((line) => !line.startsWith('//'));
    const comments = [behind!, ...below.slice(0, gap < 0 ? undefined : gap)]
      .map((line) => /^\s*\/\/ ?(.*)$/.exec(line)?.[1])
      .filter((line) => line !== undefined);
    return {
      start: statement.getStart(),
      end,
      claim: comments.length > 0 ? comments.join('\n') : null,
      isExpression: ts.isExpressionStatement(statement),
    };
  });
}

/** What an example claims, in its order. */
export function claimsOf(code: string): string[] {
  return statementsOf(code).flatMap(({ claim }) => claim ?? []);
}

/** The identifiers of an example. */
function namesIn(code: string): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true));
  return names;
}

/**
 * An example as the text of a module that exports `example(recorder)`.
 * @param exports what the example may import, by the modules' names; of equal names the first counts
 * @param prelude what it may use without importing it
 */
export function moduleOf(
  code: string,
  exports: ReadonlyMap<string, readonly string[]>,
  prelude: readonly string[],
): string {
  const names = namesIn(code);
  const imported = new Set<string>();
  const imports = [...exports].map(([module, exported]) => {
    const used = exported.filter((name) => names.has(name) && !imported.has(name));
    for (const name of used) imported.add(name);
    return used.length > 0 ? `import { ${used.join(', ')} } from '${module}';\n` : '';
  });
  let number = 0;
  const body = statementsOf(code).map(({ start, end, claim, isExpression }) => {
    const text = code.slice(start, end);
    // A declaration must stay where its names are seen; it has no value to compare.
    const run = `async () => (${isExpression ? text.replace(/;$/, '') : 'undefined'})`;
    if (claim === null) return isExpression ? `await recorder.run(${run});` : text;
    const record = `await recorder.record(${number++}, ${run});`;
    return ['recorder.begin();', isExpression ? '' : text, record].join('\n');
  });
  const borrowed = prelude.filter((name) => names.has(name));
  return `${imports.join('')}import { prelude } from './example-prelude';
import type { Recorder } from './example-claims';
export async function example(recorder: Recorder): Promise<void> {
  ${borrowed.length > 0 ? `const { ${borrowed.join(', ')} } = prelude();` : ''}
  {
${body.join('\n')}
  }
}
`;
}

const number = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g;

/**
 * Whether a statement gave what a comment claims: the same text, where … stands for any text, and numbers behind ≈ need
 * agree to within 10⁻⁴ only. Words in parentheses at the end explain a value and are no part of it.
 */
export function agrees(outcome: string, claim: string): boolean {
  if (claim.startsWith('≈ ')) {
    const [expected, actual] = [claim.slice(2).replace(/ \(.*\)$/, ''), outcome];
    const close = [...expected.matchAll(number)].every(
      ([value], k) => Math.abs(Number(value) - Number([...actual.matchAll(number)][k]?.[0])) <= 1e-4,
    );
    return close && expected.replaceAll(number, '#') === actual.replaceAll(number, '#');
  }
  return [claim, claim.replace(/ \([^()]*\)$/, '')].some((text) => {
    const pattern = text.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${pattern.join('[\\s\\S]*?')}$`).test(outcome.trimEnd());
  });
}
