/**
 * @file How an experiment looks in a terminal: a line for every trial, and a bar below them while they run. Where there is no
 * terminal (a pipe, a log file) only the lines are written.
 */
import { SingleBar } from 'cli-progress';
import { formatDuration } from '../format-duration.ts';
import type { Trial } from './experiment.ts';

export interface TrialProgress {
  readonly step: (trial: string, note: string | undefined) => void;
  /** Of a trial that is finished; of one that was finished before, `isNew` is false. */
  readonly finishTrial: (trial: Trial<unknown>, isNew: boolean) => void;
  /** Takes the bar away. */
  readonly stop: () => void;
}

/** @param total the steps of all trials */
export function startTrialProgress(total: number, stream: NodeJS.WriteStream): TrialProgress {
  const started = performance.now();
  let trialStarted = started;
  let made = 0;
  let skipped = 0;
  const secondsSince = (start: number): number => (performance.now() - start) / 1000;
  const left = (): string =>
    made === 0 ? '' : `${formatDuration((secondsSince(started) / made) * (total - skipped - made))} left`;
  const bar = stream.isTTY
    ? new SingleBar({
        format: '{bar} {percentage} %   {left}   {trial}   {note}',
        ...{ barsize: 20, barCompleteChar: '━', barIncompleteChar: '─' },
        ...{ clearOnComplete: true, gracefulExit: false, linewrap: true, stream },
      })
    : null;
  bar?.start(total, 0, { left: '', trial: '', note: '' });
  return {
    step: (trial, note) => {
      made++;
      bar?.update(skipped + made, { trial, left: left(), ...(note === undefined ? {} : { note }) });
    },
    finishTrial: ({ name, steps }, isNew) => {
      if (!isNew) skipped += steps;
      // The bar is drawn again, below this line, at its next update.
      if (bar !== null) stream.write('\r\x1b[K');
      const done = isNew ? `${formatDuration(secondsSince(trialStarted))}; ${left()}` : 'finished before';
      stream.write(`${name}: ${done}\n`);
      trialStarted = performance.now();
    },
    stop: () => bar?.stop(),
  };
}
