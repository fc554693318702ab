/**
 * @file Worker threads that run programs together with the main thread. They start when there is work for them, sleep
 * between jobs, and end by themselves after a while without any, so that nothing ever waits for them. It knows programs
 * only by their number and code.
 */
import { fail, invariant } from '../../errors.ts';
import { header, mostThreads } from './header.ts';
import { allocateTemporaryRegion, isShared, linearMemory, releaseRegion } from './linear-memory.ts';
import {
  availableThreads,
  mostPrograms,
  spins,
  startWorker,
  state,
  stateCell,
  task,
  type WorkerThread,
} from './worker-thread.ts';

/** How many threads to use; undefined until somebody asks, null once it turned out that there can be only one. */
let wanted: number | null | undefined;

let firstMaySleep: boolean | undefined;

/** The workers that were started last, by their number. */
const started: WorkerThread[] = [];

/** The programs that each worker has, in the order in which it loaded them. */
const loaded: Set<number>[] = [];

/** How long a thread that waits for others sleeps before it looks whether they are still there. */
export const watchMilliseconds = 50;

/** The same for one that may not sleep, as a number of looks at what it waits for. */
export const looksBetweenWatches = 2 ** 20;

/** How often it looks before it gives up workers that have not begun, where it cannot be known whether they have ended. */
const mostLooks = 200;

/** The workers that have a job, and how often it has been looked whether they are still there. */
let employed: readonly number[] = [];
let looks = 0;
/** Whether one of them has ended meanwhile. */
let hasLostWorker = false;

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
    if (present === state.absent || present === state.gone) start(worker);
  }
  return reserved;
}

function start(worker: number): void {
  const now = cells();
  const cell = stateCell(worker);
  Atomics.store(now, cell, state.starting);
  loaded[worker] = new Set();
  try {
    const thread = startWorker(linearMemory(), worker, {
      onError: disable,
      onEnd: () => {
        // By now another may have its number.
        if (started[worker] === thread) Atomics.store(now, cell, state.gone);
      },
    });
    started[worker] = thread;
  } catch {
    disable();
  }
}

function dispatch(workers: readonly number[]): void {
  const now = cells();
  employed = workers;
  looks = 0;
  for (const worker of workers) {
    Atomics.store(now, stateCell(worker), state.busy);
    Atomics.notify(now, stateCell(worker));
  }
}

const isAtWork = (present: number): boolean => present === state.busy || present === state.working;

/** Returns when all workers have finished, or ended. */
function join(): void {
  const now = cells();
  const maySleep = now[header.mayFirstSleep / 4] === 1;
  for (const worker of employed) {
    const cell = stateCell(worker);
    for (let k = 1; ; k++) {
      const present = Atomics.load(now, cell);
      if (!isAtWork(present)) break;
      if (k > spins && maySleep) {
        if (Atomics.wait(now, cell, present, watchMilliseconds) === 'timed-out') watchWorkers();
      } else if (k % looksBetweenWatches === 0) watchWorkers();
    }
  }
  employed = [];
}

/**
 * Has nobody wait for workers that have ended: their job fails. What kernels call, too, when they have waited for long.
 */
export function watchWorkers(): void {
  const now = cells();
  looks++;
  for (const worker of employed) {
    const cell = stateCell(worker);
    const present = Atomics.load(now, cell);
    const { hasEnded } = started[worker]!;
    if (!isAtWork(present)) continue;
    if (hasEnded === null) {
      if (looks < mostLooks) continue;
      // One that has begun cannot be stopped, and will finish if it is there. One that has not can be kept from it.
      if (Atomics.compareExchange(now, cell, state.busy, state.gone) !== state.busy) continue;
      disable();
    } else {
      if (!hasEnded()) continue;
      // What it may have finished before it ended is done.
      if (!isAtWork(Atomics.load(now, cell))) continue;
      Atomics.store(now, cell, state.gone);
    }
    hasLostWorker = true;
    announceFailure();
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

/** How a thread has failed since the last time, when all have finished; null if none has. */
function takeFailure(): 'by itself' | 'by ending' | null {
  const now = cells();
  if (Atomics.exchange(now, header.failed / 4, 0) === 0) return null;
  Atomics.store(now, header.arrived / 4, 0);
  const failure = hasLostWorker ? 'by ending' : 'by itself';
  hasLostWorker = false;
  return failure;
}

/**
 * Has workers load a program that they lack.
 * @returns the workers that have it then; the others are free
 */
function load(number: number, code: Uint8Array, workers: readonly number[]): readonly number[] {
  const lacking = workers.filter((worker) => !loaded[worker]!.has(number));
  if (lacking.length === 0) return workers;
  const now = cells();
  const region = allocateTemporaryRegion(code.length);
  if (region === null) {
    for (const worker of lacking) Atomics.store(now, stateCell(worker), state.ready);
    return workers.filter((worker) => !lacking.includes(worker));
  }
  new Uint8Array(linearMemory().buffer).set(code, region.address);
  now[header.task / 4] = task.load;
  now[header.program / 4] = number;
  now[header.codeAddress / 4] = region.address;
  now[header.codeBytes / 4] = code.length;
  dispatch(lacking);
  join();
  releaseRegion(region);
  const hasFailed = takeFailure() !== null;
  return workers.filter((worker) => {
    if (!lacking.includes(worker)) return true;
    if (hasFailed) return false;
    // Having finished, it counts as ready, unless it has ended meanwhile; it still has a job here.
    const cell = stateCell(worker);
    if (Atomics.compareExchange(now, cell, state.ready, state.reserved) !== state.ready) return false;
    const programs = loaded[worker]!;
    programs.add(number);
    if (programs.size > mostPrograms) programs.delete(programs.values().next().value!);
    return true;
  });
}

/**
 * Runs a program on this thread and all workers that are ready.
 * @param number which program; a number always stands for the same code
 * @param run runs one thread's part, given its number and that of all
 * @throws if a worker ends in the middle, and an internal error if the program fails on any thread; then all have stopped,
 *   and results are undefined
 */
export function runOnThreads(
  number: number,
  code: Uint8Array,
  run: (thread: number, threads: number) => void,
): void {
  const now = cells();
  firstMaySleep ??= findWhetherFirstMaySleep();
  now[header.mayFirstSleep / 4] = firstMaySleep ? 1 : 0;
  const workers = load(number, code, reserveWorkers());
  if (workers.length === 0) {
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
  const failure = takeFailure();
  if (failure === 'by ending')
    fail('threads', 'a worker thread has ended in the middle of a computation; compute it again');
  invariant(failure === null, () => `a program failed ${own === null ? 'in a worker' : `here: ${own}`}`);
}
