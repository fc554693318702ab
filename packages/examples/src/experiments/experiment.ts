/**
 * @file What an experiment is: trials that do not depend on each other, and what is found once all of them are made. It knows
 * neither command lines nor files.
 */
import type { Digits } from '../digits.ts';
import type { FigureContent } from '../report/figure.ts';
import type { TableContent } from '../report/table.ts';

/** What every experiment can be asked for. All that a result depends on, together with the digits. */
export interface Settings {
  /** The training steps of a trial. */
  readonly steps: number;
  /** The seed of the first repetition; those of the others follow it. */
  readonly seed: number;
  /** How many repetitions there are. */
  readonly seeds: number;
  /** Only so many of the training digits are learned from, and of the test digits looked at; null for all. */
  readonly digits: number | null;
}

/** Digits to learn from, and others to be tested on. */
export interface DigitSets {
  readonly training: Digits;
  readonly test: Digits;
}

/** A part of an experiment that is made whole or not at all. */
export interface Trial<Result> {
  /** What tells it from the others of its experiment, as in "with BN, learning rate 0.5, seed 3". */
  readonly name: string;
  /** How often it yields: once for each step of work, all of them alike. */
  readonly steps: number;
  /**
   * Does the work, and pauses now and then so that others see how far it has come: with a few words, or without.
   * @returns what it came to, as plain data that JSON can hold (so null where a number is not finite)
   */
  run(): Generator<string | undefined, Result, void>;
}

/** How a claim of the paper fares here. */
export type Verdict = 'holds' | 'holds in part' | 'does not hold';

/** A claim beside what was measured. */
export interface Claim {
  /** What is claimed, and by whom: "Ioffe & Szegedy 2015, 3.3: …". */
  readonly claim: string;
  /** Numbers from the trials. */
  readonly measured: string;
  readonly verdict: Verdict;
}

/** A part of an experiment's page. */
export interface Part {
  readonly title: string;
  readonly text: readonly string[];
  readonly tables?: readonly TableContent[];
  readonly figures?: readonly FigureContent[];
}

/** What an experiment has found. */
export interface Findings {
  readonly claims: readonly Claim[];
  readonly parts: readonly Part[];
}

/** One that `npm run experiment` can run. */
export interface Experiment<Result> {
  /** Names its files, and it on the command line: lower-case words with hyphens. */
  readonly name: string;
  readonly title: string;
  /** What it asks, in a sentence. */
  readonly question: string;
  /** How it is done, in paragraphs: networks, data, optimizer, what is measured. */
  readonly setup: readonly string[];
  /** What is done when nothing else is asked for: well under three minutes on two cores. */
  readonly defaults: Pick<Settings, 'steps' | 'seeds'>;
  /** What it takes for figures that others can rely on. */
  readonly full: Pick<Settings, 'steps' | 'seeds'>;
  trials(settings: Settings, digits: DigitSets): readonly Trial<Result>[];
  /** @param results of all trials, in their order */
  findings(results: readonly Result[], settings: Settings): Findings;
}

/** The seeds of all repetitions. */
export const seedsOf = ({ seed, seeds }: Settings): number[] =>
  Array.from({ length: seeds }, (_, k) => seed + k);
