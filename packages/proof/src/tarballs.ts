/**
 * @file The tarballs that would be published, and what they hold.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { prove, runNode } from './run.ts';

export const root = join(__dirname, '..', '..', '..');

export interface Packed {
  /** The package's folder under packages/. */
  readonly folder: string;
  readonly name: string;
  readonly tarball: string;
}

/** Packs both packages into a folder. */
export function pack(into: string): Packed[] {
  runNode([join(root, '.config', 'pack.mjs'), into], root);
  const tarballs = readdirSync(into);
  return ['core', 'nn'].map((folder) => {
    const tarball = tarballs.find((file) => file.startsWith(`windfall-${folder}-`));
    prove(tarball !== undefined, () => `pnpm packed no ${folder}: ${tarballs.join(', ')}`);
    return { folder, name: `@windfall/${folder}`, tarball: join(into, tarball) };
  });
}

function filesBelow(folder: string, suffix: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length))
    .sort();
}

/** Everything that an installed package must and must not have. */
export function checkContents({ folder, name }: Packed, project: string): string {
  const installed = join(project, 'node_modules', name);
  for (const file of ['LICENSE', 'README.md', 'CHANGELOG.md']) {
    prove(existsSync(join(installed, file)), () => `${name} comes without ${file}`);
  }
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  const dependencies = Object.entries(manifest.dependencies ?? {});
  prove(
    dependencies.every(
      ([dependency, range]) => folder !== 'core' && dependency === '@windfall/core' && /^\^\d/.test(range),
    ),
    () =>
      `${name} depends on ${dependencies.map(([dependency, range]) => `${dependency} ${range}`).join(', ')}`,
  );

  // A file that was deleted stays in dist until somebody cleans it, and would be published.
  const sources = filesBelow(join(root, 'packages', folder, 'src'), '.ts').filter(
    (file) => !file.endsWith('.d'),
  );
  const dist = join(installed, 'dist');
  for (const suffix of ['.js', '.js.map', '.d.ts', '.d.ts.map']) {
    const built = filesBelow(dist, suffix);
    const missing = sources.filter((file) => !built.includes(file));
    const stale = built.filter((file) => !sources.includes(file));
    prove(
      missing.length === 0,
      () => `${name} lacks ${missing.map((file) => `dist/${file}${suffix}`).join(', ')}`,
    );
    prove(
      stale.length === 0,
      () => `${name} has without source ${stale.map((file) => `dist/${file}${suffix}`).join(', ')}`,
    );
  }
  for (const map of readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.map'),
  )) {
    const path = join(dist, map);
    const { sources: named } = JSON.parse(readFileSync(path, 'utf8')) as { sources: string[] };
    for (const source of named) {
      prove(existsSync(join(path, '..', source)), () => `${name}: dist/${map} leads to no file: ${source}`);
    }
  }
  return `${sources.length} modules`;
}

/** What publint and @arethetypeswrong/cli say of a tarball: nothing. */
export async function lint({ name, tarball }: Packed): Promise<void> {
  const bytes = new Uint8Array(readFileSync(tarball));
  const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer }, strict: true });
  prove(messages.length === 0, () =>
    [`publint of ${name}`, ...messages.map((message) => formatMessage(message, pkg) ?? message.code)].join(
      '\n',
    ),
  );
  // The packages are ES modules only, which Node loads by `require`, too, from 20.19 on, and older ones are excluded by
  // `engines`. The profile leaves out what this gives up: resolution as before there were `exports`, and an older require.
  const attw = require
    .resolve('@arethetypeswrong/cli/package.json')
    .replace(/package\.json$/, 'dist/index.js');
  runNode([attw, tarball, '--profile', 'esm-only', '--no-color', '--format', 'ascii'], root);
}
