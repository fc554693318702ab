/**
 * @file `npm run gradient`: prints the graph of batch normalization, the graph of its gradient, which nobody wrote, the kernels
 * that compute both, and how the derivatives of first, second and third order agree with the paper's formulas and with
 * finite differences. Leaves a page with the graphs as drawings.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Generator, setFusedMultiplyAdd } from '@windfall/core';
import { writeResults } from './experiments/results-file.ts';
import { gradientClaims, gradientContribution } from './gradient-claims.ts';
import { compareGradients } from './gradient-comparison.ts';
import { gradientPage, gradientParts } from './gradient-page.ts';
import { graphDrawer } from './graph-drawing.ts';
import { outputDirectory } from './output-directory.ts';
import { writeSummary } from './write-summary.ts';

async function main(): Promise<void> {
  // Errors are printed to their last digits, which shall be the same everywhere.
  setFusedMultiplyAdd(false);
  const directory = outputDirectory();
  const { name, title } = gradientContribution;
  const comparisons = compareGradients(3, new Generator(1));
  const parts = gradientParts(await graphDrawer(), comparisons);
  for (const { title, listing } of parts) console.log(`${title}:\n\n${listing}\n`);
  const path = join(directory, `${name}.html`);
  writeFileSync(path, gradientPage(title, parts));
  writeResults(directory, name, { claims: gradientClaims(comparisons) });
  console.log(
    `The drawings: ${path}\nAll that is claimed and measured: ${writeSummary(directory).join(', ')}`,
  );
}

void main();
