/**
 * @file The command line of the MNIST experiment: what may be asked for, and what is said to nonsense.
 */
import { numberFrom, parseFlags, UsageError } from './flags.ts';

export interface Options {
  readonly steps: number;
  /** The seed of the first run. */
  readonly seed: number;
  /** The number of runs, whose seeds follow each other. */
  readonly seeds: number;
  readonly learningRate: number;
  readonly batchSize: number;
  /** The standard deviation of the initial weights. */
  readonly deviation: number;
  /** Null for as many as the machine has cores. */
  readonly threads: number | null;
  readonly dtype: 'f32' | 'f64';
  /** The directory for the report, plots, numbers and checkpoints. */
  readonly output: string;
  /** Whether to continue from the checkpoints in the output directory. */
  readonly resume: boolean;
}

/** The paper's number of training steps. */
const fullSteps = 50_000;

/** What a run without --steps and --full does: enough to see what the paper's figure shows. */
const defaultSteps = 3000;

export const usage = `Trains the network of section 4.1 of the batch normalization paper on MNIST, with and without
batch normalization, and writes a report, plots and numbers.

npm start -- [options]

  --steps <count>      training steps (default ${defaultSteps})
  --full               as many steps as in the paper: ${fullSteps}
  --seed <number>      chooses initial weights and the order of examples (default 1)
  --seeds <count>      runs with so many seeds from --seed on, for confidence bands (default 1)
  --lr <rate>          learning rate of plain gradient descent (default 0.1)
  --batch <size>       examples in a mini-batch (default 60)
  --deviation <sigma>  standard deviation of the initial weights (default 0.1)
  --threads <count>    threads that compute, which changes no result; as many as there are cores if not given
  --dtype <f32|f64>    precision of all numbers (default f32)
  --out <directory>    where everything goes (default results)
  --resume             continues a run of the same options that was interrupted, or with more --steps one that was not
  --help               prints this

Ctrl-C stops after the current step and leaves a checkpoint behind; what --resume goes on to is the same to the last bit as
if nothing had happened. Without --resume, checkpoints of former runs are discarded.`;

const flags = {
  steps: { type: 'string' },
  full: { type: 'boolean', default: false },
  seed: { type: 'string', default: '1' },
  seeds: { type: 'string', default: '1' },
  lr: { type: 'string', default: '0.1' },
  batch: { type: 'string', default: '60' },
  deviation: { type: 'string', default: '0.1' },
  threads: { type: 'string' },
  dtype: { type: 'string', default: 'f32' },
  out: { type: 'string', default: 'results' },
  resume: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const count = (text: string, flag: string): number =>
  numberFrom(text, flag, 'a whole number > 0', (n) => Number.isSafeInteger(n) && n > 0);

const positive = (text: string, flag: string): number =>
  numberFrom(text, flag, 'a finite number > 0', (n) => Number.isFinite(n) && n > 0);

function stepsFrom(steps: string | undefined, full: boolean): number {
  if (steps === undefined) return full ? fullSteps : defaultSteps;
  if (full) throw new UsageError('--full says how many steps there are; leave out --steps, or --full');
  return count(steps, '--steps');
}

/**
 * The options in the arguments, or 'help' when that is asked for.
 * @throws UsageError
 */
export function parseCommandLine(args: readonly string[]): Options | 'help' {
  const values = parseFlags(args, flags);
  if (values.help) return 'help';
  const { steps, full, seed, seeds, lr, batch, deviation, threads, dtype, out, resume } = values;
  if (out === '') throw new UsageError('--out is the name of a directory, not ""');
  if (dtype !== 'f32' && dtype !== 'f64') throw new UsageError(`--dtype is f32 or f64, not "${dtype}"`);
  const runs = count(seeds, '--seeds');
  const first = numberFrom(
    seed,
    '--seed',
    'a whole number in [0, 2⁵³)',
    (n) => Number.isSafeInteger(n) && n >= 0,
  );
  if (first > Number.MAX_SAFE_INTEGER - (runs - 1))
    throw new UsageError(`${runs} seeds from ${first} on do not end below 2⁵³`);
  return {
    steps: stepsFrom(steps, full),
    seed: first,
    seeds: runs,
    learningRate: positive(lr, '--lr'),
    batchSize: numberFrom(
      batch,
      '--batch',
      'a whole number in [2, 60000]',
      (n) => Number.isSafeInteger(n) && n >= 2 && n <= 60_000,
    ),
    deviation: positive(deviation, '--deviation'),
    threads: threads === undefined ? null : count(threads, '--threads'),
    dtype,
    output: out,
    resume,
  };
}

/** The shortest command that gives the same numbers. */
export function commandFor(options: Options): string {
  const { steps, seed, seeds, learningRate: lr, batchSize: batch, deviation, dtype } = options;
  const values = { seed, seeds, lr, batch, deviation, dtype };
  const names = Object.keys(values) as (keyof typeof values)[];
  const words = [
    ...(steps === defaultSteps ? [] : [`--steps ${steps}`]),
    ...names.flatMap((name) =>
      String(values[name]) === flags[name].default ? [] : [`--${name} ${values[name]}`],
    ),
  ];
  return ['npm start', ...(words.length > 0 ? ['--', ...words] : [])].join(' ');
}
