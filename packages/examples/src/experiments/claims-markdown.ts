/**
 * @file The summary as Markdown, for documentation: every claim beside what was measured, from the results that lie in a
 * directory.
 */
import type { Claim } from './experiment.ts';
import { commandFor } from './experiment-page.ts';
import { readResults } from './results-file.ts';
import { type Contribution, summaryIntroduction, summaryTitle } from './summary-page.ts';

/** Text with the characters escaped that mean something in Markdown, on one line. */
const escaped = (text: string): string => text.replaceAll(/[\\|<*_`[\]]/g, '\\$&').replaceAll(/\s+/g, ' ');

function claimsTable(claims: readonly Claim[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    row(['claim', 'measured here', '']),
    row(['---', '---', '---']),
    ...claims.map(({ claim, measured, verdict }) => row([claim, measured, verdict].map(escaped))),
  ].join('\n');
}

function sectionOf({ name, title, question, command }: Contribution, directory: string): string[] {
  const results = readResults(directory, name);
  const head = [`## ${escaped(title)}`, escaped(question)];
  if (results === null || results.claims === null) return [...head, `Not run yet: \`${command}\``];
  const repeated = 'settings' in results ? commandFor(name, results.settings) : (results.command ?? command);
  return [...head, claimsTable(results.claims), `\`${repeated}\``];
}

/** The text of a Markdown file. */
export function claimsMarkdown(contributions: readonly Contribution[], directory: string): string {
  const blocks = [
    `# ${summaryTitle}`,
    summaryIntroduction,
    'Numbers are means and 95 % confidence intervals over seeds. Below each table stands the command that it comes from; the page which that command writes has the figures, the conditions and the rules of the verdicts.',
    ...contributions.flatMap((contribution) => sectionOf(contribution, directory)),
  ];
  return `${blocks.join('\n\n')}\n`;
}
