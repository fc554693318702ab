import type { Claim } from '../src/experiments/experiment.ts';
import { Cells, isDiverged } from '../src/experiments/learning-rates/cells.ts';
import { claimsFrom } from '../src/experiments/learning-rates/claims.ts';
import { rates, type Run, weightsNames } from '../src/experiments/learning-rates/grid.ts';

/** Runs at all points of the grid, for each of which a function says in which of 1000 steps it reaches 90 %; null for never. */
function runsOf(reaches: (run: Omit<Run, 'looks' | 'loss'>) => number | null): Run[] {
  return [1, 2, 3].flatMap((seed) =>
    weightsNames.flatMap((weights) =>
      rates.flatMap((rate) =>
        [false, true].map((normalize) => {
          const run = { weights, rate, normalize, seed };
          const step = reaches(run);
          const accuracies = [1, 10, 100, 500, 1000].map((at) => (step !== null && at >= step ? 0.9 : 0.1));
          const looks = accuracies.map((accuracy, k) => ({ step: [1, 10, 100, 500, 1000][k]!, accuracy }));
          return { ...run, looks, loss: step === null ? null : 0.3 };
        }),
      ),
    ),
  );
}

const verdicts = (runs: readonly Run[]): Claim['verdict'][] =>
  claimsFrom(new Cells(runs)).map(({ verdict }) => verdict);

test('where BN does all that is claimed, all claims but that of the higher accuracy hold', () => {
  const runs = runsOf(({ normalize, rate }) => (normalize ? 1 : rate < 0.5 ? 1000 : null));
  expect(verdicts(runs)).toEqual([
    ...['holds', 'holds', 'holds', 'holds', 'does not hold'],
    // The initial weights make no difference to either.
    'holds in part',
  ]);
});

test('where BN changes nothing, no claim holds', () => {
  expect(new Set(verdicts(runsOf(() => 100)))).toEqual(new Set(['does not hold']));
  expect(new Set(verdicts(runsOf(({ rate }) => (rate === 0.1 ? 500 : 100))))).not.toContain('holds');
});

test('where nothing is learned, nothing fails but the claims', () => {
  const runs = runsOf(() => null);
  expect(runs.every(isDiverged)).toBe(true);
  const claims = claimsFrom(new Cells(runs));
  expect(JSON.stringify(claims)).not.toMatch(/NaN|undefined|null|Infinity/);
});

test('a run diverged when its loss is not finite or above that of a guess', () => {
  const [run] = runsOf(() => 1);
  for (const [loss, expected] of [
    [null, true],
    [2.4, true],
    [2.31, false],
    [0.1, false],
  ] as const)
    expect(isDiverged({ ...run!, loss })).toBe(expected);
});
