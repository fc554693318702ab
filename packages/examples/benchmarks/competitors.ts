/**
 * @file Who takes part, and how each is started.
 */
import { join } from 'node:path';
import type { BenchmarkKey } from './benchmarks.ts';
import type { Launch } from './competitor-process.ts';
import type { WindfallOptions } from './windfall/competitor.ts';

/** A competitor that runs in Node, by its module and the options that module takes. */
export function inNode(name: string, module: string, options: object = {}): Launch {
  const register = join(__dirname, '..', '..', '..', '.config', 'typescript-hook.cjs');
  const worker = join(__dirname, 'worker.ts');
  return { name, command: [process.execPath, '-r', register, worker, module, JSON.stringify(options)] };
}

const windfall = (name: string, options: WindfallOptions): Launch =>
  inNode(name, './windfall/competitor.ts', options);

/** Where two threads are compared with one. */
const threaded: readonly BenchmarkKey[] = ['matmul-1024x1024x1024', 'cnn-step'];

export const roofline = inNode('roofline', './roofline/competitor.ts');

/** The names under which Windfall appears. */
export const compiledName = 'windfall';
export const uncompiledName = 'windfall, uncompiled';
export const threadedName = 'windfall, 2 threads';

export const ours: readonly Launch[] = [
  windfall(compiledName, { compiled: true, threads: 1 }),
  windfall(uncompiledName, { compiled: false, threads: 1 }),
];

/** Only for the clock on the wall: the processor's time counts what each thread takes. */
export const ourThreads: Launch = {
  ...windfall(threadedName, { compiled: true, threads: 2 }),
  only: threaded,
};
