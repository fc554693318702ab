/**
 * @file The workspace's packages as plain JavaScript in a folder of their own, so that many small programs can start with
 * them at once instead of each translating them again.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { translate, transpile as translateOnce } from '../../../../.config/transpile.cjs';

const root = join(__dirname, '..', '..', '..', '..');

const options = { rewriteRelativeImportExtensions: true };

/**
 * TypeScript as CommonJS, types unchecked.
 * @param fileName by which the code might import itself; without one it would be taken for a module.ts beside it
 */
export function transpile(code: string, fileName = 'program.ts'): string {
  return translate(code, fileName, options);
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string>>;
}

/** Has programs in a folder find core and nn. */
export function transpilePackages(folder: string): void {
  for (const directory of ['core', 'nn']) {
    const source = join(root, 'packages', directory);
    const { name, exports } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Manifest;
    const target = join(folder, 'node_modules', name);
    const files = readdirSync(join(source, 'src'), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((path) => path.endsWith('.ts'))) {
      const path = join(target, file.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(
        path,
        translateOnce(readFileSync(join(source, 'src', file), 'utf8'), join(source, 'src', file), options),
      );
    }
    const entries = Object.entries(exports).map(([subpath, file]) => [
      subpath,
      file.replace('./src/', './').replace(/\.ts$/, '.js'),
    ]);
    writeFileSync(
      join(target, 'package.json'),
      JSON.stringify({ name, exports: Object.fromEntries(entries) }),
    );
  }
}
