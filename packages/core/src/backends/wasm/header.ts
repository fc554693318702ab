/**
 * @file The first bytes of linear memory, before the arena: where threads meet and what kernels report. All cells are i32;
 * those that different threads change stand in cache lines of their own.
 */

/** Byte addresses. */
export const header = {
  /** Whether a row was out of range; behind it which one, of how many. */
  error: 16,
  /** What the threads are to do, see thread-pool.ts, with which program, and how many take part. */
  task: 64,
  program: 68,
  threads: 72,
  /** Where a new program's code stands, and how long it is. */
  codeAddress: 76,
  codeBytes: 80,
  /** Whether the first thread may sleep; where it may not, it waits awake. */
  mayFirstSleep: 84,
  /** Whether a program has begun to overwrite values that it is to update in place. */
  updating: 128,
  /** How many threads have arrived at the barrier, and how often all had. */
  arrived: 192,
  generation: 256,
  /** Whether a thread has failed, for which the others need not wait any more. */
  failed: 260,
  /** Each thread's state and its number among those that take part: 8 bytes each. */
  states: 320,
} as const;

/** More threads than this are never used. */
export const mostThreads = 64;
