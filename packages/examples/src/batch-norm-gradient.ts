/**
 * @file `npm run gradient`: prints the graph of batch normalization, the graph of its gradient, which nobody wrote, the kernels
 * that compute both, and how the derivatives of first, second and third order agree with the paper's formulas and with
 * finite differences. Leaves a page with the graphs as drawings.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseFlags } from './flags.ts';
import { gradientSections } from './gradient-page.ts';
import { graphDrawer } from './graph-drawing.ts';
import { htmlPage } from './html-page.ts';

async function main(): Promise<void> {
  const { out } = parseFlags(process.argv.slice(2), { out: { type: 'string', default: 'results' } });
  const sections = gradientSections(await graphDrawer());
  for (const { heading, listing } of sections) console.log(`${heading}:\n\n${listing ?? ''}\n`);
  mkdirSync(out, { recursive: true });
  const path = join(out, 'batch-norm-gradient.html');
  writeFileSync(path, htmlPage('Where the gradient of batch normalization comes from', sections));
  console.log(`The drawings: ${path}`);
}

void main();
