/**
 * @file Times one benchmark for several competitors, in turns, so that what else the machine does hits all of them alike.
 */
import { percentiles } from '../src/percentile.ts';
import type { Clock } from './competitor.ts';
import type { CompetitorProcess } from './competitor-process.ts';

/** Times in milliseconds. */
export interface Timing {
  /** Of the first step, which may compile. */
  readonly first: number;
  readonly fastest: number;
  /** Half of all steps took no longer and no less than these. */
  readonly quartiles: readonly [lower: number, upper: number];
  readonly median: number;
  /** How many steps were timed. */
  readonly count: number;
}

/** A timing, or why there is none. */
export type Measurement = Timing | { readonly missing: string };

export const isTiming = (measurement: Measurement | undefined): measurement is Timing =>
  measurement !== undefined && !('missing' in measurement);

export interface MeasureOptions {
  /** How long each competitor is timed; before that it warms up for three times as long. */
  readonly seconds: number;
  readonly clock: Clock;
}

const turns = 10;

/**
 * How many times as long a competitor runs at the begin of each turn without being timed: it has slept while the others
 * had theirs, the caches hold what they left, and the operating system takes some 40 ms until it runs two threads that it
 * has woken on two cores.
 */
const wakeUp = 2;

/**
 * How many times as long a competitor warms up as it is timed: an engine that compiles while it runs takes a second or more
 * until it runs the code that it stays with.
 */
const warmUp = 3;

/** What a competitor that needs long for a step must have done nevertheless. */
const fewestSteps = 3;

export function summarize(first: number, times: readonly number[]): Timing {
  const [fastest, lower, median, upper] = percentiles(times, [0, 25, 50, 75]) as [
    number,
    number,
    number,
    number,
  ];
  return { first, fastest, quartiles: [lower, upper], median, count: times.length };
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const sum = (times: readonly number[]): number => times.reduce((total, time) => total + time, 0);

/** What each competitor took, by its name; those that do not take part in this benchmark are not among them. */
export async function measure(
  benchmark: string,
  competitors: readonly CompetitorProcess[],
  { seconds, clock }: MeasureOptions,
): Promise<Record<string, Measurement>> {
  const milliseconds = 1000 * seconds;
  const results: Record<string, Measurement> = {};
  const timed: { competitor: CompetitorProcess; first: number; times: number[] }[] = [];
  for (const competitor of competitors) {
    const { name, only } = competitor.launch;
    if (only !== undefined && !only.includes(benchmark)) continue;
    try {
      const [first] = await competitor.ask({ ask: 'prepare', clock, benchmark });
      if (first! < milliseconds)
        await competitor.ask({ ask: 'run', clock, milliseconds: warmUp * milliseconds });
      timed.push({ competitor, first: first!, times: [] });
    } catch (error) {
      results[name] = { missing: reasonOf(error) };
    }
  }
  for (let turn = 0; turn < turns; turn++) {
    // Back and forth, so that none always comes after the same one, which leaves its caches and its clock rate behind.
    const order = turn % 2 === 0 ? timed : [...timed].reverse();
    for (const { competitor, times } of order) {
      const { name } = competitor.launch;
      const isOver = sum(times) >= milliseconds && times.length >= fewestSteps;
      if (isOver || name in results) continue;
      try {
        await competitor.ask({ ask: 'run', clock, milliseconds: (wakeUp * milliseconds) / turns });
        for (const time of await competitor.ask({ ask: 'run', clock, milliseconds: milliseconds / turns }))
          times.push(time);
      } catch (error) {
        results[name] = { missing: reasonOf(error) };
      }
    }
  }
  for (const { competitor, first, times } of timed)
    results[competitor.launch.name] ??= summarize(first, times);
  return results;
}

/** How long a process took to be ready, and then for its first step, in milliseconds. */
export interface ColdStart {
  readonly load: number;
  readonly first: number;
}

/** The medians of several fresh processes of each competitor. */
export async function measureColdStart(
  benchmark: string,
  competitors: readonly CompetitorProcess[],
  processes: number,
): Promise<Record<string, ColdStart>> {
  const starts = new Map<string, ColdStart[]>();
  for (let k = 0; k < processes; k++) {
    for (const competitor of competitors) {
      const { name, only } = competitor.launch;
      if (only !== undefined && !only.includes(benchmark)) continue;
      competitor.stop();
      try {
        const load = await competitor.start();
        const [first] = await competitor.ask({ ask: 'prepare', clock: 'wall', benchmark });
        starts.set(name, [...(starts.get(name) ?? []), { load, first: first! }]);
      } catch {
        // The benchmark's own row says why.
      }
    }
  }
  const medianOf = (values: readonly number[]): number => percentiles(values, [50])[0]!;
  return Object.fromEntries(
    Array.from(starts, ([name, all]) => [
      name,
      { load: medianOf(all.map(({ load }) => load)), first: medianOf(all.map(({ first }) => first)) },
    ]),
  );
}
