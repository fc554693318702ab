/**
 * @file Inference statistics (sections 3 and 3.1 of the paper): by which mean and variance a trained network should normalize,
 * and why eval() may give worse results than train().
 */
import { type Line, linesFigure } from '../lines-figure.ts';
import { meanLine } from '../mean-line.ts';
import type { Quality } from '../quality.ts';
import type { FigureContent } from '../report/figure.ts';
import type { TableContent } from '../report/table.ts';
import { type Claim, type Experiment, type Findings, seedsOf, type Trial } from './experiment.ts';
import {
  allStatistics,
  batchSizes,
  learningRate,
  populationBatches,
  type Running,
  runnings,
  type Statistics,
  watchStatistics,
  type Watched,
  weightDeviation,
} from './inference-statistics-trials.ts';
import { verdictOfCases } from './verdicts.ts';
import { differences, type Sample, signOf } from '../confidence.ts';
import { measured, percentage } from '../measured.ts';

const [smallBatch, largeBatch] = batchSizes;

/** How differences of accuracies are written. */
const points = { ...percentage, suffix: ' percentage points' };
/** A difference of accuracy that nobody minds. */
const tolerance = 0.005;

/** The trials of one batch size, and what they have in common. */
class Group {
  readonly batchSize: number;
  readonly trials: readonly Watched[];
  /** The steps at which was looked. */
  readonly steps: readonly number[];

  constructor(results: readonly Watched[], batchSize: number) {
    this.batchSize = batchSize;
    this.trials = results.filter((result) => result.batchSize === batchSize);
    this.steps = this.trials[0]!.looks.map(({ step }) => step);
  }

  quality(
    statistics: Statistics,
    look: number,
    quantity: (quality: Quality) => number | null = ({ accuracy }) => accuracy,
  ): Sample {
    return this.trials.map(({ looks }) => quantity(looks.at(look)!.quality[statistics]));
  }

  distance(running: Running, look: number, quantity: 'mean' | 'deviation'): Sample {
    return this.trials.map(({ looks }) => looks.at(look)!.distance[running][quantity]);
  }

  /** How much more accurate the network is with one kind of statistics than with another. */
  gain(one: Statistics, other: Statistics, look: number): Sample {
    return differences(this.quality(one, look), this.quality(other, look));
  }

  /** The look at which something is furthest below something else. */
  worstLook(one: Statistics, other: Statistics): number {
    const means = this.steps.map((_, look) => {
      const gains = this.gain(one, other, look);
      return gains.reduce<number>((sum, gain) => sum + gain!, 0) / gains.length;
    });
    return means.indexOf(Math.min(...means));
  }
}

function questionClaim(groups: readonly Group[]): Claim {
  const text = (group: Group): string => {
    const look = group.worstLook('momentum 0.1', 'test batches');
    const step = group.steps[look]!.toLocaleString('en');
    return `in batches of ${group.batchSize} eval() with momentum 0.1 differs from train() in test accuracy by ${measured(group.gain('momentum 0.1', 'test batches', look), points)} after ${step} steps, where it falls short most, and by ${measured(group.gain('momentum 0.1', 'test batches', -1), points)} at the end`;
  };
  const worse = groups.map((group) => ({
    ever: group.steps.some((_, look) => signOf(group.gain('momentum 0.1', 'test batches', look)) < 0),
    atEnd: signOf(group.gain('momentum 0.1', 'test batches', -1)) < 0,
  }));
  return {
    claim:
      'Asked more often than anything else about BN: a model in eval() gives worse results than in train()',
    measured: groups.map(text).join('; '),
    verdict: worse.every(({ atEnd }) => atEnd)
      ? 'holds'
      : worse.some(({ ever }) => ever)
        ? 'holds in part'
        : 'does not hold',
  };
}

function averagesClaim(group: Group): Claim {
  const gap = (look: number): Sample => group.gain('momentum 0.1', 'population', look);
  const largest = group.worstLook('momentum 0.1', 'population');
  const isClose = (look: number): boolean => gap(look).every((value) => Math.abs(value!) <= tolerance);
  const everywhere = group.steps.every((_, look) => isClose(look));
  return {
    claim:
      'Ioffe & Szegedy 2015, 3.1: using moving averages instead of population statistics, we can track the accuracy of a model as it trains',
    measured: `batches of ${group.batchSize}, momentum 0.1: the accuracy differs from that with population statistics by ${measured(gap(-1), points)} at the end and by ${measured(gap(largest), points)} after ${group.steps[largest]!.toLocaleString('en')} steps, where it falls short most`,
    verdict: everywhere ? 'holds' : isClose(-1) ? 'holds in part' : 'does not hold',
  };
}

