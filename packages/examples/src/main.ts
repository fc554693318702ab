/**
 * @file `npm start`: trains the network of the batch normalization paper's section 4.1 on MNIST, with and without
 * batch normalization, and leaves a report, plots and the numbers behind.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setThreads } from '@windfall/core';
import { accuracyFigure } from './accuracy-figure.ts';
import { commandFor, type Options, parseCommandLine, usage } from './command-line.ts';
import { UsageError } from './flags.ts';
import type { LearningCurve } from './learning-curve.ts';
import { loadMnist } from './mnist.ts';
import { mnistClaims } from './mnist-claims.ts';
import { mnistReport } from './mnist-report.ts';
import { makeDirectory } from './output-directory.ts';
import { quoted } from './quoted.ts';
import { sigmoidInputFigure } from './sigmoid-input-figure.ts';
import { summaryRows } from './summary.ts';
import { svgToPng } from './svg-to-png.ts';
import { textTable } from './text-table.ts';
import { runTraining } from './training-run.ts';
import { runMain } from './usage-errors.ts';
import { writeSummary } from './write-summary.ts';

/** The checkpoint of each run, in order. Those of former runs are discarded unless they are to be continued from. */
function prepareCheckpoints({ output, seed, seeds, resume }: Options): string[] {
  const paths = Array.from({ length: seeds }, (_, run) =>
    join(output, `batch-norm-mnist-seed-${seed + run}.safetensors`),
  );
  if (!resume) for (const path of paths) rmSync(path, { force: true });
  else if (!paths.some((path) => existsSync(path)))
    throw new UsageError(`--resume: there is no ${paths[0]!} to continue from`);
  return paths;
}

/** One curve for each learner of each run; null if Ctrl-C came first. */
async function train(options: Options, args: readonly string[]): Promise<LearningCurve[][] | null> {
  const { seed, seeds, steps, learningRate, batchSize, deviation, dtype } = options;
  const checkpoints = prepareCheckpoints(options);
  const digits = loadMnist();
  console.log(
    `784-100-100-100-10 sigmoid network on MNIST (${digits.training.count} training, ${digits.test.count} test digits)`,
  );
  console.log(
    `${steps} steps of ${batchSize} digits, learning rate ${learningRate}, initial weights N(0, ${deviation}²), ${dtype}`,
  );

  // Ctrl-C reaches a program twice under npm, which passes it on: the second one must not stop the first one's work.
  const stop = new AbortController();
  process.on('SIGINT', () => {
    stop.abort();
  });
  const runs: LearningCurve[][] = [];
  for (let run = 0; run < seeds; run++) {
    const settings = { seed: seed + run, learningRate, batchSize, deviation, dtype };
    console.log(`\nseed ${settings.seed}${seeds > 1 ? `, run ${run + 1} of ${seeds}` : ''}\n`);
    const { curves, step } = await runTraining(digits, settings, {
      steps,
      checkpoint: checkpoints[run]!,
      signal: stop.signal,
    });
    if (stop.signal.aborted) {
      const again = [...args.filter((word) => word !== '--resume'), '--resume'].map(quoted).join(' ');
      console.log(
        `\nStopped after step ${step}, saved in ${checkpoints[run]!}. To continue:\n  npm start -- ${again}`,
      );
      return null;
    }
    runs.push([...curves]);
  }
  return runs;
}

function writeResults(options: Options, runs: LearningCurve[][]): string[] {
  const { output, seed, steps, learningRate, batchSize, deviation, dtype } = options;
  const settings = { steps, learningRate, batchSize, deviation, dtype };
  const numbers = {
    ...settings,
    command: commandFor(options),
    claims: mnistClaims(runs),
    runs: runs.map((curves, run) => ({ seed: seed + run, curves })),
  };
  const figures = { accuracy: accuracyFigure(runs), sigmoidInputs: sigmoidInputFigure(runs[0]!) };
  const contents = {
    'batch-norm-mnist.html': mnistReport(options, runs, figures),
    'batch-norm-mnist-accuracy.png': svgToPng(figures.accuracy),
    'batch-norm-mnist-sigmoid-inputs.png': svgToPng(figures.sigmoidInputs),
    'batch-norm-mnist.json': `${JSON.stringify(numbers, null, 2)}\n`,
  };
  const paths = Object.entries(contents).map(([name, content]) => {
    const path = join(output, name);
    writeFileSync(path, content);
    return path;
  });
  return [...paths, ...writeSummary(output)];
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const options = parseCommandLine(args);
  if (options === 'help') {
    console.log(usage);
    return;
  }
  makeDirectory(options.output);
  if (options.threads !== null) setThreads(options.threads);
  const runs = await train(options, args);
  if (runs === null) {
    // What a shell reports of a program that Ctrl-C ended: 128 and the number of the signal.
    process.exitCode = 130;
    return;
  }
  console.log(`\n${textTable(summaryRows(runs))}\n`);
  for (const path of writeResults(options, runs)) console.log(path);
}

runMain(main);
