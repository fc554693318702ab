/**
 * @file Trains several networks on the same mini-batches, a step each in turn, and looks at them when told to.
 * It knows neither how they differ, nor how long they are trained, nor what is done with what it notes.
 */
import type { DataLoader, Optimizer } from '@windfall/nn';
import type { DigitNetwork } from './digit-network.ts';
import type { LearningCurve, Observation } from './learning-curve.ts';
import type { Batch } from './digits.ts';
import { observe } from './observe.ts';
import { trainingStep, withoutEnd } from './training-step.ts';

/** A network, and how it learns. */
export interface Learner {
  readonly name: string;
  readonly network: DigitNetwork;
  readonly optimizer: Optimizer;
}

/** Learners, the batches they are shown, and what has been seen of them so far. */
export class SideBySide {
  readonly learners: readonly Learner[];
  /** Hands out the training batches; its state says which come next. */
  readonly loader: DataLoader<Batch>;
  /** The steps made so far. */
  step = 0;
  /** What has been noted of each learner. */
  curves: readonly LearningCurve[];
  readonly #steps: readonly ((batch: Batch) => number)[];
  readonly #batches: Iterator<Batch, never>;
  readonly #test: Iterable<Batch>;

  /** @param options.test looked at in whole whenever the learners are observed */
  constructor(learners: readonly Learner[], options: { loader: DataLoader<Batch>; test: Iterable<Batch> }) {
    this.learners = learners;
    this.loader = options.loader;
    this.curves = learners.map(({ name }) => ({ name, observations: [] }));
    this.#steps = learners.map(({ network, optimizer }) => trainingStep(network, optimizer));
    this.#batches = withoutEnd(options.loader);
    this.#test = options.test;
  }

  /** Makes one step of each learner on the next batch, and gives the losses before it. */
  advance(): number[] {
    const batch = this.#batches.next().value;
    this.step++;
    return this.#steps.map((train) => train(batch));
  }

  /** Looks at each learner, and notes it in its curve. */
  observe(): Observation[] {
    const observations = this.learners.map(({ network }) => ({
      step: this.step,
      ...observe(network, this.#test),
    }));
    this.curves = this.curves.map((curve, k) => ({
      name: curve.name,
      observations: [...curve.observations, observations[k]!],
    }));
    return observations;
  }
}
