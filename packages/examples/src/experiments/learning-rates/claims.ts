/**
 * @file What the paper claims about learning rates and initial weights, beside what the runs came to. The rules by which a claim
 * holds or not are stated on the page, in `rules`.
 */
import { confidenceInterval, ratioInterval } from '../../confidence.ts';
import { percentText, ratioText, stepsText } from '../../measured.ts';
import type { Claim } from '../experiment.ts';
import { accuracies, type Cells, isDiverged, stepsOfAll, stepsTo, trained } from './cells.ts';
import { mean } from '../../mean.ts';
import { verdictOfCases } from '../verdicts.ts';
import { multiples, rates, type WeightsName, weightsNames } from './grid.ts';

const milestone = 0.9;
const networks = [false, true];

/** The largest rate at which all runs end trained; null if there is none. */
function largestRate(cells: Cells, weights: WeightsName, normalize: boolean): number | null {
  const usable = cells
    .row(weights, normalize)
    .filter((cell) => Math.min(...accuracies(cell)) >= trained)
    .map(({ rate }) => rate);
  return usable.at(-1) ?? null;
}

function higherRates(cells: Cells): Claim {
  const found = weightsNames.map((weights) => ({
    weights,
    largest: networks.map((normalize) => largestRate(cells, weights, normalize)),
  }));
  const texts = found.map(
    ({ weights, largest }) => `${weights}: ${largest.map((rate) => rate ?? 'none').join(' / ')}`,
  );
  return {
    claim: 'Ioffe & Szegedy 2015, 3.3: BN enables higher learning rates',
    measured: `largest of the rates ${rates.join(', ')} at which all runs end at ${100 * trained} % or more, without / with BN: ${texts.join('; ')}`,
    verdict: verdictOfCases(
      found.map(({ largest: [plain, normalized] }) => (normalized ?? 0) > (plain ?? 0)),
    ),
  };
}

function divergence(cells: Cells): Claim {
  const counted = Object.entries({ ...multiples, '×100': 10 }).map(([name, rate]) => {
    const [plain, normalized] = networks.map((normalize) =>
      weightsNames.flatMap((weights) => cells.at(weights, rate, normalize).runs),
    );
    const diverged = plain!.filter(isDiverged).length;
    const text = `${name} = ${rate}: ${diverged} of ${plain!.length} runs, with BN ${normalized!.filter(isDiverged).length}`;
    return { name, text, all: diverged === plain!.length, some: diverged > 0 };
  });
  const five = counted.find(({ name }) => name === '×5')!;
  return {
    claim:
      '4.2.2: without BN, a learning rate 5 times as high (×5) caused the parameters to reach machine infinity',
    measured: `diverged, from all initial weights together, at ${counted.map(({ text }) => text).join('; ')}`,
    verdict: five.all ? 'holds' : counted.some(({ some }) => some) ? 'holds in part' : 'does not hold',
  };
}

/** How many times more steps the plain network takes at the same rate; null where the network with BN does not get there. */
function compareAtRate(
  cells: Cells,
  weights: WeightsName,
  rate: number,
): { text: string; isOverTwo: boolean } | null {
  const [plain, normalized] = networks.map((normalize) => cells.at(weights, rate, normalize));
  const [slow, fast] = [stepsOfAll(milestone, plain!), stepsOfAll(milestone, normalized!)];
  if (fast === null) return null;
  if (slow !== null) {
    const interval = ratioInterval(slow, fast);
    return { text: `${ratioText(interval)} at ${rate}`, isOverTwo: interval.low > 2 };
  }
  const total = plain!.runs[0]!.looks.at(-1)!.step;
  const reached = stepsTo(milestone, plain!).filter((step) => step !== null).length;
  const note = reached > 0 ? ` (${reached} of ${plain!.runs.length} runs reach it without BN)` : '';
  return {
    text: `more than ${(total / mean(fast)).toFixed(1)} at ${rate}${note}`,
    isOverTwo: total / mean(fast) > 2 && reached === 0,
  };
}

function sameRate(cells: Cells): Claim {
  const compared = weightsNames.map((weights) => ({
    weights,
    cases: rates.flatMap((rate) => compareAtRate(cells, weights, rate) ?? []),
  }));
  const texts = compared.map(
    ({ weights, cases }) =>
      `${weights}: ${cases.map(({ text }) => text).join(', ') || 'not reached with BN at any rate'}`,
  );
  return {
    claim:
      '4.2.2: at the same learning rate, BN takes less than half as many steps to an accuracy (BN-Baseline: 13.3 instead of 31.0 million)',
    measured: `steps to ${100 * milestone} % without BN, divided by those with BN: ${texts.join('; ')}`,
    verdict: verdictOfCases(compared.flatMap(({ cases }) => cases.map(({ isOverTwo }) => isOverTwo))),
  };
}

/** The plain network's steps at ×1 as a multiple of those with BN at ×5. */
function fromFiveTimes(cells: Cells, weights: WeightsName): { text: string; ratio: number } {
  const plain = cells.at(weights, multiples['×1'], false);
  const slow = stepsOfAll(milestone, plain);
  const fast = stepsOfAll(milestone, cells.at(weights, multiples['×5'], true));
  if (fast === null) return { text: 'not reached with BN', ratio: 0 };
  if (slow !== null) {
    const interval = ratioInterval(slow, fast);
    return { text: ratioText(interval), ratio: interval.low };
  }
  const least = plain.runs[0]!.looks.at(-1)!.step / mean(fast);
  return { text: `more than ${least.toFixed(1)}`, ratio: least };
}

