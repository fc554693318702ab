/**
 * @file The summary of all results in a directory, as a page and as Markdown.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimsMarkdown } from './claims-markdown.ts';
import type { Experiment } from './experiment.ts';
import { summaryFile } from './experiment-page.ts';
import { summaryPage } from './summary-page.ts';

/** @returns the paths of what it wrote */
export function writeSummary(experiments: readonly Experiment<unknown>[], directory: string): string[] {
  const contents = {
    [summaryFile]: summaryPage(experiments, directory),
    'claims.md': claimsMarkdown(experiments, directory),
  };
  return Object.entries(contents).map(([name, content]) => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  });
}
