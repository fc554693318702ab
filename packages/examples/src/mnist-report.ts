/**
 * @file The page of a report about the paper's experiment on MNIST.
 */
import type { Options } from './command-line.ts';
import { claimsTable } from './experiments/claims-table.ts';
import { summaryFile } from './experiments/results-file.ts';
import type { LearningCurve } from './learning-curve.ts';
import { mnistClaims, mnistContribution } from './mnist-claims.ts';
import { figure } from './report/figure.ts';
import { link, paragraph } from './report/html.ts';
import { page, section } from './report/page.ts';
import { table } from './report/table.ts';
import { summaryRows } from './summary.ts';

export interface Figures {
  /** Figure 1a. */
  readonly accuracy: string;
  /** Figures 1b and 1c. */
  readonly sigmoidInputs: string;
}

/** The text of an HTML file. */
export function mnistReport(
  options: Options,
  runs: readonly (readonly LearningCurve[])[],
  figures: Figures,
): string {
  const { seed, seeds, steps, learningRate, batchSize, deviation, dtype } = options;
  const [head = [], ...rows] = summaryRows(runs);
  const seedText = seeds === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + seeds - 1}`;
  const ofSeveral = seeds === 1 ? '' : ` Means of ${seeds} runs with 95 % confidence intervals.`;
  return page(mnistContribution.title, [
    link('All claims', summaryFile),
    paragraph(
      'Section 4.1 of Ioffe & Szegedy 2015 (arXiv 1502.03167): two networks with three hidden layers of 100 sigmoids learn to read binary images of digits by gradient descent. Both start from the same weights and see the same mini-batches; one normalizes the input of every sigmoid.',
    ),
    paragraph(
      `${steps.toLocaleString('en')} steps of ${batchSize} digits, learning rate ${learningRate}, initial weights N(0, ${deviation}²), ${dtype}, ${seedText}. The paper states neither the learning rate nor the initial weights, and makes 50,000 steps.`,
    ),
    section('What it comes to', [
      table({
        head,
        rows,
        caption: `Steps until this share of the 10,000 test digits was read correctly, and the share at the end; a dash where it was not reached.${ofSeveral}`,
      }),
    ]),
    section('Claimed, and measured here', [claimsTable(mnistClaims(runs))]),
    section('Test accuracy', [
      figure({
        svg: figures.accuracy,
        label: 'Test accuracy over training steps, with and without batch normalization',
        caption: `Figure 1a of the paper: accuracy on the test digits while training, with the statistics of inference.${ofSeveral}`,
      }),
    ]),
    section('What a sigmoid is fed', [
      figure({
        svg: figures.sigmoidInputs,
        label:
          'Percentiles of the input of a sigmoid over training steps, without and with batch normalization',
        caption: `Figures 1b and 1c of the paper: the 15th, 50th and 85th percentile, over the test digits, of the input of the first sigmoid of the last hidden layer${seeds === 1 ? '' : `, in the run with seed ${seed}`}.`,
      }),
    ]),
  ]);
}
