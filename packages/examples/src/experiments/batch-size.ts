/**
 * @file Batch size: how few examples a batch may have before batch normalization suffers, and what those of its kind do that
 * were made for small batches.
 */
import { type LinePoint, linesFigure } from '../lines-figure.ts';
import { meanLine } from '../mean-line.ts';
import { warmUp } from '../renorm-warm-up.ts';
import type { FigureContent } from '../report/figure.ts';
import type { TableContent } from '../report/table.ts';
import {
  conditionsFor,
  digitsPerStep,
  groups,
  largestRate,
  leastSteps,
  type Method,
  methods,
  sizesFor,
  statisticsSpan,
  type Trained,
  trainInBatches,
} from './batch-size-trials.ts';
import {
  type Claim,
  type Experiment,
  type Findings,
  type Settings,
  seedsOf,
  type Trial,
} from './experiment.ts';
import { verdictOfCases } from './verdicts.ts';
import { differences, intervalOf, type Sample, signOf } from '../confidence.ts';
import { measured, percentage } from '../measured.ts';

/** Test errors by method and size, one for each seed. */
class Errors {
  readonly sizes: readonly number[];
  readonly #results: readonly Trained[];

  constructor(results: readonly Trained[], digits: number) {
    this.sizes = sizesFor(digits);
    this.#results = results;
  }

  /** Ghost batches of the largest size are the batch itself. */
  of(method: Method, size: number): Sample {
    const asked = method === 'ghost BN' && size === this.largest ? 'BN' : method;
    return this.#results
      .filter((result) => result.method === asked && result.size === size)
      .map(({ error }) => error);
  }

  get smallest(): number {
    return this.sizes[0]!;
  }

  get largest(): number {
    return this.sizes.at(-1)!;
  }

  /** The means at all sizes, Infinity where a run has diverged. */
  means(method: Method): number[] {
    return this.sizes.map((size) => intervalOf(this.of(method, size))?.mean ?? Infinity);
  }

  text(method: Method, size: number): string {
    return measured(this.of(method, size), percentage);
  }
}

const atSizes = (sizes: readonly number[], text: (size: number) => string): string =>
  sizes.map((size) => `${text(size)} at ${size}`).join(', ');

function smallBatchClaim(errors: Errors): Claim {
  const { smallest, largest } = errors;
  const excess = differences(errors.of('BN', smallest), errors.of('BN', largest));
  const [first, last] = [errors.means('BN')[0]!, errors.means('BN').at(-1)!];
  const grows = signOf(excess) > 0;
  return {
    claim: 'Wu & He 2018: the error of BN increases rapidly when the batch size becomes smaller',
    measured: `test error with BN: ${atSizes(errors.sizes, (size) => errors.text('BN', size))}`,
    verdict: grows && first > 1.5 * last ? 'holds' : grows ? 'holds in part' : 'does not hold',
  };
}

function groupNormClaim(errors: Errors): Claim {
  const spread = (method: Method): number => {
    const means = errors.means(method);
    return Math.max(...means) - Math.min(...means);
  };
  const { smallest } = errors;
  const better = differences(errors.of('group norm', smallest), errors.of('BN', smallest));
  const stable = spread('group norm') < spread('BN') / 2;
  return {
    claim:
      'Wu & He 2018: group normalization is stable over a wide range of batch sizes, and better than BN at a batch size of 2',
    measured: `test error with group normalization: ${atSizes(errors.sizes, (size) => errors.text('group norm', size))}; at ${smallest} it differs from that of BN by ${measured(better, percentage)}`,
    verdict: verdictOfCases([stable, signOf(better) < 0]),
  };
}

function renormClaim(errors: Errors): Claim {
  const small = errors.sizes.filter((size) => size <= 4);
  const gain = (size: number): Sample => differences(errors.of('batch renorm', size), errors.of('BN', size));
  const { largest } = errors;
  const loss = differences(errors.of('batch renorm', largest), errors.of('BN', largest));
  return {
    claim:
      'Ioffe 2017: batch renormalization performs much better than BN when training with small mini-batches, and as well with large ones',
    measured: `test error with batch renormalization: ${atSizes(errors.sizes, (size) => errors.text('batch renorm', size))}; it differs from that of BN by ${atSizes([...small, largest], (size) => measured(gain(size), percentage))}`,
    verdict: verdictOfCases([...small.map((size) => signOf(gain(size)) < 0), signOf(loss) <= 0]),
  };
}

function ghostClaim(errors: Errors): Claim {
  const ghosts = errors.sizes.slice(0, -1);
  const { largest } = errors;
  const gain = (size: number): Sample => differences(errors.of('ghost BN', size), errors.of('BN', largest));
  const better = ghosts.filter((size) => signOf(gain(size)) < 0);
  // A eighth, as Hoffer et al. choose in their smaller experiments, or what comes nearest.
  const chosen = ghosts.findLast((size) => size <= largest / 8) ?? ghosts[0]!;
  return {
    claim:
      'Hoffer et al. 2017: ghost batches let a network that is trained with large batches generalize better, without more steps',
    measured: `batches of ${largest} in ghost batches: test error ${atSizes(ghosts, (size) => errors.text('ghost BN', size))}, and ${errors.text('BN', largest)} undivided; ghost batches of ${chosen} change it by ${measured(gain(chosen), percentage)}`,
    verdict: better.includes(chosen) ? 'holds' : better.length > 0 ? 'holds in part' : 'does not hold',
  };
}

