/**
 * @file Regularization (section 3.4 of the paper): whether batch normalization keeps a network from learning digits by heart,
 * what makes it do so, and what it leaves to dropout.
 */
import { type Line, linesFigure } from '../lines-figure.ts';
import { meanLine } from '../mean-line.ts';
import type { Quality } from '../quality.ts';
import type { FigureContent } from '../report/figure.ts';
import type { TableContent } from '../report/table.ts';
import { type Claim, type Experiment, type Findings, seedsOf, type Trial } from './experiment.ts';
import { verdictOfCases } from './verdicts.ts';
import { differences, intervalOf, type Sample, signOf } from '../confidence.ts';
import { measured, percentage } from '../measured.ts';
import {
  type Condition,
  drawsPerExample,
  dropouts,
  isExtreme,
  largestBatch,
  learnByHeart,
  type Learned,
  learningRate,
  type Look,
  noiseBatches,
  trainingDigits,
  watchedExamples,
} from './regularization-trials.ts';

const conditions: readonly Condition[] = [false, true].flatMap((normalized) =>
  dropouts.map((dropout) => ({ normalized, dropout })),
);

function nameOf({ normalized, dropout }: Condition): string {
  if (dropout === 0) return normalized ? 'BN' : 'neither';
  return `${normalized ? 'BN and ' : ''}dropout ${dropout}`;
}

/** The trials of all seeds under one condition. */
const under = (results: readonly Learned[], { normalized, dropout }: Condition): Learned[] =>
  results.filter((result) => result.normalized === normalized && result.dropout === dropout);

const errorOf = ({ accuracy }: Quality): number => 1 - accuracy;

/** How much better training digits are done than others. */
const gaps = {
  loss: ({ training, test }: Look) =>
    training.loss === null || test.loss === null ? null : test.loss - training.loss,
  error: ({ training, test }: Look) => errorOf(test) - errorOf(training),
} satisfies Record<string, (look: Look) => number | null>;

/** A quantity at the end of training, of each seed. */
const atEnd = (
  results: readonly Learned[],
  condition: Condition,
  quantity: (look: Look) => number | null,
): Sample => under(results, condition).map(({ looks }) => quantity(looks.at(-1)!));

const testError = ({ test }: Look): number => errorOf(test);

/** The strength of dropout with the smallest mean test error. */
function bestDropout(results: readonly Learned[], normalized: boolean): number {
  const errors = dropouts.map(
    (dropout) => intervalOf(atEnd(results, { normalized, dropout }, testError))!.mean,
  );
  return dropouts[errors.indexOf(Math.min(...errors))]!;
}

function noiseClaim(results: readonly Learned[]): Claim {
  const atBatch = (normalized: boolean, quantity: 'relative' | 'changed'): Sample =>
    under(results, { normalized, dropout: 0 }).map(({ noise }) => noise[1]![quantity]);
  const [noisy, constant] = [atBatch(true, 'relative'), atBatch(false, 'relative')];
  const holds = noisy.every((value) => value! > 0) && constant.every((value) => value === 0);
  return {
    claim:
      'Ioffe & Szegedy 2015, 3.4: with BN a training example is seen in conjunction with others of its mini-batch, so the network no longer produces deterministic values for it',
    measured: `among random batches of ${noiseBatches[1]!} a logit of one example deviates by ${measured(noisy, { ...percentage, digits: 1 })} of what examples deviate from each other, and ${measured(atBatch(true, 'changed'), { ...percentage, digits: 1 })} of the predictions change; without BN by ${measured(constant, { ...percentage, digits: 1 })}`,
    verdict: holds ? 'holds' : 'does not hold',
  };
}

function generalizationClaim(results: readonly Learned[]): Claim {
  const [plain, normalized] = [false, true].map((normalized) => ({ normalized, dropout: 0 }));
  const change = (quantity: (look: Look) => number | null): Sample =>
    differences(atEnd(results, normalized!, quantity), atEnd(results, plain!, quantity));
  const smaller = [change(testError), change(gaps.loss)].map((sample) => signOf(sample) < 0);
  return {
    claim: '3.4: this effect is advantageous to the generalization of the network',
    measured: `test error ${measured(atEnd(results, plain!, testError), percentage)} without BN, ${measured(atEnd(results, normalized!, testError), percentage)} with it (difference ${measured(change(testError), percentage)}); test loss exceeds training loss by ${measured(atEnd(results, plain!, gaps.loss))} without, ${measured(atEnd(results, normalized!, gaps.loss))} with it (difference ${measured(change(gaps.loss))})`,
    verdict: verdictOfCases(smaller),
  };
}

