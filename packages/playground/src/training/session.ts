/**
 * @file Two networks that learn side by side from the same initial draws and the same batches, and what is noted of them. It
 * knows no page: the same settings give the same numbers, bit for bit, wherever it runs.
 */
import { Generator, setFusedMultiplyAdd } from '@windfall/core';
import { DataLoader } from '@windfall/nn';
import { type Batch, DigitDataset, type Digits } from '@windfall/examples/digits';
import { Learner, type StepResult } from './learner.ts';
import { lookAt, type NetworkLook, type TestDigits } from './look.ts';
import type { Settings } from './settings.ts';
import { mean } from '@windfall/examples/mean';
import { withoutEnd } from '@windfall/examples/training-step';

/** Losses and gradients are noted once in so many steps, */
const pointInterval = 10;
/** and the networks are looked at. */
const lookInterval = 50;

const testBatchSize = 1000;
const fewDigits = 200;

/** For each of the two networks. */
export type Pair<T> = readonly [T, T];

/** The means of some steps. */
export interface Point {
  /** The last of the steps, counted from 1. */
  readonly step: number;
  readonly networks: Pair<StepResult>;
}

/** A look at both. */
export interface Look {
  /** How many steps had been made. */
  readonly step: number;
  readonly networks: Pair<NetworkLook>;
}

/** What has been noted since the last time. */
export interface Notes {
  readonly points: readonly Point[];
  readonly looks: readonly Look[];
}

const pair = <T>(make: (network: 0 | 1) => T): Pair<T> => [make(0), make(1)];

function meanOf(results: readonly StepResult[]): StepResult {
  return {
    loss: mean(results.map(({ loss }) => loss)),
    gradientNorms: results[0]!.gradientNorms.map((_, layer) =>
      mean(results.map(({ gradientNorms }) => gradientNorms[layer]!)),
    ),
  };
}

function testDigitsFrom(digits: Digits): TestDigits {
  const dataset = new DigitDataset(digits, 'f32');
  return {
    all: [...new DataLoader(dataset, { batchSize: testBatchSize })],
    few: dataset.getBatch(Array.from({ length: Math.min(fewDigits, digits.count) }, (_, index) => index)),
  };
}

/** Training that has begun. */
export class Session {
  /** The steps made so far. */
  step = 0;
  readonly #learners: Pair<Learner>;
  readonly #batches: Iterator<Batch, never>;
  readonly #test: TestDigits;
  /** Of the steps since the last point. */
  #recent: Pair<StepResult>[] = [];
  #points: Point[] = [];
  #looks: Look[] = [];

  /** Looks at the networks before their first step. */
  constructor(settings: Settings, digits: { training: Digits; test: Digits }) {
    // Whether a machine can add products in one rounding must not show in the numbers.
    setFusedMultiplyAdd(false);
    const { seed, batchSize, networks } = settings;
    this.#learners = pair((network) => new Learner(networks[network], new Generator(seed)));
    const loader = new DataLoader(new DigitDataset(digits.training, 'f32'), {
      ...{ batchSize, shuffle: true, dropLast: true },
      seed,
    });
    this.#batches = withoutEnd(loader);
    this.#test = testDigitsFrom(digits.test);
    this.#look();
  }

  #look(): void {
    const networks = pair((network) => lookAt(this.#learners[network], this.#test));
    this.#looks.push({ step: this.step, networks });
  }

  /** Makes one step of each network on the next batch. */
  advance(): void {
    const batch = this.#batches.next().value;
    this.step++;
    this.#recent.push(pair((network) => this.#learners[network].learn(batch)));
    if (this.step % pointInterval === 0) {
      const recent = this.#recent;
      this.#recent = [];
      const networks = pair((network) => meanOf(recent.map((results) => results[network])));
      this.#points.push({ step: this.step, networks });
    }
    if (this.step % lookInterval === 0) this.#look();
  }

  /** What has been noted since the last call. */
  takeNotes(): Notes {
    const notes = { points: this.#points, looks: this.#looks };
    [this.#points, this.#looks] = [[], []];
    return notes;
  }

  /**
   * How likely each network takes an image for each digit.
   * @param ink 28 × 28 bytes, 1 for ink
   */
  classify(ink: Uint8Array): Pair<readonly number[]> {
    return pair((network) => this.#learners[network].classify(ink));
  }
}
