/**
 * @file How a training run looks in a terminal: a line for every observation, and a bar below them while it runs.
 * Where there is no terminal (a pipe, a log file) only the lines are written.
 */
import { MultiBar } from 'cli-progress';
import type { Observation } from './learning-curve.ts';
import { percent } from './summary.ts';
import type { Report } from './train-side-by-side.ts';

/** Shows reports as they come; `finish` takes the bar away. */
export interface ProgressDisplay {
  readonly show: (report: Report) => void;
  readonly finish: () => void;
}

const formatLoss = (loss: number): string => (loss < 1e4 ? loss.toFixed(3) : loss.toExponential(1));

function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** @param names of the learners, in the order of the reports */
export function startProgress(
  names: readonly string[],
  totalSteps: number,
  stream: NodeJS.WriteStream,
): ProgressDisplay {
  const started = performance.now();
  const cells = (step: string, values: readonly string[]): string =>
    step.padStart(6) + values.map((value, i) => value.padStart(names[i % names.length]!.length + 3)).join('');
  const header = [
    cells('', ['loss', ...names.slice(1).map(() => ''), 'test accuracy']),
    cells('step', [...names, ...names]),
    '',
  ].join('\n');
  const pace = (step: number): string => {
    const seconds = (performance.now() - started) / 1000;
    const left = formatDuration(((totalSteps - step) * seconds) / step);
    return `${(step / seconds).toFixed(0)} steps/s, ${left} left`;
  };
  const lineFor = ({ step, losses }: Report, observations: readonly Observation[]): string => {
    const accuracies = observations.map(({ accuracy }) => percent(accuracy));
    return `${cells(String(step), [...losses.map(formatLoss), ...accuracies])}   ${pace(step)}\n`;
  };

  if (!stream.isTTY) {
    stream.write(header);
    return {
      show: (report) => {
        if (report.observations !== null) stream.write(lineFor(report, report.observations));
      },
      finish: () => undefined,
    };
  }

  // Its own handler of SIGINT would keep the program running, and nothing is hidden that would have to be restored.
  const bars = new MultiBar({
    format: '{bar} {value}/{total}   loss {losses}   {pace}',
    barsize: 20,
    barCompleteChar: '━',
    barIncompleteChar: '─',
    clearOnComplete: true,
    gracefulExit: false,
    linewrap: true,
    stream,
  });
  bars.log(header);
  const bar = bars.create(totalSteps, 0, { losses: '–', pace: '' });
  return {
    show: (report) => {
      if (report.observations !== null) bars.log(lineFor(report, report.observations));
      bar.update(report.step, { losses: report.losses.map(formatLoss).join(' | '), pace: pace(report.step) });
    },
    finish: () => {
      bars.update();
      bars.stop();
    },
  };
}
