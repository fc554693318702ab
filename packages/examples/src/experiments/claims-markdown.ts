/**
 * @file The summary as Markdown, for documentation: every claim beside what was measured, from the results that lie in a
 * directory.
 */
import type { Claim, Experiment } from './experiment.ts';
import { commandFor } from './experiment-page.ts';
import { readResults } from './results-file.ts';
import { summaryIntroduction, summaryTitle } from './summary-page.ts';

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

function sectionOf({ name, title, question }: Experiment<unknown>, directory: string): string[] {
  const results = readResults(directory, name);
  const head = [`## ${escaped(title)}`, escaped(question)];
  if (results === null || results.claims === null)
    return [...head, `Not run yet: \`npm run experiment -- ${name}\``];
  return [...head, claimsTable(results.claims), `\`${commandFor(name, results.settings)}\``];
}

/** The text of a Markdown file. */
export function claimsMarkdown(experiments: readonly Experiment<unknown>[], directory: string): string {
  const blocks = [
    `# ${summaryTitle}`,
    summaryIntroduction,
    'Numbers are means and 95 % confidence intervals over seeds. Below each table stands the command that it comes from; the page which that command writes has the figures, the conditions and the rules of the verdicts.',
    ...experiments.flatMap((experiment) => sectionOf(experiment, directory)),
  ];
  return `${blocks.join('\n\n')}\n`;
}
