/**
 * @file The web worker that trains, so that the page stays free: it makes steps for a moment, tells what has been noted, and
 * listens before it goes on.
 */
import { getBackend, getThreads } from '@windfall/core';
import { type Digits, pixels } from '@windfall/examples/digits';
import { Session } from '../training/session.ts';
import { fetchDigits } from './fetch-digits.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** The part of a worker's global scope that is used. */
interface Scope {
  onmessage: ((event: { readonly data: ToWorker }) => void) | null;
  readonly postMessage: (message: FromWorker) => void;
}

const scope = globalThis as unknown as Scope;

/** How long it trains before it listens. */
const sliceMilliseconds = 40;

/** How many digits of the test set the page gets, for whoever does not want to draw one. */
const sampleCount = 100;

let digits: { training: Digits; test: Digits } | null = null;
let session: Session | null = null;
let sessionNumber = 0;
/** At which step it pauses. */
let goal = 0;
/** The image that the page shows, if any. */
let shown: Uint8Array | null = null;
let stepsPerSecond: number | null = null;

function report(): void {
  if (session === null) return;
  const { step } = session;
  const notes = session.takeNotes();
  const threads = getThreads();
  const isPlain = getBackend() !== 'wasm';
  scope.postMessage({
    kind: 'progress',
    ...{ session: sessionNumber, step, stepsPerSecond, threads, isPlain, notes, isRunning: step < goal },
  });
  // The networks have changed, and so may have what they say.
  if (notes.looks.length > 0) classify();
}

function classify(): void {
  if (session !== null && shown !== null)
    scope.postMessage({ kind: 'classified', probabilities: session.classify(shown) });
}

/** Whether a slice is under way or will be. */
let isScheduled = false;

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setTimeout(guarded(trainForAMoment));
}

function trainForAMoment(): void {
  isScheduled = false;
  if (session === null || session.step >= goal) return;
  const started = performance.now();
  const before = session.step;
  do session.advance();
  while (session.step < goal && performance.now() - started < sliceMilliseconds);
  const rate = ((session.step - before) * 1000) / (performance.now() - started);
  // Smoothed over about a second.
  stepsPerSecond = stepsPerSecond === null ? rate : 0.95 * stepsPerSecond + 0.05 * rate;
  report();
  if (session.step < goal) schedule();
}

async function load(address: string): Promise<void> {
  digits = await fetchDigits(address);
  const { training, test } = digits;
  const samples = test.ink.slice(0, sampleCount * pixels);
  const labels = test.labels.slice(0, sampleCount);
  scope.postMessage({ kind: 'loaded', training: training.count, test: test.count, samples, labels });
}

async function obey(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case 'load':
      await load(message.address);
      break;
    case 'begin': {
      const isRunning = goal === Infinity;
      session = new Session(message.settings, digits!);
      sessionNumber = message.session;
      goal = isRunning ? Infinity : 0;
      stepsPerSecond = null;
      report();
      if (isRunning) schedule();
      break;
    }
    case 'run':
      goal = Infinity;
      schedule();
      break;
    case 'pause':
      goal = 0;
      report();
      break;
    case 'advance':
      goal = (session?.step ?? 0) + message.steps;
      schedule();
      break;
    case 'classify':
      shown = message.ink;
      classify();
      break;
  }
}

function fail(error: unknown): void {
  goal = 0;
  scope.postMessage({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
}

const guarded = (work: () => void) => (): void => {
  try {
    work();
  } catch (error) {
    fail(error);
  }
};

scope.onmessage = ({ data }) => {
  obey(data).catch(fail);
};
