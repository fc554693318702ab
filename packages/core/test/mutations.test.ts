/**
 * @file Every public function, called with wrong arguments of all kinds: each call is an error of ours that names the
 * function, or has a sound result. Afterwards everything works as before, and no memory is lost.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as core from '../src/index.ts';
import { coreEntries, internal } from './mutation/core-entries.ts';
import { membersOf } from './mutation/members.ts';
import { problemsOf, refusedCalls, trainedBits } from './mutation/report.ts';

// Starting the engine on a busy machine takes a while.
jest.setTimeout(60_000);

const bits = trainedBits();

test('every function, class, method and setter has a right call to make wrong ones from', () => {
  // A method that is a function of the same name needs none of its own.
  const own = membersOf(core).filter(
    (name) => !internal.includes(name) && !(name.startsWith('Tensor.') && name.slice(7) in core),
  );
  expect(Object.keys(coreEntries).sort()).toEqual(own.sort());
});

test.each(Object.entries(coreEntries))('%s refuses or is right, and does no harm', async (name, entry) => {
  expect(await problemsOf(name, entry)).toEqual([]);
  expect(trainedBits()).toEqual(bits);
});

test('calls that are refused lose no memory', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const bytesAlive = (): number => {
    for (let k = 0; k < 5; k++) collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const calls = await refusedCalls(coreEntries);
  expect(calls.length).toBeGreaterThan(1000);
  // Of several rounds the one that grew least counts: code is compiled when the engine likes.
  const growths: number[] = [];
  for (let round = 0; round < 3; round++) {
    const before = bytesAlive();
    for (const call of calls) expect(await call()).toBe(true);
    growths.push(bytesAlive() - before);
  }
  expect(Math.min(...growths)).toBeLessThan(2 ** 17);
});
