/**
 * @file `npm run fuzz -- --graphs 10000 --seed 1 --minutes 5`: the fuzzer from the command line.
 */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';
import { type Rung, rungs } from './rungs.ts';

const usage = `Runs random graphs in the interpreter, the kernel IR's evaluator, JavaScript and WebAssembly, and compares.

npm run fuzz -- [options]

  --graphs <count>     how many graphs (default 1000)
  --seed <number>      the seed of the first; the next ones have the next seeds (default 1)
  --minutes <number>   stops after this time at the latest
  --coverage           prints how often each operation occurred`;

const flags = {
  graphs: { type: 'string', default: '1000' },
  seed: { type: 'string', default: '1' },
  minutes: { type: 'string', default: 'Infinity' },
  coverage: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** The values of the flags; an error's message where they make no sense. */
function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Runs the fuzzer as the arguments say.
 * @param ladder what runs the plans; by default everything there is
 * @returns the exit code: 0 if all agree, 1 if not, 2 for arguments that make no sense
 */
export function command(
  args: readonly string[],
  print: (text: string) => void,
  ladder: readonly Rung[] = rungs,
): number {
  const values = parse(args);
  if (typeof values === 'string') {
    print(`${values}\n\n${usage}`);
    return 2;
  }
  if (values.help) {
    print(usage);
    return 0;
  }
  const [graphs, seed, minutes] = [values.graphs, values.seed, values.minutes].map(Number) as [
    number,
    number,
    number,
  ];
  if (![graphs, seed].every(Number.isSafeInteger) || !(minutes > 0)) {
    print(`--graphs and --seed are whole numbers, --minutes is a number > 0\n\n${usage}`);
    return 2;
  }
  const start = Date.now();
  const summary = fuzz({
    seed,
    graphs,
    ladder,
    end: start + minutes * 60_000,
    onProgress: (done, failure) => {
      if (failure !== undefined)
        print(`seed ${failure.seed}\n${failure.messages.join('\n')}\n${failure.text}\n`);
      else if (done % 1000 === 0) print(`${done} graphs, ${Math.round((Date.now() - start) / 1000)} s`);
    },
  });
  const { coverage, failures, compared, explained } = summary;
  if (values.coverage) {
    print(
      `${coverage.toString()}\n\nscalar functions that no graph had: ${coverage.missing().join(', ') || 'none'}`,
    );
  }
  print(
    `${summary.graphs} graphs from seed ${seed}, ${Math.round((Date.now() - start) / 1000)} s; ${compared} elements compared, ` +
      `${explained} of them beyond the tolerance but within what rounding does to them; ${failures.length} graphs failed` +
      (failures.length === 0 ? '' : `: seeds ${failures.map((failure) => failure.seed).join(', ')}`),
  );
  return failures.length === 0 ? 0 : 1;
}
