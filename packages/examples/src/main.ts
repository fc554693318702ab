/**
 * @file `npm start`: trains the network of the batch normalization paper's section 4.1 on MNIST, with and without
 * batch normalization, and leaves a figure and the numbers behind.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Options, parseCommandLine, usage } from './command-line.ts';
import { UsageError } from './flags.ts';
import type { LearningCurve, Observation } from './learning-curve.ts';
import { loadMnist } from './mnist.ts';
import { mnistExperiment } from './mnist-experiment.ts';
import { startProgress } from './progress.ts';
import { summaryTable } from './summary.ts';
import { svgToPng } from './svg-to-png.ts';
import { trainingFigure } from './training-figure.ts';

/** Every 100 steps; more often when there are few. */
const intervalFor = (steps: number): number => Math.min(100, Math.ceil(steps / 10));

/** Before the training rather than after it, so that a name that cannot be used wastes no time. */
function makeDirectory(name: string): void {
  try {
    mkdirSync(name, { recursive: true });
  } catch {
    throw new UsageError(`--out: cannot make a directory "${name}"`);
  }
}

async function train(options: Options): Promise<LearningCurve[]> {
  const { training, test } = loadMnist();
  const settings = { ...options, interval: intervalFor(options.steps) };
  const { names, reports } = mnistExperiment(training, test, settings);
  console.log(
    `784-100-100-100-10 sigmoid network on MNIST (${training.count} training, ${test.count} test digits)`,
  );
  console.log(
    `${options.steps} steps of 60 digits, learning rate ${options.learningRate}, seed ${options.seed}\n`,
  );

  const curves = names.map((name) => ({ name, observations: [] as Observation[] }));
  const progress = startProgress(names, options.steps, process.stdout);
  for (const report of reports) {
    progress.show(report);
    for (const [learner, observation] of (report.observations ?? []).entries())
      curves[learner]!.observations.push(observation);
    // The bar redraws itself, and Ctrl-C is heard, only between turns of the event loop.
    await setImmediate();
  }
  progress.finish();
  return curves;
}

function writeResults({ output, ...settings }: Options, curves: readonly LearningCurve[]): string[] {
  const figure = trainingFigure(curves);
  const contents = {
    'batch-norm-mnist.svg': figure,
    'batch-norm-mnist.png': svgToPng(figure),
    'batch-norm-mnist.json': `${JSON.stringify({ ...settings, curves }, null, 2)}\n`,
  };
  return Object.entries(contents).map(([name, content]) => {
    const path = join(output, name);
    writeFileSync(path, content);
    return path;
  });
}

async function main(): Promise<void> {
  const options = parseCommandLine(process.argv.slice(2));
  if (options === 'help') {
    console.log(usage);
    return;
  }
  makeDirectory(options.output);
  const curves = await train(options);
  console.log(`\n${summaryTable(curves)}\n`);
  for (const path of writeResults(options, curves)) console.log(path);
}

main().catch((error: unknown) => {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}; --help tells what there is`);
  process.exitCode = 2;
});
