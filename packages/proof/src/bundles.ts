/**
 * @file Bundles of the fresh project's programs for browsers, by bundlers with the settings that they have by themselves.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build as buildByEsbuild, type OutputFile } from 'esbuild';
import { prove } from './run.ts';

/** Throws if a bundle would have a browser load what only Node has. */
function checkRunsInBrowsers(bundler: string, code: string): void {
  const left =
    /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)["'`](?:node:[^"'`]*)["'`]|__vite-browser-external/.exec(
      code,
    );
  prove(left === null, () => `${bundler} left what browsers lack: ${left![0]}`);
}

/** A minified bundle of one of the project's programs, and its code. */
export async function bundleByEsbuild(project: string, program: string): Promise<OutputFile> {
  const { outputFiles, warnings } = await buildByEsbuild({
    absWorkingDir: project,
    entryPoints: [program],
    outdir: 'bundles/esbuild',
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
    write: false,
  });
  prove(warnings.length === 0, () => `esbuild: ${warnings.map(({ text }) => text).join('\n')}`);
  const [bundle] = outputFiles;
  prove(bundle !== undefined, () => `esbuild made nothing of ${program}`);
  checkRunsInBrowsers('esbuild', bundle.text);
  return bundle;
}

/** Builds the project's page with Vite; gives its script. */
export async function bundleByVite(project: string): Promise<string> {
  const { build, createLogger } = await import('vite');
  const warnings: string[] = [];
  const logger = createLogger('silent');
  logger.warn = logger.warnOnce = (message) => warnings.push(message);
  await build({
    root: project,
    configFile: false,
    customLogger: logger,
    logLevel: 'warn',
    build: { outDir: 'bundles/vite' },
  });
  prove(warnings.length === 0, () => `vite: ${warnings.join('\n')}`);
  const assets = join(project, 'bundles', 'vite', 'assets');
  const scripts = readdirSync(assets).filter((file) => file.endsWith('.js'));
  prove(scripts.length === 1, () => `vite made ${scripts.join(', ')}`);
  checkRunsInBrowsers('vite', readFileSync(join(assets, scripts[0]!), 'utf8'));
  return join('bundles', 'vite', 'assets', scripts[0]!);
}

/** Bundles a program with webpack; gives the path of the bundle. */
export async function bundleByWebpack(project: string, program: string): Promise<string> {
  const { default: webpack } = await import('webpack');
  const stats = await new Promise<import('webpack').Stats | undefined>((resolve, reject) => {
    webpack(
      {
        context: project,
        mode: 'production',
        entry: program,
        output: { path: join(project, 'bundles', 'webpack') },
        // Advice on sizes, which have their own budget.
        performance: { hints: false },
      },
      (error, result) => (error === null ? resolve(result) : reject(error)),
    );
  });
  prove(
    stats?.hasErrors() === false && !stats.hasWarnings(),
    () => `webpack: ${stats?.toString('errors-warnings')}`,
  );
  checkRunsInBrowsers('webpack', readFileSync(join(project, 'bundles', 'webpack', 'main.js'), 'utf8'));
  return join('bundles', 'webpack', 'main.js');
}