function fromBest(cells: Cells, weights: WeightsName): { text: string; ratio: number } {
  const [plain, normalized] = networks.map((normalize) => cells.fastest(milestone, weights, normalize));
  if (normalized === null || normalized === undefined) return { text: 'not reached with BN', ratio: 0 };
  if (plain === null || plain === undefined) return { text: 'not reached without BN', ratio: Infinity };
  const interval = ratioInterval(plain.steps, normalized.steps);
  const { text, low } = { text: ratioText(interval), low: interval.low };
  return { text: `${text}, at ${plain.cell.rate} and ${normalized.cell.rate}`, ratio: low };
}

function fewerSteps(cells: Cells): Claim {
  const atMultiples = weightsNames.map((weights) => ({ weights, ...fromFiveTimes(cells, weights) }));
  const atBest = weightsNames.map((weights) => ({ weights, ...fromBest(cells, weights) }));
  const listed = (found: readonly { weights: string; text: string }[]): string =>
    found.map(({ weights, text }) => `${weights}: ${text}`).join('; ');
  const isAny = [...atMultiples, ...atBest].some(({ ratio }) => ratio > 1);
  return {
    claim: '4.2.2: BN with a rate 5 times as high (BN-x5) takes 14 times fewer steps to the same accuracy',
    measured: `steps to ${100 * milestone} % of the plain network at ×1, divided by those with BN at ×5: ${listed(atMultiples)}. Each network at its own fastest rate: ${listed(atBest)}`,
    verdict: atMultiples.every(({ ratio }) => ratio >= 14)
      ? 'holds'
      : isAny
        ? 'holds in part'
        : 'does not hold',
  };
}

function higherAccuracy(cells: Cells): Claim {
  const compared = weightsNames.map((weights) => {
    const [plain, normalized] = networks.map((normalize) => cells.best(weights, normalize));
    const [without, withBn] = [accuracies(plain!), accuracies(normalized!)];
    const { mean: difference, margin } = confidenceInterval(withBn.map((value, k) => value - without[k]!));
    return {
      text: `${weights}: ${percentText(without)} at ${plain!.rate} / ${percentText(withBn)} at ${normalized!.rate}`,
      isHigher: difference - margin > 0,
    };
  });
  return {
    claim: '4.1, figure 1a: the network with BN has a higher test accuracy at the end',
    measured: `after ${cells.best('σ = 0.1', true).runs[0]!.looks.at(-1)!.step.toLocaleString('en')} steps at the rate that is best for each, without / with BN: ${compared.map(({ text }) => text).join('; ')}`,
    verdict: verdictOfCases(compared.map(({ isHigher }) => isHigher)),
  };
}

/** The slowest initial weights' steps as a multiple of the fastest's, each at its best rate; ∞ where some do not get there. */
function spreadOverWeights(cells: Cells, normalize: boolean): { text: string; spread: number } {
  const found = weightsNames.map((weights) => cells.fastest(milestone, weights, normalize)?.steps ?? null);
  const texts = found.map((steps, k) => `${weightsNames[k]!}: ${stepsText(steps ?? [null])}`);
  const means = found.filter((steps) => steps !== null).map(mean);
  return {
    text: texts.join(', '),
    spread: means.length < found.length ? Infinity : Math.max(...means) / Math.min(...means),
  };
}

function lessCareful(cells: Cells): Claim {
  const [plain, normalized] = networks.map((normalize) => spreadOverWeights(cells, normalize));
  const usable = networks.map(
    (normalize) =>
      weightsNames
        .flatMap((weights) => cells.row(weights, normalize))
        .filter((cell) => Math.min(...accuracies(cell)) >= trained).length,
  );
  return {
    claim: 'Abstract, 3.3: with BN one can be less careful about initialization',
    measured: `steps to ${100 * milestone} % at the fastest rate, without BN: ${plain!.text}; with BN: ${normalized!.text}. Of ${rates.length * weightsNames.length} pairs of a rate and initial weights, all runs end at ${100 * trained} % or more with ${usable[0]!} without BN, with ${usable[1]!} with BN`,
    verdict: verdictOfCases([normalized!.spread < plain!.spread, usable[1]! > usable[0]!]),
  };
}

/** How the verdicts follow from the numbers. */
export const rules = [
  `All numbers are means over the seeds with their 95 % confidence intervals; ratios are geometric means of ratios between runs with the same seed. A network is trained if it ends at ${100 * trained} % or more. It diverged if its mean loss over the last tenth of the steps was not finite, or more than 2 % above ln 10, the loss of guessing.`,
  '"BN enables higher learning rates" holds if, from each of the three kinds of initial weights, the largest rate that trains all runs is higher with BN; in part, if from some.',
  '"×5 diverges" holds if all plain runs at ×5 diverged; in part, if some did at any of the rates named.',
  '"Less than half as many steps" holds if the lower end of the ratio’s interval is above 2 wherever the network with BN gets there in all runs; in part, if in some of these cases. Where no plain run gets there, the ratio is that of all steps made.',
  '"14 times fewer" holds if the lower ends for ×1 and ×5 are at least 14; in part, if any of the ratios is above 1.',
  '"A higher accuracy" holds if the difference between the networks, each at its best rate, is above 0 with its interval, from all initial weights; in part, if from some.',
  '"Less careful" holds if with BN the slowest initial weights lose less against the fastest, and more pairs of rate and weights train all runs; in part, if one of both is so.',
];

export const claimsFrom = (cells: Cells): Claim[] => [
  higherRates(cells),
  divergence(cells),
  sameRate(cells),
  fewerSteps(cells),
  higherAccuracy(cells),
  lessCareful(cells),
];
