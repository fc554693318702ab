/**
 * @file Worker threads that run programs together with the main thread. They start when there is work for them, sleep
 * between jobs, and end by themselves after a while without any, so that nothing ever waits for them. It knows programs
 * only by their number and code.
 */
import { invariant } from '../../errors.ts';
import { header, mostThreads } from './header.ts';
import { allocateTemporaryRegion, isShared, linearMemory, releaseRegion } from './linear-memory.ts';

/** A worker's state, in its cell. */
const state = { absent: 0, starting: 1, ready: 2, reserved: 3, busy: 4, gone: 5 } as const;

const task = { load: 1, run: 2 } as const;

/** How many programs a worker keeps; then the first one loaded goes. */
const mostPrograms = 64;

/** After so long without work a worker ends. */
const idleMilliseconds = 10_000;

/** How often a waiting thread looks before it goes to sleep. */
export const spins = 4000;

const stateCell = (worker: number): number => (header.states + 8 * worker) / 4;

/** What a worker runs. It knows nothing but the memory, and its own number. */
const workerSource = `'use strict';
const start = ({ memory, worker }) => {
  const cells = new Int32Array(memory.buffer, 0, 256);
  const own = ${header.states / 4} + 2 * worker;
  const programs = new Map();
  Atomics.store(cells, own, ${state.ready});
  for (;;) {
    for (let k = 0; k < ${spins} && Atomics.load(cells, own) !== ${state.busy}; k++);
    for (let now = Atomics.load(cells, own); now !== ${state.busy}; now = Atomics.load(cells, own)) {
      if (Atomics.wait(cells, own, now, ${idleMilliseconds}) !== 'timed-out') continue;
      if (Atomics.compareExchange(cells, own, ${state.ready}, ${state.gone}) === ${state.ready}) return;
    }
    const number = cells[${header.program / 4}];
    try {
      if (cells[${header.task / 4}] === ${task.load}) {
        // Has the buffer show what other threads have grown.
        memory.grow(0);
        const code = new Uint8Array(memory.buffer, cells[${header.codeAddress / 4}] >>> 0, cells[${header.codeBytes / 4}]).slice();
        const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { windfall: { memory } });
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
    if (Atomics.sub(cells, ${header.remaining / 4}, 1) === 1) Atomics.notify(cells, ${header.remaining / 4});
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
}

const platform = globalThis as unknown as Platform;

function nodeModule(name: string): unknown {
  return platform.process?.getBuiltinModule?.(name);
}

/** How many threads the machine can run at once. */
function availableThreads(): number {
  const node = nodeModule('node:os') as { availableParallelism: () => number } | undefined;
  return Math.max(
    1,
    Math.min(mostThreads, node?.availableParallelism() ?? platform.navigator?.hardwareConcurrency ?? 1),
  );
}

/** Starts a worker; throws where that is impossible. */
function spawn(worker: number): void {
  const data = { memory: linearMemory(), worker };
  const node = nodeModule('node:worker_threads') as NodeWorkers | undefined;
  if (node !== undefined) {
    const thread = new node.Worker(workerSource, { eval: true, workerData: data, execArgv: [] });
    thread.on('error', disable);
    // Nobody is to wait for it at the end.
    thread.unref();
    return;
  }
  const { Worker, Blob, URL } = platform;
  if (platform.crossOriginIsolated !== true || !Worker || !Blob || !URL) throw new Error('no workers');
  const thread = new Worker(URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' })));
  thread.onerror = disable;
  thread.postMessage(data);
}

/** How many threads to use; undefined until somebody asks, null once it turned out that there can be only one. */
let wanted: number | null | undefined;

let firstMaySleep: boolean | undefined;

/** The programs that each worker has, in the order in which it loaded them. */
const loaded: Set<number>[] = [];

function disable(): void {
  wanted = null;
}

/** How many threads may run a program, this one included. */
export function threadCount(): number {
  if (wanted === undefined) wanted = isShared() ? availableThreads() : null;
  return wanted ?? 1;
}

/** Sets how many threads may run a program; where there can be only one, that changes nothing. */
export function setThreadCount(count: number): void {
  if (threadCount() === 1 && wanted === null) return;
  wanted = Math.min(mostThreads, count);
}

/** How many workers are waiting for work. */
export function readyWorkers(): number {
  const now = cells();
  let ready = 0;
  for (let worker = 1; worker < mostThreads; worker++)
    if (Atomics.load(now, stateCell(worker)) === state.ready) ready++;
  return ready;
}

/** The cells of the header. */
const cells = (): Int32Array => new Int32Array(linearMemory().buffer, 0, 256);

/** Reserves the workers that are ready, and starts those that are missing. */
function reserveWorkers(): number[] {
  const now = cells();
  const reserved: number[] = [];
  for (let worker = 1; worker < threadCount(); worker++) {
    const cell = stateCell(worker);
    if (Atomics.compareExchange(now, cell, state.ready, state.reserved) === state.ready) {
      reserved.push(worker);
      continue;
    }
    const present = Atomics.load(now, cell);
    if (present !== state.absent && present !== state.gone) continue;
    Atomics.store(now, cell, state.starting);
    loaded[worker] = new Set();
    try {
      spawn(worker);
    } catch {
      disable();
    }
  }
  return reserved;
}

function dispatch(workers: readonly number[]): void {
  const now = cells();
  Atomics.store(now, header.remaining / 4, workers.length);
  for (const worker of workers) {
    Atomics.store(now, stateCell(worker), state.busy);
    Atomics.notify(now, stateCell(worker));
  }
}

/** Returns when all workers have finished. */
function join(): void {
  const now = cells();
  const cell = header.remaining / 4;
  const maySleep = now[header.mayFirstSleep / 4] === 1;
  for (let k = 0; ; k++) {
    const remaining = Atomics.load(now, cell);
    if (remaining === 0) return;
    if (k > spins && maySleep) Atomics.wait(now, cell, remaining, 1000);
  }
}

/** Whether this thread may sleep: that of a web page may not. */
function findWhetherFirstMaySleep(): boolean {
  try {
    Atomics.wait(cells(), header.mayFirstSleep / 4, -1, 0);
    return true;
  } catch {
    return false;
  }
}

/** Has threads that wait for this one wait no more. */
function announceFailure(): void {
  const now = cells();
  Atomics.store(now, header.failed / 4, 1);
  // Who is about to sleep sees another generation than the one to wait for.
  Atomics.add(now, header.generation / 4, 1);
  Atomics.notify(now, header.generation / 4);
}

/** Whether a thread has failed since the last time, when all have finished. */
function takeFailure(): boolean {
  const now = cells();
  if (Atomics.exchange(now, header.failed / 4, 0) === 0) return false;
  Atomics.store(now, header.arrived / 4, 0);
  return true;
}

/** Has workers load a program that they lack; says whether all could. */
function load(number: number, code: Uint8Array, workers: readonly number[]): boolean {
  const lacking = workers.filter((worker) => !loaded[worker]!.has(number));
  if (lacking.length === 0) return true;
  const region = allocateTemporaryRegion(code.length);
  if (region === null) return false;
  new Uint8Array(linearMemory().buffer).set(code, region.address);
  const now = cells();
  now[header.task / 4] = task.load;
  now[header.program / 4] = number;
  now[header.codeAddress / 4] = region.address;
  now[header.codeBytes / 4] = code.length;
  dispatch(lacking);
  join();
  releaseRegion(region);
  const hasFailed = takeFailure();
  for (const worker of lacking) {
    // Having finished, it counts as ready; it still has a job here.
    Atomics.store(now, stateCell(worker), state.reserved);
    if (hasFailed) continue;
    const programs = loaded[worker]!;
    programs.add(number);
    if (programs.size > mostPrograms) programs.delete(programs.values().next().value!);
  }
  return !hasFailed;
}

/**
 * Runs a program on this thread and all workers that are ready.
 * @param number which program; a number always stands for the same code
 * @throws an internal error if it fails on any thread; then all have stopped, and results are undefined
 * @param run runs one thread's part, given its number and that of all
 */
export function runOnThreads(
  number: number,
  code: Uint8Array,
  run: (thread: number, threads: number) => void,
): void {
  const workers = reserveWorkers();
  const now = cells();
  firstMaySleep ??= findWhetherFirstMaySleep();
  now[header.mayFirstSleep / 4] = firstMaySleep ? 1 : 0;
  if (workers.length === 0 || !load(number, code, workers)) {
    for (const worker of workers) Atomics.store(now, stateCell(worker), state.ready);
    run(0, 1);
    return;
  }
  now[header.task / 4] = task.run;
  now[header.program / 4] = number;
  now[header.threads / 4] = workers.length + 1;
  workers.forEach((worker, position) => {
    now[stateCell(worker) + 1] = position + 1;
  });
  dispatch(workers);
  let own: string | null = null;
  try {
    run(0, workers.length + 1);
  } catch (error) {
    own = error instanceof Error ? error.message : 'for no known reason';
    announceFailure();
  }
  join();
  if (takeFailure()) invariant(false, `a program failed ${own === null ? 'in a worker' : `here: ${own}`}`);
}
