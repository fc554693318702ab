/**
 * @file Whether editors show documentation for everything that a package exports, and for every method of its tensors, whose
 * types are mapped from functions.
 */
import { join } from 'node:path';
import ts from 'typescript';
import { prove } from './run.ts';

/** Public for the language, but not for users. */
const isInternal = (symbol: ts.Symbol): boolean =>
  symbol.getJsDocTags().some(({ name }) => name === 'internal');

/** A module as a value: its file says what it is. */
const isNamespace = (symbol: ts.Symbol): boolean => (symbol.flags & ts.SymbolFlags.ValueModule) !== 0;

/** The exports of a package's declarations that have no documentation, and the methods of Tensor that have none. */
export function checkDocumented(name: string, project: string): string {
  const entry = join(project, 'node_modules', name, 'dist', 'index.d.ts');
  const program = ts.createProgram([entry], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
  });
  const checker = program.getTypeChecker();
  const symbolsOf = (path: string): ts.Symbol[] =>
    checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(path)!)!);
  const named = symbolsOf(entry).map((symbol): [string, ts.Symbol] => [
    symbol.name,
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
  ]);
  const tensor = named.find(([exported]) => exported === 'Tensor')?.[1];
  const members =
    tensor === undefined ? [] : checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(tensor));
  const all = [
    ...named,
    ...members
      .filter((member) => !member.name.startsWith('#') && !isInternal(member))
      .map((member): [string, ts.Symbol] => [`Tensor.${member.name}`, member]),
  ];
  const bare = all.filter(
    ([, symbol]) => !isNamespace(symbol) && symbol.getDocumentationComment(checker).length === 0,
  );
  prove(bare.length === 0, () => `${name} has no documentation of ${bare.map(([what]) => what).join(', ')}`);
  return `${all.length} names`;
}
