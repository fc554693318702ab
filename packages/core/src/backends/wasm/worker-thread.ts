/**
 * @file One worker thread: what it runs, how each platform starts it, and whether it has come to an end without saying
 * so. It knows no programs, and nothing of the other workers.
 */
import { header, mostThreads } from './header.ts';
import type { LinearMemory } from './web-assembly.ts';

/** A worker's state, in its cell. Only a busy one, which has not yet taken the job, can be told that there is none. */
export const state = { absent: 0, starting: 1, ready: 2, reserved: 3, busy: 4, working: 5, gone: 6 } as const;

export const task = { load: 1, run: 2 } as const;

/** How many programs a worker keeps; then the first one loaded goes. */
export const mostPrograms = 64;

/** After so long without work a worker ends. */
const idleMilliseconds = 10_000;

/** How often a waiting thread looks before it goes to sleep. */
export const spins = 4000;

/** The position of a worker's state among the cells. */
export const stateCell = (worker: number): number => (header.states + 8 * worker) / 4;

/** What a worker runs. It knows nothing but the memory, and its own number. */
const workerSource = `'use strict';
const start = ({ memory, worker }) => {
  const cells = new Int32Array(memory.buffer, 0, 256);
  const own = ${header.states / 4} + 2 * worker;
  const programs = new Map();
  const watch = () => {};
  Atomics.store(cells, own, ${state.ready});
  for (;;) {
    for (let k = 0; k < ${spins} && Atomics.load(cells, own) !== ${state.busy}; k++);
    const take = () => Atomics.compareExchange(cells, own, ${state.busy}, ${state.working});
    for (let now = take(); now !== ${state.busy}; now = take()) {
      if (now === ${state.gone}) return;
      if (Atomics.wait(cells, own, now, ${idleMilliseconds}) !== 'timed-out') continue;
      if (Atomics.compareExchange(cells, own, ${state.ready}, ${state.gone}) === ${state.ready}) return;
    }
    const number = cells[${header.program / 4}];
    try {
      if (cells[${header.task / 4}] === ${task.load}) {
        // Has the buffer show what other threads have grown.
        memory.grow(0);
        const code = new Uint8Array(memory.buffer, cells[${header.codeAddress / 4}] >>> 0, cells[${header.codeBytes / 4}]).slice();
        const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { windfall: { memory, watch } });
        programs.set(number, exports.run);
        if (programs.size > ${mostPrograms}) programs.delete(programs.keys().next().value);
      } else {
        programs.get(number)(cells[own + 1], cells[${header.threads / 4}]);
      }
    } catch {
      Atomics.store(cells, ${header.failed / 4}, 1);
      Atomics.add(cells, ${header.generation / 4}, 1);
      Atomics.notify(cells, ${header.generation / 4});
    }
    Atomics.store(cells, own, ${state.ready});
    Atomics.notify(cells, own);
  }
};
if (typeof process === 'object' && typeof process.getBuiltinModule === 'function') {
  start(process.getBuiltinModule('node:worker_threads').workerData);
} else {
  onmessage = ({ data }) => {
    start(data);
    close();
  };
}
`;

/** What the platforms offer, as far as it is used. */
interface Platform {
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown };
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly crossOriginIsolated?: boolean;
  readonly Worker?: new (
    url: string,
  ) => { postMessage: (data: unknown) => void; onerror: (() => void) | null };
  readonly Blob?: new (parts: string[], options: { type: string }) => object;
  readonly URL?: { readonly createObjectURL: (blob: object) => string };
}

interface NodeWorkers {
  readonly Worker: new (
    source: string,
    options: object,
  ) => { unref: () => void; on: (event: string, listener: () => void) => void };
  readonly MessageChannel: new () => { port1: { postMessage: (message: unknown) => unknown }; port2: object };
}

const platform = globalThis as unknown as Platform;

function nodeModule(name: string): unknown {
  return platform.process?.getBuiltinModule?.(name);
}

/** How many threads the machine can run at once. */
export function availableThreads(): number {
  const node = nodeModule('node:os') as { availableParallelism: () => number } | undefined;
  return Math.max(
    1,
    Math.min(mostThreads, node?.availableParallelism() ?? platform.navigator?.hardwareConcurrency ?? 1),
  );
}

/** A worker that was started. */
export interface WorkerThread {
  /** Whether it has surely ended: nothing of it runs any more. Null where the platform does not tell a busy thread. */
  readonly hasEnded: (() => boolean) | null;
}

/**
 * Starts a worker.
 * @param onError called, some time later, if it ends by an error
 * @param onEnd called, some time later, when it has ended for whatever reason
 * @throws where that is impossible
 */
export function startWorker(
  memory: LinearMemory,
  worker: number,
  { onError, onEnd }: { onError: () => void; onEnd: () => void },
): WorkerThread {
  const node = nodeModule('node:worker_threads') as NodeWorkers | undefined;
  if (node !== undefined) {
    // The worker never reads from its port, which lasts as long as it does.
    const { port1, port2 } = new node.MessageChannel();
    const thread = new node.Worker(workerSource, {
      eval: true,
      workerData: { memory, worker, port: port2 },
      transferList: [port2],
      execArgv: [],
    });
    thread.on('error', onError);
    thread.on('exit', onEnd);
    // Nobody is to wait for it at the end.
    thread.unref();
    // An event could not tell: a thread that waits for the worker handles none.
    return { hasEnded: () => port1.postMessage(0) === false };
  }
  const { Worker, Blob, URL } = platform;
  if (platform.crossOriginIsolated !== true || !Worker || !Blob || !URL) throw new Error('no workers');
  const thread = new Worker(URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' })));
  thread.onerror = onError;
  thread.postMessage({ memory, worker });
  return { hasEnded: null };
}
