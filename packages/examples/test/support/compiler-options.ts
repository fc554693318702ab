/**
 * @file How the examples of comments and of pages are type-checked: as strictly as the packages, which they see by name.
 */
import { join } from 'node:path';
import ts from 'typescript';

const root = join(__dirname, '..', '..', '..', '..');

/** What an example can import, and where that is. */
export const modules = {
  '@windfall/core': join(root, 'packages/core/src/index.ts'),
  '@windfall/nn': join(root, 'packages/nn/src/index.ts'),
  '@windfall/nn/node': join(root, 'packages/nn/src/node/index.ts'),
};

/** What the packages themselves import besides. */
const extension = { '@windfall/core/extension': join(root, 'packages/core/src/extension.ts') };

export const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  typeRoots: [join(root, 'node_modules/@types')],
  types: ['node'],
  paths: Object.fromEntries(
    Object.entries({ ...modules, ...extension }).map(([name, path]) => [name, [path]]),
  ),
};
