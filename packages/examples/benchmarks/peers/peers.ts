/**
 * @file The libraries that users could pick instead: installs those that npm has outside this repository's own
 * dependencies, looks for the one that Python has, and says how each is started.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchmarkKey } from '../benchmarks.ts';
import type { Launch } from '../competitor-process.ts';
import { inNode } from '../competitors.ts';

const directory = join(__dirname, '..', '..', '..', '..', 'node_modules', '.cache', 'benchmark-peers');
const wanted = join(__dirname, 'package.json');

/** A competitor that cannot take part, and why. */
export interface Missing {
  readonly name: string;
  readonly reason: string;
}

/** Everything else takes it seconds for each step. */
const bearable: readonly BenchmarkKey[] = ['mlp-step', 'tiny-graph'];

type Versions = Readonly<Record<'@jax-js/jax' | '@tensorflow/tfjs', string>>;

function versions(): Versions {
  return (JSON.parse(readFileSync(wanted, 'utf8')) as { dependencies: Versions }).dependencies;
}

/** Installs what package.json pins, unless it is there. Returns the reason if that fails. */
function install(): string | null {
  const installed = join(directory, 'installed.json');
  try {
    if (readFileSync(installed, 'utf8') === readFileSync(wanted, 'utf8')) return null;
  } catch {
    // Not installed yet.
  }
  mkdirSync(directory, { recursive: true });
  copyFileSync(wanted, join(directory, 'package.json'));
  console.error(`installing peers into ${directory} (300 MB)`);
  const command = 'npm install --ignore-scripts --no-package-lock --no-audit --no-fund --loglevel=error';
  const { status } = spawnSync(command, { cwd: directory, shell: true, stdio: ['ignore', 2, 2] });
  if (status !== 0) return `npm install failed in ${directory}`;
  // Last, so that an installation that was interrupted does not count.
  copyFileSync(wanted, installed);
  return null;
}

function hasAvx512(): boolean {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8').includes('avx512f');
  } catch {
    return false;
  }
}

/**
 * PyTorch at its best: the widest instructions in its own kernels and in OpenBLAS, which does not recognize all processors
 * by itself, and an allocator that keeps memory instead of returning it to the system and faulting it in again.
 */
function pytorchEnvironment(): Record<string, string> {
  const memory = {
    MALLOC_MMAP_THRESHOLD_: '33554432',
    MALLOC_TRIM_THRESHOLD_: '4294967296',
    MALLOC_TOP_PAD_: '268435456',
  };
  return hasAvx512() ? { ...memory, OPENBLAS_CORETYPE: 'SkylakeX', ATEN_CPU_CAPABILITY: 'avx512' } : memory;
}

/** Where PyTorch also runs with the channels of a pixel next to each other, which it says is faster. */
const imageBenchmarks: readonly BenchmarkKey[] = ['cnn-step', 'batch-norm-2d'];

function pytorch(): (Launch | Missing)[] {
  const environment = { OMP_NUM_THREADS: '1', ...pytorchEnvironment() };
  const python = ['python3', '/usr/bin/python3'].find(
    (program) =>
      spawnSync(program, ['-c', 'import torch'], { env: { ...process.env, ...environment } }).status === 0,
  );
  const name = 'PyTorch';
  if (python === undefined) return [{ name, reason: 'python3 has no module torch' }];
  const script = join(__dirname, 'pytorch.py');
  return [
    { name, command: [python, script], environment },
    {
      name: 'PyTorch NHWC',
      command: [python, script, 'channels-last'],
      environment,
      only: imageBenchmarks,
    },
  ];
}

/** All peers. */
export function findPeers(): (Launch | Missing)[] {
  const failure = install();
  const { '@jax-js/jax': jax, '@tensorflow/tfjs': tfjs } = versions();
  const [jaxModule, tfjsModule] = ['jax-js', 'tfjs'].map((name) => `./peers/${name}.mjs`) as [string, string];
  const fromNpm: Launch[] = [
    inNode('jax-js', jaxModule, { directory, version: jax }),
    inNode('tfjs wasm', tfjsModule, { directory, version: tfjs, backend: 'wasm' }),
    { ...inNode('tfjs cpu', tfjsModule, { directory, version: tfjs, backend: 'cpu' }), only: bearable },
  ];
  return [
    ...fromNpm.map((launch) => (failure === null ? launch : { name: launch.name, reason: failure })),
    ...pytorch(),
  ];
}
