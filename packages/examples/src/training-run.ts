/**
 * @file One run of the experiment from its first step, or from a checkpoint, to its last: looks at the networks now and
 * then, leaves checkpoints behind, and stops early when asked to.
 */
import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { restoreCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { UsageError } from './flags.ts';
import type { LearningCurve } from './learning-curve.ts';
import type { Digits } from './digits.ts';
import { mnistExperiment, type Settings } from './mnist-experiment.ts';
import { startProgress } from './progress.ts';
import type { SideBySide } from './train-side-by-side.ts';

export interface RunOptions {
  readonly steps: number;
  /** The path of its checkpoint. If there is one, the run continues from it. */
  readonly checkpoint: string;
  /** Stops the run after the step that is under way. */
  readonly signal: AbortSignal;
}

/** What a run has come to. */
export interface RunResult {
  readonly curves: readonly LearningCurve[];
  /** Fewer than asked for if it was stopped. */
  readonly step: number;
}

/** Every 100 steps; more often when there are few. */
const intervalFor = (steps: number): number => Math.min(100, Math.ceil(steps / 10));

/** Whether the networks are looked at after a step, in a run of so many. */
const isObserved = (step: number, steps: number): boolean =>
  step % intervalFor(steps) === 0 || step === steps;

async function restore(training: SideBySide, settings: Settings, options: RunOptions): Promise<void> {
  const { steps, checkpoint } = options;
  try {
    await restoreCheckpoint(checkpoint, training, { ...settings, interval: intervalFor(steps) });
  } catch (error) {
    throw new UsageError(`--resume: ${(error as Error).message}`, { cause: error });
  }
  if (training.step > steps)
    throw new UsageError(`--resume: ${checkpoint} has made ${training.step} steps, more than ${steps}`);
  // What was the last step of a shorter run is one among many in a longer one.
  training.curves = training.curves.map(({ name, observations }) => ({
    name,
    observations: observations.filter(({ step }) => isObserved(step, steps)),
  }));
}

/** Trains, and shows how it goes. */
export async function runTraining(
  digits: { training: Digits; test: Digits },
  settings: Settings,
  options: RunOptions,
): Promise<RunResult> {
  const { steps, checkpoint, signal } = options;
  const training = mnistExperiment(digits.training, digits.test, settings);
  const save = async (): Promise<void> =>
    saveCheckpoint(checkpoint, training, { ...settings, interval: intervalFor(steps) });
  if (existsSync(checkpoint)) await restore(training, settings, options);

  const names = training.learners.map(({ name }) => name);
  const progress = startProgress(names, { from: training.step, to: steps }, process.stdout);
  while (training.step < steps && !signal.aborted) {
    const losses = training.advance();
    const observations = isObserved(training.step, steps) ? training.observe() : null;
    progress.show({ step: training.step, losses, observations });
    if (observations !== null) await save();
    // The bar redraws itself, and Ctrl-C is heard, only between turns of the event loop.
    await setImmediate();
  }
  progress.finish();
  if (training.step < steps) await save();
  return { curves: training.curves, step: training.step };
}
