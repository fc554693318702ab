/**
 * @file One experiment from its first trial, or the first that is missing, to its page.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { UsageError } from '../flags.ts';
import { svgToPng } from '../svg-to-png.ts';
import type { Options } from './command-line.ts';
import type { DigitSets, Experiment, Findings, Trial } from './experiment.ts';
import { experimentPage } from './experiment-page.ts';
import { readResults, writeResults } from './results-file.ts';
import { startTrialProgress } from './trial-progress.ts';

/** The trials that were finished by a former run. */
function formerTrials(
  { name }: Experiment<unknown>,
  { settings, output }: Options,
): Readonly<Record<string, unknown>> {
  const former = readResults(output, name);
  if (former === null || !('settings' in former)) return {};
  // Trials say in their names which seed they had, so there may be more of them now.
  for (const name of ['steps', 'digits'] as const) {
    const [was, is] = [former.settings[name], settings[name]].map((value) => `--${name} ${value ?? 'all'}`);
    if (was !== is) throw new UsageError(`--resume: the results in ${output} are of ${was!}, not of ${is!}`);
  }
  return former.trials;
}

/** Makes a trial to its end; null if Ctrl-C came first. */
async function runTrial(
  trial: Trial<unknown>,
  signal: AbortSignal,
  onStep: (note: string | undefined) => void,
): Promise<{ result: unknown } | null> {
  const run = trial.run();
  for (;;) {
    if (signal.aborted) return null;
    const { done, value } = run.next();
    // As it will be when it has been read from a file.
    if (done) return { result: JSON.parse(JSON.stringify(value)) };
    onStep(value);
    // Ctrl-C is heard only between turns of the event loop.
    await setImmediate();
  }
}

/** Writes the page and its pictures. */
function writePage(
  experiment: Experiment<unknown>,
  { output, settings }: Options,
  results: readonly unknown[],
): { paths: string[]; claims: Findings['claims'] } {
  const findings = experiment.findings(results, settings);
  const figures = findings.parts.flatMap(({ figures = [] }) => figures);
  const contents: [string, string | Uint8Array][] = [
    [`${experiment.name}.html`, experimentPage(experiment, settings, findings)],
    ...figures.map(({ svg }, k): [string, Uint8Array] => [`${experiment.name}-${k + 1}.png`, svgToPng(svg)]),
  ];
  const paths = contents.map(([name, content]) => {
    const path = join(output, name);
    writeFileSync(path, content);
    return path;
  });
  return { paths, claims: findings.claims };
}

/** @returns the paths of what it wrote, or null if Ctrl-C came first: then what is finished is kept for --resume */
export async function runExperiment(
  experiment: Experiment<unknown>,
  options: Options,
  digits: DigitSets,
  signal: AbortSignal,
): Promise<string[] | null> {
  const { settings, output, resume } = options;
  const trials = experiment.trials(settings, digits);
  const finished: Record<string, unknown> = { ...(resume ? formerTrials(experiment, options) : {}) };
  const save = (claims: Findings['claims'] | null): string =>
    writeResults(output, experiment.name, { settings, trials: finished, claims });

  const total = trials.reduce((sum, { steps }) => sum + steps, 0);
  const progress = startTrialProgress(total, process.stdout);
  for (const trial of trials) {
    const isNew = !Object.hasOwn(finished, trial.name);
    if (isNew) {
      const outcome = await runTrial(trial, signal, (note) => progress.step(trial.name, note));
      if (outcome === null) break;
      finished[trial.name] = outcome.result;
      save(null);
    }
    progress.finishTrial(trial, isNew);
  }
  progress.stop();
  if (signal.aborted) return null;
  const results = trials.map(({ name }) => finished[name]);
  const { paths, claims } = writePage(experiment, options, results);
  return [...paths, save(claims)];
}
