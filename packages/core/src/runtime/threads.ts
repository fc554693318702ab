/**
 * @file How many threads compute.
 */
import { setThreadCount, threadCount } from '../backends/wasm/thread-pool.ts';
import { check, describe } from '../errors.ts';

/**
 * Sets how many threads may compute together; by default as many as the machine has cores. Results are the same bits for
 * every number. Threads need shared memory: Node has it, a web page only if it is cross-origin isolated; elsewhere, and on
 * the backends written in JavaScript, there is one thread whatever is set. Workers start when there is enough work for
 * them, and never keep a program from ending.
 * @param count a whole number ≥ 1; numbers above 64 count as 64
 * @example setThreads(1);
 */
export function setThreads(count: number): void {
  check(
    Number.isInteger(count) && count >= 1,
    'setThreads',
    () => `the number of threads is a whole number ≥ 1, not ${describe(count)}`,
  );
  setThreadCount(count);
}

/**
 * How many threads may compute together.
 * @example
 * setThreads(1);
 * getThreads(); // 1
 */
export function getThreads(): number {
  return threadCount();
}