/** Whether small batches suffer from their statistics or from their many small steps. */
function comparison(errors: Errors): string {
  const { smallest, largest } = errors;
  return `Ghost batches tell the size of the batch whose statistics are used from that of the batch that makes a step. With ${smallest} digits normalized together the test error is ${errors.text('BN', smallest)} in batches of ${smallest}, and ${errors.text('ghost BN', smallest)} in batches of ${largest}; normalized all together these have ${errors.text('BN', largest)}.`;
}

function errorTable(errors: Errors): TableContent {
  return {
    head: ['batch size', ...methods],
    rows: errors.sizes.map((size) => [String(size), ...methods.map((method) => errors.text(method, size))]),
    caption: `Test errors, means and 95 % intervals over seeds. Ghost batches are parts of batches of ${errors.largest}; the other sizes are those of the batches.`,
  };
}

function errorFigure(errors: Errors): FigureContent {
  const points = (method: Method): LinePoint[] =>
    meanLine(
      errors.sizes.map((x) => ({
        x,
        values: errors.of(method, x).map((error) => (error === null ? null : 100 * error)),
      })),
      // A logarithmic axis has no 0.
      { least: 0.1 },
    );
  return {
    svg: linesFigure(
      methods.map((name) => ({ name, points: points(name) })),
      {
        x: {
          ...{ label: 'examples that are normalized together', scale: 'log', ticks: errors.sizes },
          domain: [errors.smallest / 1.2, 1.2 * errors.largest],
        },
        y: { label: 'test error (%)', scale: 'log' },
      },
      { dots: true },
    ),
    label: 'Test error over the batch size with BN, ghost BN, batch renormalization and group normalization',
    caption: `Test error after equally many digits. For ghost BN the axis is the size of the ghost batches within batches of ${errors.largest}; group normalization normalizes each example by itself, so there it is the batch size alone.`,
  };
}

const digitsSeen = ({ steps }: Settings): number => steps * digitsPerStep;

function findings(results: readonly Trained[], settings: Settings): Findings {
  const errors = new Errors(results, digitsSeen(settings));
  return {
    claims: [smallBatchClaim, groupNormClaim, renormClaim, ghostClaim].map((claim) => claim(errors)),
    parts: [
      {
        title: 'Test error over batch size',
        text: [
          `Each network has seen ${digitsSeen(settings).toLocaleString('en')} digits. The mean and the variance of two examples are hardly those of all: normalized by them, the two values of a feature are always +1 and −1, and all that is left of them is which is larger. Inference then uses running statistics, by which the features have values that the next layers have never seen. Batch renormalization corrects each batch towards the running statistics in training already; group normalization needs no batch.`,
          comparison(errors),
        ],
        figures: [errorFigure(errors)],
        tables: [errorTable(errors)],
      },
    ],
  };
}

export const batchSize: Experiment<Trained> = {
  name: 'batch-size',
  title: 'Batch size',
  question: 'How small may a batch be, and what helps where it has to be small?',
  setup: [
    `Three hidden layers of 100 rectifiers, normalized before the rectifiers, learn the binary digits of MNIST by plain gradient descent. A step of --steps stands for ${digitsPerStep} digits, in as many batches as they make: all networks see equally many digits. The learning rate is proportional to the batch size, ${largestRate} at 256. Sizes that would make fewer than ${leastSteps} steps are left out.`,
    `The running statistics average over about ${statisticsSpan.toLocaleString('en')} digits, whatever the batch size: momentum is the size over ${statisticsSpan}. Ghost BN makes steps of the largest size and normalizes parts of the batch by themselves. Batch renormalization starts as BN; its limits grow from ${100 * warmUp.begins} % of the training on, that of d to 5 at ${100 * warmUp.dMaxEnds} % and that of r to 3 at ${100 * warmUp.rMaxEnds} %. Group normalization has ${groups} groups of 20 features; without pixels a group is only these.`,
    'Wu & He and Ioffe measured convolutional networks on ImageNet, where a channel has many places in each example; here an example is one value per feature, so that small batches are as small as can be.',
    'Verdicts: differences are taken seed by seed and count where their 95 % interval leaves out 0. Errors increase rapidly where that of the smallest batches is more than 1.5 times that of the largest, and in part where it is larger at all. Group normalization is stable where its mean errors vary less than half as much over sizes as those of BN. Batch renormalization has to be better at all sizes up to 4, and not worse at the largest; in part where some of that is so. Ghost batches are judged at an eighth of the batch, and hold in part where other sizes help.',
  ],
  defaults: { steps: 120, seeds: 2 },
  full: { steps: 400, seeds: 5 },
  trials: (settings, digits): Trial<Trained>[] =>
    seedsOf(settings).flatMap((seed) =>
      conditionsFor(digitsSeen(settings)).map((condition) => ({
        name: `${condition.method}, ${condition.size} of ${condition.batchSize}, seed ${seed}`,
        steps: settings.steps,
        run: () => trainInBatches(condition, digits, { seed, steps: settings.steps }),
      })),
    ),
  findings,
};
