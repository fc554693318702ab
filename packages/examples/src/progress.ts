/**
 * @file How a training run looks in a terminal: a line for every observation, and a bar below them while it runs.
 * Where there is no terminal (a pipe, a log file) only the lines are written.
 */
import { MultiBar } from 'cli-progress';
import { formatDuration } from './format-duration.ts';
import type { Observation } from './learning-curve.ts';
import { percent } from './measured.ts';

/** What happened in a step, for each learner. */
export interface Report {
  /** The steps made so far, from 1. */
  readonly step: number;
  readonly losses: readonly number[];
  /** Null where nobody looked. */
  readonly observations: readonly Observation[] | null;
}

/** Shows reports as they come; `finish` takes the bar away. */
export interface ProgressDisplay {
  readonly show: (report: Report) => void;
  readonly finish: () => void;
}

const formatLoss = (loss: number): string => (loss < 1e4 ? loss.toFixed(3) : loss.toExponential(1));

/**
 * @param names of the learners, in the order of the reports
 * @param steps made already, and made at the end
 */
export function startProgress(
  names: readonly string[],
  steps: { from: number; to: number },
  stream: NodeJS.WriteStream,
): ProgressDisplay {
  // The pace is that since the first step, which compiles.
  let first: { step: number; time: number } | null = null;
  const cells = (step: string, values: readonly string[]): string =>
    step.padStart(6) + values.map((value, i) => value.padStart(names[i % names.length]!.length + 3)).join('');
  const header = [
    cells('', ['loss', ...names.slice(1).map(() => ''), 'test accuracy']),
    cells('step', [...names, ...names]),
    '',
  ].join('\n');
  const pace = (step: number): string => {
    // Called for every step, so that it knows the first one.
    first ??= { step, time: performance.now() };
    if (step === first.step) return '';
    const seconds = (performance.now() - first.time) / 1000;
    const perSecond = (step - first.step) / seconds;
    return `   ${perSecond.toFixed(0)} steps/s, ${formatDuration((steps.to - step) / perSecond)} left`;
  };
  const accuraciesOf = (observations: readonly Observation[]): string[] =>
    observations.map(({ accuracy }) => percent(accuracy));
  const lineFor = (
    { step, losses }: Report,
    observations: readonly Observation[],
    paceText: string,
  ): string => {
    const accuracies = accuraciesOf(observations);
    return `${cells(String(step), [...losses.map(formatLoss), ...accuracies])}${paceText}\n`;
  };

  if (!stream.isTTY) {
    stream.write(header);
    return {
      show: (report) => {
        const paceText = pace(report.step);
        if (report.observations !== null) stream.write(lineFor(report, report.observations, paceText));
      },
      finish: () => undefined,
    };
  }

  // Its own handler of SIGINT would keep the program running, and nothing is hidden that would have to be restored.
  const bars = new MultiBar({
    format: '{bar} {value}/{total}   loss {losses}   accuracy {accuracies}{pace}',
    barsize: 20,
    barCompleteChar: '━',
    barIncompleteChar: '─',
    clearOnComplete: true,
    gracefulExit: false,
    linewrap: true,
    stream,
  });
  bars.log(header);
  const bar = bars.create(steps.to, steps.from, { losses: '–', accuracies: '–', pace: '' });
  return {
    show: (report) => {
      const { step, losses, observations } = report;
      const paceText = pace(step);
      if (observations !== null) bars.log(lineFor(report, observations, paceText));
      bar.update(step, {
        losses: losses.map(formatLoss).join(' | '),
        pace: paceText,
        ...(observations === null ? {} : { accuracies: accuraciesOf(observations).join(' | ') }),
      });
    },
    finish: () => {
      bars.update();
      bars.stop();
    },
  };
}
