/**
 * @file The command line of the benchmarks.
 */
import { numberFrom, parseFlags, UsageError } from '../src/flags.ts';
import { type BenchmarkKey, benchmarks } from './benchmarks.ts';
import type { Clock } from './competitor.ts';

export interface Options {
  readonly peers: boolean;
  /** What to measure, in order. */
  readonly keys: readonly BenchmarkKey[];
  readonly seconds: number;
  readonly clock: Clock;
  /** The file for the results. */
  readonly json: string;
}

/** A page is to be written from results that are there. */
export interface RenderOptions {
  readonly render: true;
  readonly json: string;
}

export const usage = `Measures the time of training steps, layers, matrix products and elementwise operations.

npm run bench -- [options]

  --peers              also measures jax-js, TensorFlow.js and, if Python has it, PyTorch (installs 300 MB)
  --only <name,…>      measures only benchmarks whose name contains one of these
  --seconds <number>   how long each competitor is timed in each benchmark (default 0.5)
  --processor-time     counts the time that the processor spent, where other programs keep it busy, too
  --json <file>        where the numbers go (default results/benchmarks.json)
  --render             measures nothing, but writes docs/benchmarks.md from docs/benchmarks.json, or the page beside
                       the file that --json names
  --help               prints this

names: ${Object.keys(benchmarks).join(', ')}`;

const flags = {
  peers: { type: 'boolean', default: false },
  only: { type: 'string', default: '' },
  seconds: { type: 'string', default: '0.5' },
  'processor-time': { type: 'boolean', default: false },
  json: { type: 'string', default: '' },
  render: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

function keysContaining(text: string): BenchmarkKey[] {
  const parts = text.split(',');
  const all = Object.keys(benchmarks) as BenchmarkKey[];
  const keys = all.filter((key) => parts.some((part) => key.includes(part)));
  if (keys.length === 0) throw new UsageError(`--only: no benchmark's name contains "${text}"`);
  return keys;
}

/**
 * The options in the arguments, or 'help' when that is asked for.
 * @throws UsageError
 */
export function parseCommandLine(args: readonly string[]): Options | RenderOptions | 'help' {
  const { help, render, json, only, peers, seconds, ...more } = parseFlags(args, flags);
  if (help) return 'help';
  if (render) return { render, json: json === '' ? 'docs/benchmarks.json' : json };
  return {
    peers,
    keys: keysContaining(only),
    seconds: numberFrom(seconds, '--seconds', 'a number > 0', (n) => Number.isFinite(n) && n > 0),
    clock: more['processor-time'] ? 'processor' : 'wall',
    json: json === '' ? 'results/benchmarks.json' : json,
  };
}
