/**
 * @file The page's end of the line to its worker.
 */
import type { FromWorker, ToWorker } from '../worker/messages.ts';

export type { FromWorker, ToWorker };

/** Starts the worker. */
export function startTrainer(hear: (message: FromWorker) => void): (message: ToWorker) => void {
  const worker = new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => hear(data);
  worker.onerror = (event) => {
    event.preventDefault();
    hear({ kind: 'failed', message: event.message || 'the worker that trains could not be started' });
  };
  return (message) => worker.postMessage(message);
}
