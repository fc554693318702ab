/**
 * @file The process of one competitor, seen from outside: started when first needed, asked one thing at a time, started
 * anew after it died.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseAnswer, type Request } from './competitor.ts';

/** How to start a competitor. */
export interface Launch {
  /** As it stands in tables. */
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  /** What is added to the environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The benchmarks it takes part in; by default all. */
  readonly only?: readonly string[];
}

/** What takes longer is given up. */
const patience = 30_000;

interface Child {
  readonly process: ChildProcessWithoutNullStreams;
  readonly nextLine: () => Promise<string | undefined>;
  /** The last line that it wrote to standard error. */
  complaint: string;
}

export class CompetitorProcess {
  readonly launch: Launch;
  /** What it said of itself; null until it has been started. */
  version: string | null = null;
  #child: Child | null = null;

  constructor(launch: Launch) {
    this.launch = launch;
  }

  /**
   * Starts the process, if it does not run.
   * @returns after how many milliseconds it was ready; 0 if it ran already
   * @throws with the reason, if it cannot be started
   */
  async start(): Promise<number> {
    if (this.#child !== null) return 0;
    const begin = performance.now();
    const [program, ...args] = this.launch.command;
    const process_ = spawn(program, args, {
      cwd: __dirname,
      env: { ...process.env, ...this.launch.environment },
    });
    const lines: AsyncIterator<string, undefined> = createInterface({ input: process_.stdout })[
      Symbol.asyncIterator
    ]();
    const nextLine = async (): Promise<string | undefined> => (await lines.next()).value;
    const child: Child = { process: process_, nextLine, complaint: '' };
    process_.stderr.setEncoding('utf8').on('data', (text: string) => {
      child.complaint = text.trim().split('\n').at(-1) ?? '';
    });
    process_.on('error', (error) => {
      child.complaint = error.message;
    });
    // Writing to a process that is gone is reported by the missing answer.
    process_.stdin.on('error', () => undefined);
    this.#child = child;
    const answer = await this.#answer(child);
    if (!('version' in answer)) throw new Error('it answers before it is asked');
    this.version = answer.version;
    return performance.now() - begin;
  }

  /**
   * Asks for something that takes time.
   * @returns milliseconds, one number for each step
   * @throws with the reason, if it cannot do it or takes too long
   */
  async ask(request: Request): Promise<readonly number[]> {
    await this.start();
    const child = this.#child!;
    child.process.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await this.#answer(child);
    if (!('times' in answer)) throw new Error('it does not answer what it was asked');
    return answer.times;
  }

  async #answer(child: Child): Promise<Exclude<ReturnType<typeof parseAnswer>, { failure: string }>> {
    let timer: NodeJS.Timeout | undefined;
    const impatience = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), patience);
    });
    const line = await Promise.race([child.nextLine(), impatience]);
    clearTimeout(timer);
    if (line === undefined || line === 'late') {
      this.stop();
      if (line === 'late') throw new Error(`takes more than ${patience / 1000} s`);
      throw new Error(`the process ended: ${child.complaint}`);
    }
    const answer = parseAnswer(line);
    if ('failure' in answer) throw new Error(answer.failure);
    return answer;
  }

  /** Ends the process, if it runs. */
  stop(): void {
    this.#child?.process.kill('SIGKILL');
    this.#child = null;
  }
}
