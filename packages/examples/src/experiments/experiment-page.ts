/**
 * @file The page about an experiment: what it asks, what the paper claims and what was measured, and all figures and tables.
 */
import { figure } from '../report/figure.ts';
import { type Html, link, paragraph } from '../report/html.ts';
import { page, section } from '../report/page.ts';
import { table } from '../report/table.ts';
import { claimsTable } from './claims-table.ts';
import type { Experiment, Findings, Part, Settings } from './experiment.ts';
import { summaryFile } from './results-file.ts';

function partOf({ title, text, tables = [], figures = [] }: Part): Html {
  return section(title, [...text.map(paragraph), ...figures.map(figure), ...tables.map(table)]);
}

/** How to repeat what was done. */
export function commandFor(name: string, { steps, seed, seeds, digits }: Settings): string {
  const flags = `--steps ${steps} --seed ${seed} --seeds ${seeds}${digits === null ? '' : ` --digits ${digits}`}`;
  return `npm run experiment -- ${name} ${flags}`;
}

/** The text of an HTML file. */
export function experimentPage(
  experiment: Experiment<unknown>,
  settings: Settings,
  { claims, parts }: Findings,
): string {
  const { title, question, setup } = experiment;
  return page(title, [
    link('All claims', summaryFile),
    paragraph(question),
    ...(claims.length > 0 ? [section('Claimed, and measured here', [claimsTable(claims)])] : []),
    ...parts.map(partOf),
    section(
      'How it was done',
      [...setup, `This page comes from: ${commandFor(experiment.name, settings)}`].map(paragraph),
    ),
  ]);
}
