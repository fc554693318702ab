/**
 * @file Proves that core and nn are fit to publish, on the tarballs that publishing would send: what is in them, what the
 * tools say that others rely on, and that a project outside of the workspace and bundles for browsers compute the same bits
 * as the workspace. `--write` writes the sizes into docs/sizes.md.
 *
 * It is a script of its own and no test: bundlers do not load inside jest, and its steps build upon each other.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bundleByEsbuild, bundleByVite, bundleByWebpack } from './bundles.ts';
import { checkNoAny } from './exported-any.ts';
import { checkDocumented } from './exported-documentation.ts';
import { makeFreshProject, trainInWorkspace, trainLike, typeCheck } from './fresh-project.ts';
import { ProofError } from './run.ts';
import { checkSideEffects } from './side-effects.ts';
import { checkSizes } from './sizes.ts';
import { checkContents, lint, pack } from './tarballs.ts';

async function step<T>(title: string, act: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await act();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(
    `${title.padEnd(44)} ${seconds.padStart(5)} s${typeof result === 'string' ? `  ${result.trim()}` : ''}`,
  );
  return result;
}

async function proveAll(scratch: string, write: boolean): Promise<void> {
  const tarballs = join(scratch, 'tarballs');
  const project = join(scratch, 'fresh');
  mkdirSync(tarballs);
  const packages = await step('pack', () => pack(tarballs));
  await step('install into a fresh project', () => makeFreshProject(project, packages));
  for (const one of packages) {
    await step(`${one.name}: contents`, () => checkContents(one, project));
    await step(`${one.name}: side effects`, () => checkSideEffects(one));
    await step(`${one.name}: no any`, () => checkNoAny(one, project));
    await step(`${one.name}: documentation`, () => checkDocumented(one.name, project));
    await step(`${one.name}: publint, are the types wrong`, async () => lint(one));
  }
  for (const configuration of ['node16', 'nodenext', 'bundler', 'bare']) {
    await step(`types: ${configuration}`, () => typeCheck(project, configuration));
  }

  const expected = await trainInWorkspace(scratch);
  console.log(expected.trimEnd());
  const trains = async (title: string, program: string, ...options: string[]): Promise<void> =>
    step(`same bits: ${title}`, () => trainLike(expected, project, program, ...options));
  await trains('fresh project', 'built/main.js');
  await trains('fresh project, by require', 'built/required.cjs');

  const byEsbuild = await step('bundle: esbuild', async () => bundleByEsbuild(project, 'built/main.js'));
  mkdirSync(dirname(byEsbuild.path), { recursive: true });
  writeFileSync(byEsbuild.path, byEsbuild.contents);
  await trains('esbuild', byEsbuild.path);
  await trains(
    'webpack',
    await step('bundle: webpack', async () => bundleByWebpack(project, './built/main.js')),
  );
  const page = await step('bundle: vite', async () => bundleByVite(project));
  await trains('vite', page, '--import', './page.mjs');

  await step('sizes', async () => checkSizes(project, { write }));
}

async function main(): Promise<void> {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'windfall-packages-')));
  try {
    await step('all', async () => proveAll(scratch, process.argv.includes('--write')));
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

void main();
