/**
 * @file The results of a run as text for a terminal, and as a page of the documentation.
 */
import { textTable } from '../src/text-table.ts';
import type { Results, Row } from './results.ts';
import { type Table, tablesOf } from './tables.ts';

/** All tables, for a terminal. */
export function terminalText(results: Results): string {
  return tablesOf(results)
    .map(({ title, header, rows, notes }) =>
      [title, '', textTable([header, ...rows]), ...(notes.length > 0 ? ['', ...notes] : [])].join('\n'),
    )
    .join('\n\n');
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function markdownTable({ header, rows }: Table): string {
  const rule = header.map((_, column) => (column === 0 ? '---' : '---:'));
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}

function section(table: Table): string {
  const notes = table.notes.map((note) => `- ${note}`);
  const list = notes.length > 0 ? ['', ...notes] : [];
  return [`## ${table.title}`, '', markdownTable(table), ...list].join('\n');
}

/** What is measured, once for all benchmarks that are described alike. */
function descriptions(rows: readonly Row[]): string[] {
  const titles = new Map<string, string[]>();
  for (const { title, description } of rows)
    titles.set(description, [...(titles.get(description) ?? []), title]);
  return Array.from(titles, ([description, all]) => `- ${all.join('; ')}: ${description}`);
}

/** The page docs/benchmarks.md. */
export function benchmarkPage(results: Results): string {
  const { date, machine, competitors, clock, seconds, rows } = results;
  const versions = competitors.flatMap((competitor) =>
    'version' in competitor ? [`- ${competitor.name}: ${competitor.version}`] : [],
  );
  return [
    '# Benchmarks',
    '',
    '<!-- Written by `npm run bench -- --render` from benchmarks.json. -->',
    '',
    `Measured on ${date.slice(0, 10)} on ${machine.processor}, ${machine.cores} cores, ${machine.system}, Node.js ${machine.node} (V8 ${machine.v8}), load average ${machine.load.toFixed(1)} before. All on one thread, unless it says otherwise.`,
    '',
    `Times are medians${clock === 'processor' ? " of the processor's time" : ''}; the spread is from the fastest step to the third quartile. Each competitor runs in a process of its own, and they take turns, each being timed for ${seconds} s in each benchmark after a warm-up, and running untimed at the begin of each turn until it is awake. A step starts from inputs that are there and computes all its results anew. Rates count what cannot be avoided: the multiplications and additions of the products, or, where memory decides, each input read once and each result written once. The limit is the time that a loop which only multiplies and adds in registers, or only copies memory, takes for as much; it multiplies and adds as Windfall's products do in this engine, fused only where that needs no flag.`,
    '',
    'To repeat it, which takes about eight minutes:',
    '',
    '```sh',
    `npm run bench -- --peers${clock === 'processor' ? ' --processor-time' : ''} --json docs/benchmarks.json`,
    'npm run bench -- --render',
    '```',
    '',
    ...tablesOf(results).flatMap((table) => [section(table), '']),
    '## What is measured',
    '',
    ...descriptions(rows),
    '',
    'Versions:',
    '',
    ...versions,
    '',
    'PyTorch runs with AVX-512 in its own kernels and in OpenBLAS where the processor has it, and with an allocator that keeps freed memory. Batch normalization in the other two libraries is composed from their operations, with their own derivatives.',
    '',
  ].join('\n');
}
