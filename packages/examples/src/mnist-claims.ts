/**
 * @file What the paper shows in its figure 1, beside what the run of `npm start` came to.
 */
import { percentText, stepsText } from './measured.ts';
import type { Claim } from './experiments/experiment.ts';
import type { Contribution } from './experiments/summary-page.ts';
import { verdictOfCases } from './experiments/verdicts.ts';
import { type LearningCurve, stepsTo } from './learning-curve.ts';
import { mean } from './mean.ts';

export const mnistContribution: Contribution = {
  name: 'batch-norm-mnist',
  title: 'Batch normalization on MNIST',
  question: 'Does the network of section 4.1 learn faster and better with BN, and what are its sigmoids fed?',
  command: 'npm start',
};

/** The curves of a run: of the network without, and of the one with batch normalization. */
type Pair = readonly [plain: LearningCurve, normalized: LearningCurve];

const milestone = 0.9;

const accuracyAtEnd = ({ observations }: LearningCurve): number => observations.at(-1)!.accuracy;

/** How a sigmoid's input moved: its median at most from where it ended, and how many times wider it became. */
function movement({ observations }: LearningCurve): { shift: number; widening: number } {
  const spread = ([low, , high]: readonly [number, number, number]): number => high - low;
  const inputs = observations.map(({ sigmoidInput }) => sigmoidInput);
  const end = inputs.at(-1)!;
  const spreads = inputs.map(spread);
  return {
    shift: Math.max(...inputs.map(([, median]) => Math.abs(median - end[1]))) / spread(end),
    widening: Math.max(...spreads) / Math.min(...spreads),
  };
}

/** @param runs of each seed the curves without and with batch normalization */
export function mnistClaims(runs: readonly (readonly LearningCurve[])[]): Claim[] {
  const pairs = runs as readonly Pair[];
  const both = <T>(of: (curve: LearningCurve) => T): [plain: T, normalized: T][] =>
    pairs.map(([plain, normalized]) => [of(plain), of(normalized)]);
  const textOf = (text: (curves: readonly LearningCurve[]) => string): string =>
    [0, 1].map((network) => text(pairs.map((pair) => pair[network]!))).join(' without BN, ');
  const isFaster = both((curve) => stepsTo(milestone, curve)).map(
    ([plain, normalized]) => normalized !== null && (plain === null || normalized < plain),
  );
  const isBetter = both(accuracyAtEnd).map(([plain, normalized]) => normalized > plain);
  const moved = both(movement);
  const steps = pairs[0]![0].observations.at(-1)!.step;
  const movedText = (of: (moved: ReturnType<typeof movement>) => number): string =>
    [0, 1].map((network) => mean(moved.map((pair) => of(pair[network]!))).toPrecision(2)).join(' / ');
  return [
    {
      claim: 'Ioffe & Szegedy 2015, 4.1, figure 1a: the network with BN trains faster',
      measured: `steps to ${100 * milestone} % test accuracy: ${textOf((curves) => stepsText(curves.map((curve) => stepsTo(milestone, curve))))} with BN`,
      verdict: verdictOfCases(isFaster),
    },
    {
      claim: '4.1, figure 1a: it has a higher test accuracy at the end',
      measured: `after ${steps.toLocaleString('en')} steps: ${textOf((curves) => percentText(curves.map(accuracyAtEnd)))} with BN`,
      verdict: verdictOfCases(isBetter),
    },
    {
      claim:
        '4.1, figure 1b and 1c: without BN the distribution of a sigmoid’s inputs changes significantly over time; with BN it is much more stable',
      measured: `without / with BN, the median was up to ${movedText(({ shift }) => shift)} times the final distance of the 15th and 85th percentile from where it ended, and that distance grew by a factor of ${movedText(({ widening }) => widening)}`,
      verdict: verdictOfCases(
        moved.flatMap(([plain, normalized]) => [
          normalized.shift < plain.shift,
          normalized.widening < plain.widening,
        ]),
      ),
    },
  ];
}
