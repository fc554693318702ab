/**
 * @file `npm run bench`: measures Windfall, and with --peers also what users could pick instead, prints tables and leaves
 * the numbers in a file.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, type } from 'node:os';
import { dirname } from 'node:path';
import { UsageError } from '../src/flags.ts';
import { runMain } from '../src/usage-errors.ts';
import { type BenchmarkKey, benchmarks, limits } from './benchmarks.ts';
import { type Options, parseCommandLine, usage } from './command-line.ts';
import { CompetitorProcess } from './competitor-process.ts';
import { ours, ourThreads, roofline } from './competitors.ts';
import { measure, measureColdStart } from './measure.ts';
import { benchmarkPage, terminalText } from './page.ts';
import { findPeers } from './peers/peers.ts';
import { type ColdRow, formatResults, readResults, type Results, type Row } from './results.ts';

/** Where first steps are also measured in fresh processes, and in how many. */
const coldKeys: readonly BenchmarkKey[] = ['mlp-step', 'cnn-step'];
const coldProcesses = 3;

const machine = (): Results['machine'] => ({
  processor: cpus()[0]?.model.trim() ?? 'an unknown processor',
  cores: cpus().length,
  system: type(),
  node: process.versions.node,
  v8: process.versions.v8,
  load: loadavg()[0]!,
});

/** Everybody who can take part, started; and who cannot, with the reason. */
async function gather({ peers, clock }: Options): Promise<{
  present: CompetitorProcess[];
  absent: { name: string; missing: string }[];
}> {
  const present: CompetitorProcess[] = [];
  const absent: { name: string; missing: string }[] = [];
  const threads = clock === 'wall' ? [ourThreads] : [];
  for (const candidate of [roofline, ...ours, ...threads, ...(peers ? findPeers() : [])]) {
    if ('reason' in candidate) {
      absent.push({ name: candidate.name, missing: candidate.reason });
      continue;
    }
    const competitor = new CompetitorProcess(candidate);
    try {
      await competitor.start();
      present.push(competitor);
    } catch (error) {
      absent.push({ name: candidate.name, missing: error instanceof Error ? error.message : String(error) });
    }
  }
  for (const { name, missing } of absent) console.error(`without ${name}: ${missing}`);
  return { present, absent };
}

async function run(options: Options): Promise<Results> {
  const { keys, seconds, clock } = options;
  const before = machine();
  if (clock === 'wall' && before.load > before.cores / 2)
    console.error(
      `the machine is busy (load ${before.load.toFixed(1)}); --processor-time is more reliable then`,
    );
  const { present, absent } = await gather(options);
  const started = performance.now();
  const elapsed = (): string => `${((performance.now() - started) / 1000).toFixed(0)} s`.padStart(5);
  try {
    const rowOf = async (
      key: string,
      benchmark: Omit<Row, 'measurements'>,
      competitors: readonly CompetitorProcess[],
    ): Promise<Row> => {
      const { title, description, work } = benchmark;
      const row = { title, description, work, measurements: await measure(key, competitors, options) };
      console.error(`${elapsed()}   ${title}`);
      return row;
    };
    const limitRows: Row[] = [];
    const limiting = present.filter(({ launch }) => launch === roofline);
    for (const [key, limit] of Object.entries(limits)) limitRows.push(await rowOf(key, limit, limiting));
    const rows: Row[] = [];
    for (const key of keys) rows.push(await rowOf(key, benchmarks[key], present));
    const coldStarts: ColdRow[] = [];
    const starting = present.filter(({ launch }) => launch !== roofline);
    for (const key of clock === 'wall' ? coldKeys.filter((cold) => keys.includes(cold)) : []) {
      const { title } = benchmarks[key];
      coldStarts.push({ title, starts: await measureColdStart(key, starting, coldProcesses) });
      console.error(`${elapsed()}   cold start, ${title}`);
    }
    return {
      date: new Date().toISOString(),
      machine: before,
      seconds,
      clock,
      competitors: [
        ...present.map(({ launch: { name }, version }) => ({ name, version: version ?? 'unknown' })),
        ...absent,
      ],
      limits: limitRows,
      rows,
      coldStarts,
    };
  } finally {
    for (const competitor of present) competitor.stop();
  }
}

function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch {
    throw new UsageError(`--json: cannot write "${path}"`);
  }
  console.error(path);
}

async function main(): Promise<void> {
  const options = parseCommandLine(process.argv.slice(2));
  if (options === 'help') {
    console.log(usage);
  } else if ('render' in options) {
    write(options.json.replace(/(\.json)?$/, '.md'), benchmarkPage(readResults(options.json)));
  } else {
    const results = await run(options);
    console.log(terminalText(results));
    write(options.json, formatResults(results));
  }
}

runMain(main);
