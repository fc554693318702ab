/**
 * @file Whether a declaration that a package exports says `any`, which would switch its users' type checking off.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { prove } from './run.ts';
import type { Packed } from './tarballs.ts';

function anysOf(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push(`${file}:${line + 1}: ${text.split('\n')[line]!.trim()}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Looks through all declaration files of an installed package; says how many. */
export function checkNoAny({ name }: Packed, project: string): string {
  const dist = join(project, 'node_modules', name, 'dist');
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.d.ts'),
  );
  const found = files.flatMap((file) =>
    anysOf(`${name}/dist/${file}`, readFileSync(join(dist, file), 'utf8')),
  );
  prove(found.length === 0, () => `any is exported:\n${found.join('\n')}`);
  return `${files.length} declaration files`;
}
