/**
 * @file `npm run experiment`: runs one experiment, or all of them, and leaves pages, pictures and numbers behind.
 */
import { setThreads } from '@windfall/core';
import { firstDigits } from '../digits.ts';
import { loadMnist } from '../mnist.ts';
import { makeDirectory } from '../output-directory.ts';
import { quoted } from '../quoted.ts';
import { runMain } from '../usage-errors.ts';
import { writeSummary } from '../write-summary.ts';
import { parseCommandLine, type Request, usage } from './command-line.ts';
import type { DigitSets } from './experiment.ts';
import { experiments } from './index.ts';
import { runExperiment } from './run-experiment.ts';

/** The first so many of the digits, or all of them. */
function firstOf({ training, test }: DigitSets, count: number | null): DigitSets {
  if (count === null) return { training, test };
  return { training: firstDigits(training, count), test: firstDigits(test, count) };
}

/** @returns whether all came to their ends */
async function runAll({ chosen, output, optionsFor }: Request, args: readonly string[]): Promise<boolean> {
  // Ctrl-C reaches a program twice under npm, which passes it on: the second one must not stop the first one's work.
  const stop = new AbortController();
  process.on('SIGINT', () => {
    stop.abort();
  });
  makeDirectory(output);
  if (chosen.length === 0) {
    console.log(writeSummary(output).join('\n'));
    return true;
  }
  const digits = loadMnist();
  for (const experiment of chosen) {
    const options = optionsFor(experiment);
    const { settings, threads } = options;
    setThreads(threads);
    console.log(`\n${experiment.title}: ${experiment.question}\n`);
    const paths = await runExperiment(experiment, options, firstOf(digits, settings.digits), stop.signal);
    if (paths === null) {
      const again = [...args.filter((word) => word !== '--resume'), '--resume'].map(quoted).join(' ');
      console.log(`\nStopped; what is finished is kept. To continue:\n  npm run experiment -- ${again}`);
      return false;
    }
    console.log(`\n${[...paths, ...writeSummary(output)].join('\n')}`);
  }
  return true;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const request = parseCommandLine(args, experiments);
  if (request === 'help') console.log(usage(experiments));
  // What a shell reports of a program that Ctrl-C ended: 128 and the number of the signal.
  else if (!(await runAll(request, args))) process.exitCode = 130;
}

runMain(main);
