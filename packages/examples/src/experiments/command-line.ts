/**
 * @file The command line of `npm run experiment`: which experiments may be asked for and how, and what is said to nonsense.
 */
import { type FlagValues, numberFrom, parseFlags, UsageError } from '../flags.ts';
import type { Experiment, Settings } from './experiment.ts';

export interface Options {
  readonly settings: Settings;
  readonly threads: number;
  /** The directory for pages, pictures and numbers. */
  readonly output: string;
  /** Whether trials that were made before are taken from the output directory. */
  readonly resume: boolean;
}

const flags = {
  steps: { type: 'string' },
  seeds: { type: 'string' },
  seed: { type: 'string', default: '1' },
  digits: { type: 'string' },
  full: { type: 'boolean', default: false },
  threads: { type: 'string', default: '1' },
  out: { type: 'string', default: 'results' },
  resume: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const whole = (text: string, flag: string, least: number): number =>
  numberFrom(text, flag, `a whole number ≥ ${least}`, (n) => Number.isSafeInteger(n) && n >= least);

/** All experiments with their questions, and the options that each of them takes. */
export function usage(experiments: readonly Experiment<unknown>[]): string {
  const width = Math.max(...experiments.map(({ name }) => name.length)) + 2;
  return `Runs an experiment on batch normalization, and writes a page about it, its pictures and its numbers.

npm run experiment -- <name> [options]

${experiments.map(({ name, question }) => `  ${name.padEnd(width)}${question}`).join('\n')}
  ${'all'.padEnd(width)}All of them, one after the other.
  ${'claims'.padEnd(width)}None: writes only the summary of the results that are there, index.html and claims.md.

  --steps <count>      training steps of each trial
  --seeds <count>      how often everything is repeated with other random numbers, for confidence bands
  --seed <number>      the first seed (default 1)
  --digits <count>     learn from so many digits only, and test on so many (default: all 60,000 and 10,000)
  --full               as many steps and seeds as it takes for figures that others can rely on
  --threads <count>    threads that compute, which changes no result (default 1)
  --out <directory>    where everything goes (default results)
  --resume             takes the trials that are finished from a former run of the same options, or of fewer seeds
  --help               prints this

Each experiment has steps and seeds of its own unless told otherwise. Ctrl-C stops after the current step; finished trials
are kept for --resume. index.html in the output directory, and claims.md, set the papers' claims beside all that was measured.`;
}

/** What is to be run, and how. */
export interface Request {
  /** None, if only the summary is asked for. */
  readonly chosen: readonly Experiment<unknown>[];
  /** The directory for everything. */
  readonly output: string;
  readonly optionsFor: (experiment: Experiment<unknown>) => Options;
}

function settingsFor(
  { defaults, full }: Experiment<unknown>,
  values: Omit<FlagValues<typeof flags>, 'threads' | 'out' | 'resume' | 'help'>,
): Settings {
  const own = values.full ? full : defaults;
  const settings = {
    steps: values.steps === undefined ? own.steps : whole(values.steps, '--steps', 1),
    seeds: values.seeds === undefined ? own.seeds : whole(values.seeds, '--seeds', 1),
    seed: whole(values.seed, '--seed', 0),
    digits: values.digits === undefined ? null : whole(values.digits, '--digits', 1),
  };
  if (settings.seed > Number.MAX_SAFE_INTEGER - settings.seeds)
    throw new UsageError(`${settings.seeds} seeds from ${settings.seed} on do not end below 2⁵³`);
  return settings;
}

/** Those that a name stands for. */
function chosenBy(name: string, experiments: readonly Experiment<unknown>[]): readonly Experiment<unknown>[] {
  if (name === 'all') return experiments;
  if (name === 'claims') return [];
  const chosen = experiments.filter((experiment) => experiment.name === name);
  if (chosen.length === 0) throw new UsageError(`there is no experiment "${name}"`);
  return chosen;
}

/**
 * @returns 'help' when that is asked for
 * @throws UsageError
 */
export function parseCommandLine(
  args: readonly string[],
  experiments: readonly Experiment<unknown>[],
): Request | 'help' {
  const name = args[0]?.startsWith('-') === false ? args[0] : undefined;
  const rest = name === undefined ? args : args.slice(1);
  const { threads, out, resume, help, ...values } = parseFlags(rest, flags);
  if (help) return 'help';
  if (name === undefined) throw new UsageError('the name of an experiment comes first');
  const chosen = chosenBy(name, experiments);
  const isOutput = (word: string): boolean => word === '--out' || word.startsWith('--out=');
  if (chosen.length === 0 && rest.some((word) => word.startsWith('-') && !isOutput(word)))
    throw new UsageError('claims runs nothing, so its only option is --out');
  if (out === '') throw new UsageError('--out is the name of a directory, not ""');
  if (values.full && values.steps !== undefined)
    throw new UsageError('--full says how many steps there are; leave out --steps, or --full');
  const threadCount = whole(threads, '--threads', 1);
  const optionsFor = (experiment: Experiment<unknown>): Options => ({
    ...{ settings: settingsFor(experiment, values), threads: threadCount, output: out, resume },
  });
  // Nonsense is told before the first of them begins.
  chosen.forEach(optionsFor);
  return { chosen, output: out, optionsFor };
}
