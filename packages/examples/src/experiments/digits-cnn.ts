/**
 * @file A convolutional network with batch normalization (section 3.2 of the paper) reads MNIST.
 */
import { Generator as RandomGenerator } from '@windfall/core';
import { summary } from '@windfall/nn';
import { confidenceInterval } from '../confidence.ts';
import { digitCnn } from '../digit-cnn.ts';
import { type Line, linesFigure } from '../lines-figure.ts';
import { classes, side } from '../digits.ts';
import { measured, percentage } from '../measured.ts';
import type { TableContent } from '../report/table.ts';
import type { ColorName } from '../report/theme.ts';
import { meanPoints } from './compare-along.ts';
import {
  type Claim,
  type Experiment,
  type Findings,
  seedsOf,
  type Trial,
  type Verdict,
} from './experiment.ts';
import { verdictOfCases } from './verdicts.ts';
import { type CnnOptions, type CnnResult, populationSize, recipe, trainDigitCnn } from './train-digit-cnn.ts';

/** Without BN also at a learning rate that such a network bears. */
const networks = [
  { network: 'with BN', normalize: true, learningRate: 0.1, color: 'series-2' },
  { network: 'without BN, learning rate 0.02', normalize: false, learningRate: 0.02, color: 'series-1' },
  { network: 'without BN, learning rate 0.1', normalize: false, learningRate: 0.1, color: 'series-3' },
] as const satisfies readonly (CnnOptions & { color: ColorName })[];

/** What such a network should come to. */
const goal = 0.992;

const percent = (fraction: number): string => `${(100 * fraction).toFixed(2)} %`;

/** In percentage points. */
function differenceText(differences: readonly number[]): string {
  const { mean, margin } = confidenceInterval(differences);
  const points = (fraction: number): string => (100 * fraction).toFixed(2);
  return `${mean < 0 ? '' : '+'}${points(mean)}${differences.length === 1 ? '' : ` ± ${points(margin)}`} percentage points`;
}

/** That something is above 0: holds if the whole interval is, in part if the mean is. */
function verdictThatPositive(values: readonly number[]): Verdict {
  const { mean, margin } = confidenceInterval(values);
  if (mean <= 0) return 'does not hold';
  return mean > margin ? 'holds' : 'holds in part';
}

/** The share of digits that is read correctly at the end. */
const atTheEnd = ({ epochs }: CnnResult): number => epochs.at(-1)!.accuracy;

const afterTheFirst = ({ epochs }: CnnResult): number => epochs[0]!.accuracy;

function reachesGoal(accuracies: readonly number[]): Claim {
  const isReached = accuracies.map((accuracy) => accuracy >= goal);
  return {
    claim: `This project’s own aim: a small convolutional network with BN reads ${100 * goal} % of the test digits after minutes of training`,
    measured: `${measured(accuracies, percentage)} with the running statistics; at least ${100 * goal} % with ${isReached.filter(Boolean).length} of ${accuracies.length} seeds`,
    verdict: verdictOfCases(isReached),
  };
}

function isBetter(
  claim: string,
  [normalized, plain]: readonly [readonly CnnResult[], readonly CnnResult[]],
  accuracyOf: (result: CnnResult) => number,
): Claim {
  const [ours, others] = [normalized.map(accuracyOf), plain.map(accuracyOf)];
  const differences = ours.map((accuracy, seed) => accuracy - others[seed]!);
  return {
    claim,
    measured: `with BN ${measured(ours, percentage)}, without ${measured(others, percentage)} of the test digits: ${differenceText(differences)}`,
    verdict: verdictThatPositive(differences),
  };
}

/** Layers and their sizes. */
function layersTable(): TableContent {
  const table = (normalize: boolean) =>
    summary(digitCnn(new RandomGenerator(0), { normalize }), [1, 1, side, side]);
  const [normalized, plain] = [table(true), table(false)];
  const number = (value: number): string => value.toLocaleString('en');
  return {
    head: ['layer', 'output', 'parameters', 'multiply-adds'],
    rows: [
      ...normalized.rows
        .filter(({ kind }) => kind !== 'Sequential')
        .map(({ kind, outputShape, parameters, multiplyAdds }) => [
          kind,
          outputShape.slice(1).join(' × '),
          number(parameters),
          number(multiplyAdds),
        ]),
      ...[['in all', normalized] as const, ['without BN', plain] as const].map(
        ([name, { totalParameters, totalMultiplyAdds }]) => [
          name,
          '',
          number(totalParameters),
          number(totalMultiplyAdds),
        ],
      ),
    ],
    caption: 'The network with BN, for one image.',
  };
}

const digitNames = Array.from({ length: classes }, (_, digit) => String(digit));

