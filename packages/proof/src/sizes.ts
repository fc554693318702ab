/**
 * @file What the packages add to a page, minified and compressed: budgets, and the table in docs/sizes.md.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundleByEsbuild } from './bundles.ts';
import { prove } from './run.ts';
import { root } from './tarballs.ts';

interface Row {
  readonly imports: string;
  readonly program: string;
  /** The most that it may take, gzipped, in kB. */
  readonly budget: number;
}

const rows: readonly Row[] = [
  {
    imports: 'only `tensor` and `gradient` of `@windfall/core`',
    program: 'built/gradient-only.js',
    budget: 75,
  },
  { imports: 'all of `@windfall/core`', program: 'built/whole.js', budget: 100 },
  { imports: 'a convolutional network with `BatchNorm2d`, and Adam', program: 'built/main.js', budget: 100 },
  { imports: 'all of `@windfall/core` and `@windfall/nn`', program: 'built/whole-nn.js', budget: 150 },
];

/** How far the table may be from what is measured before it must be written anew. */
const mostOff = 0.02;

const page = join(root, 'docs', 'sizes.md');

const introduction = `# Sizes

What a program takes that imports some of the packages, bundled and minified by esbuild, gzipped at level 9; 1 kB is 1000
bytes. \`npm run prove-packages -- --write\` writes this page; CI compares it with what it measures, and with the budgets.
`;

/** The numbers of the table as it stands, row by row. */
function recorded(): number[][] {
  if (!existsSync(page)) return [];
  const lines = readFileSync(page, 'utf8').split('\n');
  return lines
    .filter((line) => /^\|.*\d kB/.test(line))
    .map((line) => [...line.matchAll(/([\d.]+) kB/g)].map(([, number]) => Number(number)));
}

/**
 * Measures, and compares with budgets and page.
 * @param options.write writes the page instead of comparing
 */
export async function checkSizes(project: string, { write }: { write: boolean }): Promise<string> {
  const measured: { row: Row; minified: number; gzipped: number }[] = [];
  for (const row of rows) {
    const { contents } = await bundleByEsbuild(project, row.program);
    measured.push({
      row,
      minified: contents.length / 1000,
      gzipped: gzipSync(contents, { level: 9 }).length / 1000,
    });
  }
  for (const { row, gzipped } of measured) {
    prove(
      gzipped <= row.budget,
      () => `${row.imports}: ${gzipped.toFixed(1)} kB gzipped, over its budget of ${row.budget}`,
    );
  }
  if (write) {
    const table = measured.map(
      ({ row, minified, gzipped }) =>
        `| ${row.imports} | ${minified.toFixed(1)} kB | ${gzipped.toFixed(1)} kB | ${row.budget} kB |\n`,
    );
    const head =
      '| what is imported | minified | gzipped | budget, gzipped |\n| --- | ---: | ---: | ---: |\n';
    writeFileSync(page, `${introduction}\n${head}${table.join('')}`);
  }
  const numbers = recorded();
  for (const [position, { row, minified, gzipped }] of measured.entries()) {
    const [minifiedThen = 0, gzippedThen = 0, budget] = numbers[position] ?? [];
    prove(
      Math.abs(minified / minifiedThen - 1) < mostOff &&
        Math.abs(gzipped / gzippedThen - 1) < mostOff &&
        budget === row.budget,
      () =>
        `docs/sizes.md is out of date (${row.imports}: ${minified.toFixed(1)} kB, gzipped ${gzipped.toFixed(1)} kB); --write writes it`,
    );
  }
  return measured.map(({ gzipped }) => `${gzipped.toFixed(1)} kB`).join(', ');
}
