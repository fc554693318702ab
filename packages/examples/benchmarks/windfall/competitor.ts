/**
 * @file Windfall as a competitor: with steps compiled or as they stand, on so many threads.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, getThreads, setBackend, setThreads } from '@windfall/core';
import type { BenchmarkKey } from '../benchmarks.ts';
import type { Competitor } from '../competitor.ts';
import { elementwise } from './elementwise.ts';
import { layers } from './layers.ts';
import { matrixProducts } from './matmul.ts';
import type { Execution, Setup } from './setup.ts';
import { trainingSteps } from './training.ts';

export interface WindfallOptions {
  readonly compiled: boolean;
  readonly threads: number;
}

const setups: Readonly<Record<BenchmarkKey, Setup>> = {
  ...trainingSteps,
  ...layers,
  ...elementwise,
  ...matrixProducts,
};

const isBenchmark = (key: string): key is BenchmarkKey => Object.hasOwn(setups, key);

const asItStands: Execution = (fn) => fn;

/** With results left in the engine's own memory, as the other libraries leave theirs. */
const compiledFunction: Execution = (fn) => compile(fn, { reuseResults: true });

function versionOfEngine(): string {
  const file = join(__dirname, '..', '..', '..', 'core', 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

export function load({ compiled, threads }: WindfallOptions): Competitor {
  setBackend('wasm');
  setThreads(threads);
  if (getThreads() !== threads) throw new Error(`${threads} threads are not to be had`);
  const execution: Execution = compiled ? compiledFunction : asItStands;
  return {
    version: versionOfEngine(),
    prepare: (key) => {
      if (!isBenchmark(key)) throw new Error('no such benchmark');
      return setups[key](execution);
    },
  };
}
