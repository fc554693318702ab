/**
 * @file A project outside of the workspace that installs the tarballs as anybody would, is type-checked in every way that
 * TypeScript resolves modules, and computes what the workspace does.
 */
import { cpSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';
import { prove, runNode } from './run.ts';
import { type Packed, root } from './tarballs.ts';

const proof = join(root, 'packages', 'proof');

/** Loaded before a program: has it count its workers. */
const countWorkers = './count-workers.mjs';

/** Makes the project in a folder; npm is to look for nothing anywhere else. */
export function makeFreshProject(folder: string, packages: readonly Packed[]): void {
  cpSync(join(proof, 'fresh'), folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'fresh', private: true, type: 'module' }),
  );
  // npm is a script where there is a shell, and a shell's command elsewhere; the tarballs' names go by the environment.
  const names = packages.map(({ tarball }) => `"${tarball}"`).join(' ');
  const command = `npm install --offline --ignore-scripts --no-audit --no-fund --loglevel=error ${names}`;
  const { status, stderr } = spawnSync(command, { cwd: folder, shell: true, encoding: 'utf8' });
  prove(status === 0, () => `${command}\n${stderr}`);
}

/** Type-checks with a configuration of the project's, and writes what it has written. */
export function typeCheck(folder: string, configuration: string): void {
  const path = join(folder, `tsconfig.${configuration}.json`);
  const { options, fileNames } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(path, (file) => ts.sys.readFile(file)).config,
    ts.sys,
    folder,
    // Node's types are the only thing that the project does not install.
    { typeRoots: [join(proof, 'node_modules', '@types')] },
    path,
  );
  const program = ts.createProgram(fileNames, options);
  const { diagnostics } = program.emit();
  const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  const host = {
    getCanonicalFileName: (name: string) => name,
    getCurrentDirectory: () => folder,
    getNewLine: () => '\n',
  };
  prove(problems.length === 0, () => `types, ${configuration}:\n${ts.formatDiagnostics(problems, host)}`);
}

/** What the project's training prints in the workspace, from the sources. */
export async function trainInWorkspace(scratch: string): Promise<string> {
  // They are only put together, because that takes a second where translating file by file takes many.
  const outfile = join(scratch, 'workspace.cjs');
  const entryPoints = [join(proof, 'fresh', 'main.ts')];
  await build({ entryPoints, outfile, bundle: true, format: 'cjs', platform: 'node', logLevel: 'silent' });
  return runNode(['--import', countWorkers, outfile], join(proof, 'fresh'));
}

/** Runs one of the project's programs that trains; it must print what the workspace's does, with workers. */
export function trainLike(expected: string, folder: string, program: string, ...options: string[]): void {
  const printed = runNode(['--import', countWorkers, ...options, program], folder);
  prove(printed === expected, () => `${program} printed\n${printed}and not\n${expected}`);
  prove(/^workers [1-9]/m.test(printed), () => `${program} started no worker:\n${printed}`);
}
