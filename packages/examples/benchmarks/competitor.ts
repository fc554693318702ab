/**
 * @file What a competitor is: something that can be asked to do the work of a benchmark. Competitors run in processes of
 * their own; this is what they and the program that compares them agree on.
 */

/** Does the work of one benchmark once. If it returns a promise, the work is done when that is. */
export type Step = () => unknown;

/** What the module of a competitor gives. */
export interface Competitor {
  /** Of the library, with what else decides its speed. */
  readonly version: string;
  /**
   * Makes the inputs of a benchmark. All that depends on the inputs is computed in each step anew.
   * @throws with the reason, if the competitor does not have this benchmark
   */
  readonly prepare: (benchmark: string) => Step | Promise<Step>;
}

/**
 * What counts as time: what the clock on the wall shows, or what the processor spent on this process, in all its threads,
 * however often others had the processor in between.
 */
export type Clock = 'wall' | 'processor';

/**
 * What a competitor's process is asked; each is a line of JSON, and so is each answer.
 * - `prepare`: make the inputs of a benchmark, forget those before, and do its first step; gives one time
 * - `run`: do steps until so many milliseconds are over, but at least one; gives the time of each
 */
export type Request =
  | { readonly ask: 'prepare'; readonly clock: Clock; readonly benchmark: string }
  | { readonly ask: 'run'; readonly clock: Clock; readonly milliseconds: number };

export type Answer =
  /** Sent unasked, when the competitor is loaded. */
  | { readonly version: string }
  /** Of each step, in milliseconds. */
  | { readonly times: readonly number[] }
  | { readonly failure: string };

/** An answer from a line of JSON. */
export function parseAnswer(line: string): Answer {
  const answer: unknown = JSON.parse(line);
  if (typeof answer === 'object' && answer !== null) {
    if ('version' in answer && typeof answer.version === 'string') return { version: answer.version };
    if ('failure' in answer && typeof answer.failure === 'string') return { failure: answer.failure };
    if ('times' in answer && Array.isArray(answer.times) && answer.times.every(Number.isFinite))
      return { times: answer.times as number[] };
  }
  throw new Error(`not an answer: ${line}`);
}
