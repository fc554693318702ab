/**
 * @file What all programs that measure something have left behind in a directory, each beside what is claimed: as a page,
 * index.html, and as Markdown.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { experiments } from './experiments/index.ts';
import { claimsMarkdown } from './experiments/claims-markdown.ts';
import { summaryFile } from './experiments/results-file.ts';
import { type Contribution, summaryPage } from './experiments/summary-page.ts';
import { gradientContribution } from './gradient-claims.ts';
import { mnistContribution } from './mnist-claims.ts';

const contributions: readonly Contribution[] = [
  mnistContribution,
  ...experiments.map(({ name, title, question }) => ({
    ...{ name, title, question, command: `npm run experiment -- ${name}` },
  })),
  gradientContribution,
];

/** @returns the paths of what it wrote */
export function writeSummary(directory: string): string[] {
  const contents = {
    [summaryFile]: summaryPage(contributions, directory),
    'claims.md': claimsMarkdown(contributions, directory),
  };
  return Object.entries(contents).map(([name, content]) => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  });
}
