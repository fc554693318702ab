/**
 * @file What the paper claims about sigmoids in deep networks, beside what the runs came to. The rules by which a claim holds or
 * not are stated on the page, in `rules`.
 */
import { percentText } from '../../measured.ts';
import type { Claim } from '../experiment.ts';
import { verdictOfCases } from '../verdicts.ts';
import { depths, rates, type Run, type WeightsName, weightsNames } from './trials.ts';
import { mean } from '../../mean.ts';

export const deepest = depths.at(-1)!;

/** A network is trained if it ends with so many digits right, and at chance if with no more than those. */
const [trained, chance] = [0.9, 0.15];

export const atEnd = ({ looks }: Run): number => looks.at(-1)!.accuracy;

/** The runs of all seeds at one rate. */
function runsAt(runs: readonly Run[], wanted: Pick<Run, 'depth' | 'weights' | 'rate' | 'normalize'>): Run[] {
  return runs.filter((run) =>
    (['depth', 'weights', 'rate', 'normalize'] as const).every((name) => run[name] === wanted[name]),
  );
}

/** At the rate at which they end best. */
export function bestRuns(
  runs: readonly Run[],
  depth: number,
  weights: WeightsName,
  normalize: boolean,
): Run[] {
  const atRates = rates.map((rate) => runsAt(runs, { depth, weights, rate, normalize }));
  return atRates.reduce((best, other) => (mean(other.map(atEnd)) > mean(best.map(atEnd)) ? other : best));
}

/** How much larger the first layer's gradient is than the last layer's, at the start. */
const firstToLast = ({ gradients }: Run): number => gradients[0]! / gradients.at(-1)!;

/** All runs of the deepest network are alike at the start, whatever their rate. */
export const atStart = (runs: readonly Run[], weights: WeightsName, normalize: boolean): Run[] =>
  runsAt(runs, { depth: deepest, weights, rate: rates[0], normalize });

function trains(runs: readonly Run[]): Claim {
  const deep = (normalize: boolean): Run[] =>
    runs.filter((run) => run.depth === deepest && run.normalize === normalize);
  const texts = weightsNames.map((weights) => {
    const [plain, normalized] = [false, true].map((normalize) =>
      percentText(bestRuns(runs, deepest, weights, normalize).map(atEnd)),
    );
    return `${weights}: ${plain} without BN, ${normalized} with BN`;
  });
  const isStuck = deep(false).every((run) => atEnd(run) <= chance);
  const learns = weightsNames.some((weights) =>
    bestRuns(runs, deepest, weights, true).every((run) => atEnd(run) >= trained),
  );
  return {
    claim:
      'Ioffe & Szegedy 2015, 4.2.2: with BN a deep network of sigmoids trains (69.8 % on ImageNet); without, it never gets better than chance',
    measured: `${deepest} hidden layers, at the better of the rates ${rates.join(' and ')}: ${texts.join('; ')}`,
    verdict: verdictOfCases([isStuck, learns]),
  };
}

const scientific = (value: number): string =>
  value >= 0.01 && value < 1000 ? value.toPrecision(2) : value.toExponential(1);

/** The geometric mean, or 0. */
const typical = (values: readonly number[]): number => Math.exp(mean(values.map(Math.log)));

function gradientsReach(runs: readonly Run[]): Claim {
  const cases = weightsNames.map((weights) => {
    const [plain, normalized] = [false, true].map((normalize) =>
      typical(atStart(runs, weights, normalize).map(firstToLast)),
    );
    return {
      text: `${weights}: ${scientific(plain!)} without BN, ${scientific(normalized!)} with BN`,
      isNear: normalized! >= 0.1 && normalized! <= 10,
      isNearer: Math.abs(Math.log(normalized!)) < Math.abs(Math.log(plain!)),
    };
  });
  const isAll = cases.every(({ isNear, isNearer }) => isNear && isNearer);
  return {
    claim:
      'Abstract, 1: BN makes it possible to use saturating nonlinearities, whose gradients otherwise vanish on their way to the first layers',
    measured: `norm of the gradient of the first layer's weights, divided by that of the last layer's, at the start, ${deepest} hidden layers: ${cases.map(({ text }) => text).join('; ')}`,
    verdict: isAll ? 'holds' : cases.some(({ isNearer }) => isNearer) ? 'holds in part' : 'does not hold',
  };
}

export const claimsFrom = (runs: readonly Run[]): Claim[] => [trains(runs), gradientsReach(runs)];

/** How the verdicts follow from the numbers. */
export const rules = [
  `"Trains" holds if with BN all runs of ${deepest} hidden layers, from one kind of initial weights and at one rate, end at ${100 * trained} % or more, and without BN no run at any rate from any weights ends above ${100 * chance} %; in part, if one of both is so.`,
  '"Gradients vanish" holds if with BN the gradients of the first and the last layer are within a factor of 10, and nearer to each other than without, from all initial weights; in part, if they are nearer from some.',
];
