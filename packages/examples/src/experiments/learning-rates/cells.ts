/**
 * @file What the runs of all seeds with the same learning rate, initial weights and network come to.
 */
import { classes } from '../../digits.ts';
import { stepsUntil } from '../digit-training.ts';
import type { Run, WeightsName } from './grid.ts';
import { rates } from './grid.ts';
import { mean } from '../../mean.ts';

/** Below this test accuracy at the end, a network does not count as trained. */
export const trained = 0.9;

/** A network diverged when its loss at the end was by so much more than that of a guess, or not finite. */
const excess = 0.02;

export const isDiverged = ({ loss }: Run): boolean =>
  loss === null || loss > (1 + excess) * Math.log(classes);

/** Runs that differ in nothing but their seeds. */
export interface Cell {
  readonly weights: WeightsName;
  readonly rate: number;
  readonly normalize: boolean;
  /** In the order of seeds. */
  readonly runs: readonly Run[];
}

export const accuracies = ({ runs }: Cell): number[] => runs.map(({ looks }) => looks.at(-1)!.accuracy);

/** Of each run, null where it was not reached. */
export const stepsTo = (accuracy: number, { runs }: Cell): (number | null)[] =>
  runs.map((run) => stepsUntil(accuracy, run));

/** Of each run if all reached it, else null. */
export function stepsOfAll(accuracy: number, cell: Cell): number[] | null {
  const steps = stepsTo(accuracy, cell).filter((step) => step !== null);
  return steps.length === cell.runs.length ? steps : null;
}

/** All runs, by what they have in common. */
export class Cells {
  readonly #runs: readonly Run[];

  constructor(runs: readonly Run[]) {
    this.#runs = runs;
  }

  at(weights: WeightsName, rate: number, normalize: boolean): Cell {
    const runs = this.#runs.filter(
      (run) => run.weights === weights && run.rate === rate && run.normalize === normalize,
    );
    return { weights, rate, normalize, runs };
  }

  /** At all rates. */
  row(weights: WeightsName, normalize: boolean): Cell[] {
    return rates.map((rate) => this.at(weights, rate, normalize));
  }

  /** At the rate that is best for the network; null if there is none at which all runs reach the accuracy. */
  fastest(
    accuracy: number,
    weights: WeightsName,
    normalize: boolean,
  ): { cell: Cell; steps: number[] } | null {
    const reached = this.row(weights, normalize).flatMap((cell) => {
      const steps = stepsOfAll(accuracy, cell);
      return steps === null ? [] : [{ cell, steps }];
    });
    return reached.sort((a, b) => mean(a.steps) - mean(b.steps))[0] ?? null;
  }

  /** At the rate at which the network ends with the highest accuracy. */
  best(weights: WeightsName, normalize: boolean): Cell {
    const byAccuracy = this.row(weights, normalize).sort((a, b) => mean(accuracies(b)) - mean(accuracies(a)));
    return byAccuracy[0]!;
  }
}