function batchClaim(groups: readonly Group[]): Claim {
  const text = (group: Group): string =>
    `batches of ${group.batchSize}: ${measured(group.quality('population', -1), percentage)} of the test digits are read correctly with population statistics, ${measured(group.quality('test batches', -1), percentage)} with those of random test batches, ${measured(sortedOf(group), percentage)} with those of test batches sorted by class`;
  const isNeeded = groups.map((group) => signOf(group.gain('population', 'test batches', -1)) < 0);
  const isHarmful = groups.map(
    (group) => signOf(differences(group.quality('population', -1), sortedOf(group))) > 0,
  );
  return {
    claim:
      '3.1: normalization that depends on the mini-batch is neither necessary nor desirable during inference',
    measured: groups.map(text).join('; '),
    verdict: verdictOfCases([...isNeeded.map((needed) => !needed), ...isHarmful]),
  };
}

const sortedOf = ({ trials }: Group): Sample => trials.map(({ sorted }) => sorted.accuracy);

const colors = {
  'test batches': { color: 'muted', dash: '6 4' },
  population: { color: 'ink' },
  'momentum 0.5': { color: 'series-1' },
  'momentum 0.1': { color: 'series-2' },
  'momentum 0.01': { color: 'series-3' },
  'average of all': { color: 'series-4' },
} as const satisfies Record<Statistics, Pick<Line, 'color' | 'dash'>>;

function errorFigure(group: Group): FigureContent {
  const lines = allStatistics.map(
    (name): Line => ({
      name,
      points: meanLine(
        group.steps.map((x, look) => ({
          x,
          values: group.quality(name, look, ({ accuracy }) => 100 * (1 - accuracy)),
        })),
        { least: 0, most: 100 },
      ),
      ...colors[name],
    }),
  );
  return {
    svg: linesFigure(
      lines,
      {
        x: { label: 'training steps', scale: 'log', domain: [1, Math.max(2, group.steps.at(-1)!)] },
        y: { label: 'test error (%)', domain: [0, 100] },
      },
      { dots: true },
    ),
    label: `Test error over training steps in batches of ${group.batchSize} with several kinds of statistics`,
    caption: `One network that is trained in batches of ${group.batchSize}, tested with the statistics of the test batches themselves (training mode, dashed), with population statistics by Algorithm 2, and with running ones.`,
  };
}

const lossOf = ({ loss }: Quality): number | null => loss;

function statisticsTable(group: Group): TableContent {
  const isRunning = (name: Statistics): name is Running => (runnings as readonly string[]).includes(name);
  const middle = Math.floor((group.steps.length - 1) / 2);
  const steps = (look: number): string => `${group.steps.at(look)!.toLocaleString('en')} steps`;
  return {
    head: [
      'statistics',
      `error, ${steps(middle)}`,
      `error, ${steps(-1)}`,
      `loss, ${steps(-1)}`,
      'μ: distance',
      'σ: ratio',
    ],
    rows: allStatistics.map((name) => [
      name,
      measured(
        group.quality(name, middle, ({ accuracy }) => 1 - accuracy),
        percentage,
      ),
      measured(
        group.quality(name, -1, ({ accuracy }) => 1 - accuracy),
        percentage,
      ),
      measured(group.quality(name, -1, lossOf), { digits: 3 }),
      isRunning(name) ? measured(group.distance(name, -1, 'mean'), { digits: 3 }) : '',
      isRunning(name) ? measured(group.distance(name, -1, 'deviation'), { digits: 3 }) : '',
    ]),
    caption: `Batches of ${group.batchSize}. The last columns say, at the end of training, how far the running means are from those of the population, in standard deviations (root mean square over all features), and the ratio of the standard deviations (geometric mean).`,
  };
}

