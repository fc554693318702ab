/**
 * @file Whether `sideEffects` in a package.json names exactly the modules that do something when they are loaded: bundlers
 * leave out the others where nothing of them is used.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { prove } from './run.ts';
import { type Packed, root } from './tarballs.ts';

/**
 * Whether a statement at the top of a module is more than a declaration or a named import. The value of a variable counts as
 * no effect, although it may be computed: the functions that compute tables here are pure.
 */
function hasEffect(statement: ts.Statement): boolean {
  if (ts.isImportDeclaration(statement)) return statement.importClause === undefined;
  if (ts.isClassDeclaration(statement)) return statement.members.some(ts.isClassStaticBlockDeclaration);
  return !(
    ts.isExportDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isVariableStatement(statement)
  );
}

export function checkSideEffects({ folder, name }: Packed): string {
  const directory = join(root, 'packages', folder);
  const { sideEffects } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
    sideEffects: false | string[];
  };
  const sources = readdirSync(join(directory, 'src'), { recursive: true, encoding: 'utf8' });
  const effective = sources
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => {
      const text = readFileSync(join(directory, 'src', file), 'utf8');
      return ts.createSourceFile(file, text, ts.ScriptTarget.Latest).statements.some(hasEffect);
    });
  const expected = [
    ...effective.map((file) => `./src/${file}`),
    ...effective.map((file) => `./dist/${file.replace(/\.ts$/, '.js')}`),
  ].sort();
  const named = (sideEffects === false ? [] : [...sideEffects]).sort();
  prove(
    named.join('\n') === expected.join('\n'),
    () => `sideEffects of ${name} should name\n${expected.join('\n')}\nand names\n${named.join('\n')}`,
  );
  return `${effective.length} of ${sources.length} modules have any`;
}
