/**
 * @file The program of a competitor's process, for all competitors that run in Node: loads the module named by its first
 * argument with the options in its second, and answers requests from standard input on standard output.
 */
import { createInterface } from 'node:readline';
import type { Answer, Clock, Competitor, Request, Step } from './competitor.ts';

// Standard output belongs to the answers; what libraries print must not get between them.
console.log = console.error;
console.info = console.error;

const answer = (message: Answer): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`);
};

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]!;

/** In milliseconds. */
function now(clock: Clock): number {
  if (clock === 'wall') return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function timed(step: Step, clock: Clock): Promise<number> {
  const start = now(clock);
  const result = step();
  // An await costs a turn of the event loop, which steps that compute at once do not pay.
  if (result instanceof Promise) await result;
  return now(clock) - start;
}

async function serve(competitor: Competitor): Promise<void> {
  let step: Step = () => undefined;
  const timesFor = async (request: Request): Promise<number[]> => {
    if (request.ask === 'prepare') {
      step = await competitor.prepare(request.benchmark);
      return [await timed(step, request.clock)];
    }
    const times: number[] = [];
    const end = now('wall') + request.milliseconds;
    do times.push(await timed(step, request.clock));
    while (now('wall') < end);
    return times;
  };
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      answer({ times: await timesFor(JSON.parse(line) as Request) });
    } catch (error) {
      answer({ failure: reasonOf(error) });
    }
  }
}

async function main(): Promise<void> {
  const [path, options = '{}'] = process.argv.slice(2);
  try {
    const module = (await import(path!)) as { load: (options: unknown) => Competitor | Promise<Competitor> };
    const competitor = await module.load(JSON.parse(options));
    answer({ version: competitor.version });
    await serve(competitor);
  } catch (error) {
    answer({ failure: reasonOf(error) });
  }
}

void main();