/** What was measured of each cause. */
function causes(small: Group, large: Group): string[] {
  const error = (group: Group, name: Statistics, look: number): string =>
    measured(
      group.quality(name, look, ({ accuracy }) => 1 - accuracy),
      percentage,
    );
  const middle = Math.floor((large.steps.length - 1) / 2);
  const step = large.steps[middle]!;
  const left = (100 * 0.99 ** step).toPrecision(2);
  return [
    `They are not there yet. Running statistics start from mean 0 and variance 1, and of these (1 − momentum)ⁿ is left after n steps: with momentum 0.01 after ${step} steps ${left} %. Here, in batches of ${large.batchSize}, the test error after ${step} steps is ${error(large, 'momentum 0.01', middle)} with momentum 0.01, ${error(large, 'momentum 0.1', middle)} with 0.1, ${error(large, 'momentum 0.5', middle)} with 0.5 and ${error(large, 'population', middle)} with population statistics. Short trainings, and tests early in a long one, need a larger momentum.`,
    `They lag behind. While the weights move, an average over the last 1/momentum batches is one over former networks, and the plain average of all batches one over all of the training. At the end the running means are ${measured(large.distance('momentum 0.01', -1, 'mean'))} standard deviations from the population's with momentum 0.01, ${measured(large.distance('average of all', -1, 'mean'))} with the plain average, and ${measured(large.distance('momentum 0.1', -1, 'mean'))} with 0.1.`,
    `They are noisy. With a large momentum and small batches they stand for few examples: momentum 0.5 for about the last three batches. In batches of ${small.batchSize} the running means are then ${measured(small.distance('momentum 0.5', -1, 'mean'))} standard deviations off at the end, with momentum 0.01 ${measured(small.distance('momentum 0.01', -1, 'mean'))}; the test error is ${error(small, 'momentum 0.5', -1)} and ${error(small, 'momentum 0.01', -1)}.`,
    `Training does something else. There each example is normalized together with the others of its batch; the smaller the batch, the more its statistics differ from any that inference can use. In batches of ${small.batchSize} the test error is ${error(small, 'test batches', -1)} with the statistics of test batches of ${small.batchSize}, and ${error(small, 'population', -1)} with the population's; in batches of ${large.batchSize} ${error(large, 'test batches', -1)} and ${error(large, 'population', -1)}.`,
    `Training mode is no way out. There the result for an example depends on the others that happen to be tested with it: with the same test digits sorted by class it gets ${measured(sortedOf(large), percentage)} of them right in batches of ${large.batchSize} and ${measured(sortedOf(small), percentage)} in batches of ${small.batchSize}, instead of ${measured(large.quality('test batches', -1), percentage)} and ${measured(small.quality('test batches', -1), percentage)} in random order. It also moves the running statistics by test data.`,
  ];
}

function findings(results: readonly Watched[]): Findings {
  const [small, large] = [new Group(results, smallBatch), new Group(results, largeBatch)];
  return {
    claims: [questionClaim([large, small]), averagesClaim(large), batchClaim([large, small])],
    parts: [
      {
        title: 'Why eval() and train() differ',
        text: causes(small, large),
      },
      ...[large, small].map((group) => ({
        title: `In batches of ${group.batchSize}`,
        text: [],
        figures: [errorFigure(group)],
        tables: [statisticsTable(group)],
      })),
      {
        title: 'What to do',
        text: [
          'Call eval() before testing and train() after it. If eval() is worse, call updateBatchNorm(model, batches) with some batches of training data, of the size used in training: the running statistics are then those of the population, as in Algorithm 2 of the paper. If that helps, they were the reason: choose a momentum such that 1/momentum steps are few of all steps, but stand for hundreds of examples. If it does not, training and test batches differ, or the batches are too small, which the experiment batch-size is about.',
        ],
      },
    ],
  };
}

export const inferenceStatistics: Experiment<Watched> = {
  name: 'inference-statistics',
  title: 'Inference statistics',
  question: 'Why does eval() sometimes give worse results than train(), and which statistics should it use?',
  setup: [
    `The network of section 4.1 with BN: three hidden layers of 100 sigmoids, initial weights from N(0, ${weightDeviation}²), plain gradient descent with learning rate ${learningRate} in batches of ${largeBatch}, and proportionally less in batches of ${smallBatch}. As nothing in training depends on running statistics, one training has those of all momenta: each layer's follow the same batches.`,
    `Population statistics are those of updateBatchNorm, which is Algorithm 2: the averages of mean and unbiased variance over ${populationBatches} training batches with the weights as they are, before each look. In training mode the test digits come in batches of the size used in training, each normalized by its own statistics; at the end also sorted by class. "Momentum" is the weight of the new batch, as in PyTorch; Keras and Flax call 0.9 what is 0.1 here. The test digits are the same throughout.`,
    `Verdicts: differences are taken seed by seed and count where their 95 % interval leaves out 0. eval() is worse where it is so at the end with both batch sizes; in part, where it is so at any look. Moving averages track the accuracy where they are within ${100 * tolerance} percentage points of it for all seeds at all looks; in part, where they are at the end. Batch statistics are not necessary where the population's are not worse than those of random test batches, and not desirable where those of sorted ones are worse; in part, where some of that is so.`,
  ],
  defaults: { steps: 300, seeds: 3 },
  full: { steps: 2000, seeds: 5 },
  trials: (settings, digits): Trial<Watched>[] =>
    seedsOf(settings).flatMap((seed) =>
      batchSizes.map((batchSize) => ({
        name: `batches of ${batchSize}, seed ${seed}`,
        steps: settings.steps,
        run: () => watchStatistics(batchSize, digits, { seed, steps: settings.steps }),
      })),
    ),
  findings,
};