function dropoutClaim(results: readonly Learned[]): Claim {
  const [plainBest, normalizedBest] = [bestDropout(results, false), bestDropout(results, true)];
  const error = (normalized: boolean, dropout: number): Sample =>
    atEnd(results, { normalized, dropout }, testError);
  const instead = differences(error(true, 0), error(false, plainBest));
  const removed = (intervalOf(instead)?.mean ?? Infinity) <= 0;
  const notWorse = signOf(instead) <= 0 || normalizedBest < plainBest;
  return {
    claim: '3.4: dropout can be either removed or reduced in strength in a batch-normalized network',
    measured: `without BN the best of p = ${dropouts.join(', ')} is ${plainBest} with a test error of ${measured(error(false, plainBest), percentage)}; BN without dropout has ${measured(error(true, 0), percentage)} (difference ${measured(instead, percentage)}); with BN the best p is ${normalizedBest} with ${measured(error(true, normalizedBest), percentage)}`,
    verdict: removed ? 'holds' : notWorse ? 'holds in part' : 'does not hold',
  };
}

function qualityTable(results: readonly Learned[]): TableContent {
  return {
    head: ['', 'training loss', 'test loss', 'gap', 'training error', 'test error', 'gap'],
    rows: conditions.map((condition) => {
      const of = (quantity: (look: Look) => number | null): Sample => atEnd(results, condition, quantity);
      return [
        nameOf(condition),
        measured(
          of(({ training }) => training.loss),
          { digits: 3 },
        ),
        measured(
          of(({ test }) => test.loss),
          { digits: 3 },
        ),
        measured(of(gaps.loss), { digits: 3 }),
        measured(
          of(({ training }) => errorOf(training)),
          percentage,
        ),
        measured(of(testError), percentage),
        measured(of(gaps.error), percentage),
      ];
    }),
    caption:
      'At the end of training, with the statistics of inference and without dropping anything: means and 95 % intervals over seeds.',
  };
}

/** A line for training digits, dashed, and one for test digits under each of the extreme conditions. */
function curves(results: readonly Learned[], quantity: (quality: Quality) => number | null): Line[] {
  const colors = ['series-1', 'series-2', 'series-3', 'series-4'] as const;
  return conditions.filter(isExtreme).flatMap((condition, k) =>
    (['test', 'training'] as const).map((set) => {
      const runs = under(results, condition);
      const points = meanLine(
        runs[0]!.looks.map(({ step }, look) => ({
          x: step,
          values: runs.map(({ looks }) => quantity(looks[look]![set])),
        })),
        { least: 0 },
      );
      const dash = set === 'training' ? { dash: '5 4' } : {};
      return { name: `${nameOf(condition)}, ${set}`, points, color: colors[k]!, ...dash };
    }),
  );
}

const lossFigure = (results: readonly Learned[]): FigureContent => ({
  svg: linesFigure(
    curves(results, ({ loss }) => loss),
    { x: { label: 'training steps' }, y: { label: 'cross-entropy' } },
  ),
  label: 'Training and test loss over training steps, without anything, with dropout, with BN and with both',
  caption: `Loss on the training digits (dashed) and on the test digits; bands are 95 % confidence intervals over seeds. The distance of the two is what is learned by heart.`,
});

const errorFigure = (results: readonly Learned[]): FigureContent => ({
  svg: linesFigure(
    curves(results, (quality) => 100 * errorOf(quality)),
    { x: { label: 'training steps' }, y: { label: 'error (%)' } },
  ),
  label: 'Training and test error over training steps, without anything, with dropout, with BN and with both',
  caption: 'The same as the fraction of digits that are misread.',
});

const dropoutFigure = (results: readonly Learned[]): FigureContent => ({
  svg: linesFigure(
    [false, true].map((normalized) => ({
      name: normalized ? 'with BN' : 'without BN',
      points: meanLine(
        dropouts.map((dropout) => ({
          x: dropout,
          values: atEnd(results, { normalized, dropout }, (look) => 100 * testError(look)),
        })),
        { least: 0 },
      ),
    })),
    { x: { label: 'p, how likely a hidden unit is dropped' }, y: { label: 'test error (%)' } },
    { dots: true },
  ),
  label: 'Test error over the strength of dropout, with and without BN',
  caption: 'Test error at the end of training over the strength of dropout.',
});

