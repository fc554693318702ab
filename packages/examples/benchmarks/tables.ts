/**
 * @file The tables of a run, as rows of cells: for a terminal and for a page alike.
 */
import { compiledName, threadedName, uncompiledName } from './competitors.ts';
import { isTiming, type Timing } from './measure.ts';
import type { Results, Row } from './results.ts';

export interface Table {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What the table leaves unsaid. */
  readonly notes: readonly string[];
}

const none = '–';

/** Three digits, and no more than that of whole numbers. */
export function formatNumber(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toPrecision(value >= 1 ? 3 : 2);
}

const formatPercent = (share: number): string => `${(100 * share).toFixed(0)} %`;

function timingOf(row: Row, name: string): Timing | null {
  const measurement = row.measurements[name];
  return isTiming(measurement) ? measurement : null;
}

const formatMedian = (timing: Timing | null): string =>
  timing === null ? none : formatNumber(timing.median);

/** From the fastest step to the third quartile; what is slower than that was disturbed. */
const formatSpread = ({ fastest, quartiles }: Timing): string =>
  [fastest, quartiles[1]].map(formatNumber).join('…');

function formatRate({ work }: Row, { median }: Timing): string {
  if (work === null) return none;
  const billions = work.amount / median / 1e6;
  return `${formatNumber(billions)} ${work.unit === 'flops' ? 'GFLOP/s' : 'GB/s'}`;
}

/** The compiled form, or the other where there is none. */
const bestOf = (row: Row): Timing | null => timingOf(row, compiledName) ?? timingOf(row, uncompiledName);

/** Why competitors are missing from rows. */
function missingNotes(rows: readonly Row[], names: readonly string[]): string[] {
  const titles = new Map<string, string[]>();
  for (const row of rows) {
    for (const name of names) {
      const measurement = row.measurements[name];
      if (measurement === undefined || isTiming(measurement)) continue;
      const note = `${name}: ${measurement.missing}`;
      titles.set(note, [...(titles.get(note) ?? []), row.title]);
    }
  }
  return Array.from(titles, ([note, where]) => `${note} (${where.join('; ')})`);
}

function ownTable({ rows }: Results): Table {
  const cells = rows.flatMap((row) => {
    const best = bestOf(row);
    if (best === null) return [];
    const limit = timingOf(row, 'roofline');
    const compiled = timingOf(row, compiledName);
    const threaded = timingOf(row, threadedName);
    return [
      [
        row.title,
        formatNumber(best.first),
        formatMedian(timingOf(row, uncompiledName)),
        formatMedian(compiled),
        formatSpread(best),
        formatRate(row, best),
        limit === null ? none : formatPercent(limit.median / best.median),
        compiled === null || threaded === null ? none : `${formatNumber(compiled.median / threaded.median)}×`,
      ],
    ];
  });
  return {
    title: 'Windfall',
    header: ['', 'first ms', 'uncompiled ms', 'compiled ms', 'spread ms', 'rate', 'of limit', '2 threads'],
    rows: cells,
    notes: missingNotes(rows, [compiledName, uncompiledName, threadedName]),
  };
}

/** The competitors that are not ours, in order. */
function peersOf({ competitors }: Results): string[] {
  const own = ['roofline', compiledName, uncompiledName, threadedName];
  return competitors.map(({ name }) => name).filter((name) => !own.includes(name));
}

function peerTable(results: Results): Table | null {
  const peers = peersOf(results);
  if (peers.length === 0) return null;
  const cells = results.rows.flatMap((row) => {
    const best = bestOf(row);
    if (best === null) return [];
    const cellFor = (name: string): string => {
      const timing = timingOf(row, name);
      if (timing === null) return none;
      return `${formatNumber(timing.median)} (${(best.median / timing.median).toPrecision(2)})`;
    };
    return [[row.title, formatNumber(best.median), ...peers.map(cellFor)]];
  });
  const absent = results.competitors.flatMap((competitor) =>
    'missing' in competitor && peers.includes(competitor.name)
      ? [`${competitor.name}: ${competitor.missing}`]
      : [],
  );
  return {
    title: 'Others, in ms, and in parentheses the time of Windfall over theirs',
    header: ['', 'windfall', ...peers],
    rows: cells,
    notes: [...absent, ...missingNotes(results.rows, peers)],
  };
}

function coldTable({ coldStarts, competitors }: Results): Table | null {
  if (coldStarts.length === 0) return null;
  const cells = competitors.flatMap(({ name }) => {
    const starts = coldStarts.map((row) => row.starts[name]);
    const load = starts.find((start) => start !== undefined)?.load;
    if (load === undefined) return [];
    const firsts = starts.map((start) => (start === undefined ? none : formatNumber(start.first)));
    return [[name, formatNumber(load), ...firsts]];
  });
  return {
    title: 'Cold start, in ms',
    header: ['', 'load', ...coldStarts.map(({ title }) => `first ${title}`)],
    rows: cells,
    notes: [
      'Loading is what comes before the first question; for Windfall, translation from TypeScript, too.',
    ],
  };
}

function limitTable({ limits }: Results): Table | null {
  const cells = limits.flatMap((row) => {
    const timing = timingOf(row, 'roofline');
    return timing === null ? [] : [[row.title, formatRate(row, timing)]];
  });
  return cells.length === 0
    ? null
    : {
        title: 'Limits of this machine',
        header: ['', 'rate'],
        rows: cells,
        notes: missingNotes(limits, ['roofline']),
      };
}

/** All tables for which a run has numbers. */
export function tablesOf(results: Results): Table[] {
  const tables = [limitTable(results), ownTable(results), peerTable(results), coldTable(results)];
  return tables.filter((table) => table !== null);
}
