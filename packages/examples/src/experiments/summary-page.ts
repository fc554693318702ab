/**
 * @file The page that sets every claim of the paper beside what was measured, from the results that lie in a directory.
 */
import { type Html, link, paragraph } from '../report/html.ts';
import { page, section } from '../report/page.ts';
import { claimsTable } from './claims-table.ts';
import { readResults } from './results-file.ts';

export const summaryTitle = 'Batch normalization: what is claimed, and what is measured';
export const summaryIntroduction =
  'Claims of Ioffe & Szegedy 2015 (arXiv 1502.03167), who proposed batch normalization, of Santurkar et al. 2018 (arXiv 1805.11604), who asked why it helps, and of others who changed it, beside what this library measured on real data: where they hold, and where they do not.';

/** What leaves claims behind in `<name>.json`, and a page in `<name>.html`. */
export interface Contribution {
  readonly name: string;
  readonly title: string;
  /** What it asks, in a sentence. */
  readonly question: string;
  /** What makes it. */
  readonly command: string;
}

function sectionOf({ name, title, question, command }: Contribution, directory: string): Html {
  const claims = readResults(directory, name)?.claims ?? null;
  if (claims === null) return section(title, [paragraph(question), paragraph(`Not run yet: ${command}`)]);
  return section(title, [
    paragraph(question),
    claimsTable(claims),
    link('How, and all figures', `${name}.html`),
  ]);
}

/** The text of an HTML file. */
export function summaryPage(contributions: readonly Contribution[], directory: string): string {
  return page(summaryTitle, [
    paragraph(summaryIntroduction),
    ...contributions.map((contribution) => sectionOf(contribution, directory)),
  ]);
}