function noiseFigure(results: readonly Learned[]): FigureContent {
  const noisy = conditions.filter((condition) => isExtreme(condition) && nameOf(condition) !== 'neither');
  const deviations = (condition: Condition, k: number): number[] =>
    under(results, condition).map(({ noise }) => 100 * noise[k]!.relative);
  const lines = noisy.map((condition) => ({
    name: nameOf(condition),
    points: meanLine(
      noiseBatches.map((x, k) => ({ x, values: deviations(condition, k) })),
      { least: 0 },
    ),
  }));
  const highest = Math.max(100, ...lines.flatMap(({ points }) => points.map(({ high = 0 }) => high)));
  const [smallest, largest] = [noiseBatches[0]!, noiseBatches.at(-1)!];
  return {
    svg: linesFigure(
      lines,
      {
        x: {
          ...{ label: 'batch size', scale: 'log', ticks: noiseBatches },
          domain: [smallest / 1.2, 1.2 * largest],
        },
        y: { label: 'deviation of a logit (%)', domain: [0, highest] },
      },
      { dots: true },
    ),
    label: 'Deviation of the logits of an example in training mode over the batch size',
    caption:
      'How much a logit of one example deviates in training mode, in percent of the deviation between examples: with BN because the others of its batch change, with dropout because other units are dropped. Without both it is 0.',
  };
}

function findings(results: readonly Learned[]): Findings {
  return {
    claims: [noiseClaim(results), generalizationClaim(results), dropoutClaim(results)],
    parts: [
      {
        title: 'Learning by heart',
        text: [],
        figures: [lossFigure(results), errorFigure(results)],
        tables: [qualityTable(results)],
      },
      {
        title: 'What is left for dropout',
        text: ['Dropout regularizes, too, and both together may be too much.'],
        figures: [dropoutFigure(results)],
      },
      {
        title: 'Where it comes from',
        text: [
          'In training the mean and the variance by which an example is normalized are those of its batch, so the same digit gives other values in another batch. That is noise which shrinks as the batch grows, while that of dropout does not depend on it. In inference, with running statistics, an example always gives the same values.',
        ],
        figures: [noiseFigure(results)],
      },
    ],
  };
}

export const regularization: Experiment<Learned> = {
  name: 'regularization',
  title: 'Regularization',
  question: 'Does batch normalization keep a network from learning by heart, and does it replace dropout?',
  setup: [
    `Three hidden layers of 100 rectifiers (weights as He et al. 2015 draw them) learn the first ${trainingDigits.toLocaleString('en')} binary training digits, which they can know by heart, in batches of ${largestBatch} by plain gradient descent with learning rate ${learningRate}. BN comes before the rectifiers; dropout with p = ${dropouts.slice(1).join(', ')} behind them. All conditions share seeds: the same initial weights and the same batches. Test digits are all 10,000.`,
    `Losses and errors are taken in inference mode, of training digits as of test digits. The noise: after training, each of ${watchedExamples} training digits is put into ${drawsPerExample} random batches of other training digits in training mode. The variance of its logits over batches, averaged over digits and classes, is compared with the variance of the mean logits between digits; where predictions change, they differ from that in the first batch.`,
    `Verdicts: differences are taken seed by seed, and count where their 95 % interval leaves out 0. BN generalizes better where test error and the gap between the losses are both smaller; in part, where one is. Dropout can be removed where the mean test error of BN alone is not above that of the best dropout without BN; it holds in part where the interval does not tell the two apart, or the best p with BN is below that without.`,
  ],
  defaults: { steps: 800, seeds: 2 },
  full: { steps: 2000, seeds: 5 },
  trials: (settings, digits): Trial<Learned>[] =>
    seedsOf(settings).flatMap((seed) =>
      conditions.map((condition) => ({
        name: `${nameOf(condition)}, seed ${seed}`,
        steps: settings.steps,
        run: () => learnByHeart(condition, digits, { seed, steps: settings.steps }),
      })),
    ),
  findings,
};
