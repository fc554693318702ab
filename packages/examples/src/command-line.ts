/**
 * @file The command line of the MNIST experiment: what may be asked for, and what is said to nonsense.
 */
import { numberFrom, parseFlags, UsageError } from './flags.ts';

export interface Options {
  readonly steps: number;
  readonly seed: number;
  readonly learningRate: number;
  /** The directory for plots and numbers. */
  readonly output: string;
}

export const usage = `Trains the network of section 4.1 of the batch normalization paper on MNIST, with and without
batch normalization, and writes plots and numbers.

npm start -- [options]

  --steps <count>      training steps of 60 examples each (default 3000)
  --seed <number>      chooses initial weights and the order of examples (default 1)
  --lr <rate>          learning rate of plain gradient descent (default 0.1)
  --out <directory>    where plots and numbers go (default results)
  --help               prints this`;

const flags = {
  steps: { type: 'string', default: '3000' },
  seed: { type: 'string', default: '1' },
  lr: { type: 'string', default: '0.1' },
  out: { type: 'string', default: 'results' },
  help: { type: 'boolean', default: false },
} as const;

/**
 * The options in the arguments, or 'help' when that is asked for.
 * @throws UsageError
 */
export function parseCommandLine(args: readonly string[]): Options | 'help' {
  const values = parseFlags(args, flags);
  if (values.help) return 'help';
  const { steps, seed, lr, out } = values;
  if (out === '') throw new UsageError('--out is the name of a directory, not ""');
  return {
    steps: numberFrom(steps, '--steps', 'a whole number > 0', (n) => Number.isSafeInteger(n) && n > 0),
    seed: numberFrom(seed, '--seed', 'a whole number in [0, 2⁵³)', (n) => Number.isSafeInteger(n) && n >= 0),
    learningRate: numberFrom(lr, '--lr', 'a finite number > 0', (n) => Number.isFinite(n) && n > 0),
    output: out,
  };
}
