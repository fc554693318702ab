/**
 * @file The command line of the MNIST experiment: what may be asked for, and what is said to nonsense.
 */
import { parseArgs } from 'node:util';

export interface Options {
  readonly steps: number;
  readonly seed: number;
  readonly learningRate: number;
  /** The directory for plots and numbers. */
  readonly output: string;
}

/** A mistake in the command line, told in one sentence. */
export class UsageError extends Error {}

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

const isFlag = (name: string): name is keyof typeof flags => Object.hasOwn(flags, name);

function numberFrom(text: string, flag: string, kind: string, isKind: (value: number) => boolean): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!isKind(value)) throw new UsageError(`${flag} is ${kind}, not "${text}"`);
  return value;
}

/**
 * The options in the arguments, or 'help' when that is asked for.
 * @throws UsageError
 */
export function parseCommandLine(args: readonly string[]): Options | 'help' {
  // Not strict, because the errors of node:util are not sentences for users.
  const { values, tokens } = parseArgs({ args: [...args], options: flags, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') throw new UsageError(`"${token.value}" is not an option`);
    if (token.kind !== 'option') continue;
    if (!isFlag(token.name)) throw new UsageError(`there is no option ${token.rawName}`);
    const takesValue = flags[token.name].type === 'string';
    if (takesValue && token.value === undefined) throw new UsageError(`${token.rawName} needs a value`);
    if (!takesValue && token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`);
  }
  if (values['help'] === true) return 'help';
  const { steps, seed, lr, out } = values as Record<keyof typeof flags, string>;
  if (out === '') throw new UsageError('--out is the name of a directory, not ""');
  return {
    steps: numberFrom(steps, '--steps', 'a whole number > 0', (n) => Number.isSafeInteger(n) && n > 0),
    seed: numberFrom(seed, '--seed', 'a whole number in [0, 2⁵³)', (n) => Number.isSafeInteger(n) && n >= 0),
    learningRate: numberFrom(lr, '--lr', 'a finite number > 0', (n) => Number.isFinite(n) && n > 0),
    output: out,
  };
}
