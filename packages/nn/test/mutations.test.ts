/**
 * @file Functions, layers, losses, optimizers and schedules, called with wrong arguments of all kinds: each call is an
 * error of ours that names who was called, or has a sound result. Afterwards everything works as before.
 */
import { problemsOf, trainedBits } from '../../core/test/mutation/report.ts';
import { nnEntries } from './support/mutation-entries.ts';

// Starting the engine on a busy machine takes a while.
jest.setTimeout(60_000);

const bits = trainedBits();

test.each(Object.entries(nnEntries))('%s refuses or is right, and does no harm', async (name, entry) => {
  expect(await problemsOf(name, entry)).toEqual([]);
  expect(trainedBits()).toEqual(bits);
});