function confusionTable({ confusion }: CnnResult, seed: number): TableContent {
  return {
    head: ['', ...digitNames, 'read right'],
    rows: confusion.map((row, digit) => {
      const count = row.reduce((sum, value) => sum + value, 0);
      const cells = row.map((value) => (value === 0 ? '·' : String(value)));
      return [digitNames[digit]!, ...cells, count === 0 ? '–' : percent(row[digit]! / count)];
    }),
    caption: `What the test digits (rows) were taken for (columns) by the network with BN at the end, seed ${seed}.`,
  };
}

function findings(results: readonly CnnResult[], { seed, seeds }: { seed: number; seeds: number }): Findings {
  const of = ({ network }: CnnOptions): CnnResult[] => results.filter((result) => result.network === network);
  const [normalized, slower, plain] = networks.map(of) as [CnnResult[], CnnResult[], CnnResult[]];
  const steps = normalized[0]!.epochs.map(({ step }) => step);
  const error = (accuracy: number): number => 100 * (1 - accuracy);
  const lines = networks.map((options): Line => {
    const curves = of(options).map(({ epochs }) => epochs.map(({ accuracy }) => error(accuracy)));
    const points = meanPoints(steps, curves, { positive: true }).map((point) =>
      point.high === undefined ? point : { ...point, high: Math.min(point.high, 100) },
    );
    return { name: options.network, color: options.color, points };
  });
  const population = normalized.map((result) => result.populationAccuracy ?? 0);
  return {
    claims: [
      reachesGoal(normalized.map(atTheEnd)),
      isBetter(
        `Ioffe & Szegedy 2015, 1 and 3.2: with BN, also of convolutions, training is faster: after the first epoch more is read correctly, without BN at learning rate ${networks[1].learningRate}`,
        [normalized, slower],
        afterTheFirst,
      ),
      isBetter('4.2.2, figure 2: and in the end, too', [normalized, slower], atTheEnd),
      isBetter(
        `3.3: BN enables higher learning rates: at ${networks[2].learningRate} more is read correctly with it in the end`,
        [normalized, plain],
        atTheEnd,
      ),
    ],
    parts: [
      {
        title: 'Learning',
        text: [],
        figures: [
          {
            svg: linesFigure(
              lines,
              {
                x: { label: 'training steps' },
                y: { label: 'test digits misread (%)', scale: 'log' },
              },
              { dots: true },
            ),
            label: 'Share of test digits misread over training steps, with and without batch normalization',
            caption: `After each epoch, with the statistics of inference.${seeds === 1 ? '' : ` Means of ${seeds} seeds with 95 % confidence intervals.`}`,
          },
        ],
        tables: [
          {
            head: ['test digits read correctly', ...networks.map(({ network }) => network)],
            rows: [
              ...steps.map((step, epoch) => [
                `after ${step.toLocaleString('en')} steps`,
                ...networks.map((options) =>
                  measured(
                    of(options).map(({ epochs }) => epochs[epoch]!.accuracy),
                    percentage,
                  ),
                ),
              ]),
              [
                'with population statistics',
                // There are none without BN, at any rate.
                ...networks.map(({ normalize }) => (normalize ? measured(population, percentage) : '–')),
              ],
            ],
            caption: `With the running statistics; in the last row with statistics taken from ${populationSize.toLocaleString('en')} training digits after training (Algorithm 2).`,
          },
        ],
      },
      { title: 'The network', text: [], tables: [layersTable()] },
      { title: 'What is taken for what', text: [], tables: [confusionTable(normalized[0]!, seed)] },
    ],
  };
}

export const digitsCnn: Experiment<CnnResult> = {
  name: 'digits-cnn',
  title: 'A convolutional network on MNIST',
  question: 'How well does a small convolutional network read digits, with and without batch normalization?',
  setup: [
    'Three convolutions 3 × 3, each followed by BN (one γ and β for each channel, statistics over batch and places), ReLU and max-pooling, then a linear layer; without BN the convolutions have biases instead. All networks start from the same weights (PyTorch’s initialization) and see the same images in the same order.',
    `The images are black and white, as in section 4.1, each moved at random by up to ${recipe.shift} pixel along both axes while training. Mini-batches of ${recipe.batchSize}, stochastic gradient descent with Nesterov momentum ${recipe.momentum} and weight decay ${recipe.weightDecay}. The learning rate rises to ${networks[0].learningRate}, without BN in a second try to ${networks[1].learningRate}, in the first ${100 * recipe.rise} % of the steps and then falls to almost 0 along a cosine (OneCycleLR; the momentum goes the other way between 0.85 and 0.95).`,
    'A claim that one is better holds here if the 95 % confidence interval of the difference, seed by seed, is above 0, and holds in part if only its mean is; with one seed there is only the difference itself.',
  ],
  defaults: { steps: 1800, seeds: 1 },
  full: { steps: 3000, seeds: 3 },
  trials: (settings, digits): Trial<CnnResult>[] =>
    networks.flatMap((options) =>
      seedsOf(settings).map((seed) => ({
        name: `${options.network}, seed ${seed}`,
        steps: settings.steps,
        run: () => trainDigitCnn(digits, options, { seed, steps: settings.steps }),
      })),
    ),
  findings,
};
