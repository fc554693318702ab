/**
 * @file What is noted about a network while it learns. Plain data: it is printed, plotted and stored.
 */

/** One look at a network. */
export interface Observation {
  /** The training steps made so far. */
  readonly step: number;
  /** The fraction of test examples that are classified correctly. */
  readonly accuracy: number;
  /** The 15th, 50th and 85th percentile, over the test examples, of the input of one sigmoid of the last hidden layer. */
  readonly sigmoidInput: readonly [low: number, median: number, high: number];
}

export interface LearningCurve {
  /** The network's name. */
  readonly name: string;
  readonly observations: readonly Observation[];
}

/** The step of the first observation with at least this accuracy; null if there is none. */
export function stepsTo(accuracy: number, { observations }: LearningCurve): number | null {
  return observations.find((observation) => observation.accuracy >= accuracy)?.step ?? null;
}
