/**
 * @file A process that really runs out of memory: what fails is an error of ours, and nothing is half updated.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

jest.setTimeout(60_000);

/** What two things come to in a process with little memory: evaluations until one fails, and steps until one does. */
const program = `
  const { execFileSync } = require('node:child_process');
  const { readFileSync } = require('node:fs');
  const { compile, ones, setThreads, tensor, Variable, WindfallError } = require('@windfall/core');
  setThreads(1);
  // Versions of Node differ in what they reserve when they start.
  const present = Number(/VmData:\\s+(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
  execFileSync('prlimit', ['--pid', String(process.pid), '--data=' + (present + 300 * 2 ** 20) + ':']);
  const [evaluations, steps] = [[], []];
  /** Adds the message of an error of ours. */
  const until = (messages, act) => {
    try {
      for (;;) act();
    } catch (error) {
      if (!(error instanceof WindfallError)) throw error;
      messages.push(error.message);
    }
    gc();
  };
  for (let k = 0; k < 2; k++) {
    let size = 2 ** 20;
    until(evaluations, () => {
      const values = ones([size]).add(k).data();
      if (values[0] !== k + 1 || values.at(-1) !== k + 1) throw new Error('a wrong value');
      size *= 2;
    });
  }
  const size = 2 ** 22;
  const [a, b, c] = [new Variable(ones([1000])), new Variable(tensor(1)), new Variable(ones([size]))];
  const step = compile(() => {
    a.assign(a.add(1));
    b.assign(b.add(1));
    c.assign(b.expand([size]));
    return ones([size]).mul(b);
  });
  for (let round = 0; round < 2; round++) {
    const kept = [];
    until(steps, () => kept.push(step()));
    kept.length = 0;
    gc();
    const value = b.item();
    if (a.max().item() !== value || a.min().item() !== value) throw new Error('half updated');
    try {
      if (c.max().item() !== value || c.min().item() !== value) throw new Error('half updated');
    } catch (error) {
      if (!error.message.includes('was lost')) throw error;
      steps.push(error.message);
      c.assign(b.expand([size]));
    }
  }
  console.log(JSON.stringify({ evaluations, steps }));`;

// Other systems know no such limit, or do not keep it.
(process.platform === 'linux' ? test : test.skip)(
  'in a process with little memory all failures are ours, and a step has updated all variables or none',
  () => {
    const hook = resolve(__dirname, '../../../.config/typescript-hook.cjs');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['-r', hook, '--expose-gc', '-e', program],
      {
        cwd: resolve(__dirname, '../../examples'),
        encoding: 'utf8',
        timeout: 50_000,
      },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { evaluations, steps } = JSON.parse(stdout) as { evaluations: string[]; steps: string[] };
    expect([evaluations.length, steps.length >= 2]).toEqual([2, true]);
    const noRoomForIt = /^memory: no room for .*f32 \[\d+\].*\(\d+ bytes\)/;
    for (const message of evaluations) expect(message).toMatch(noRoomForIt);
    for (const message of steps)
      expect(message.replace(/^compile: the value of a variable was lost.*/, 'lost')).toMatch(
        /^lost$|f32 \[4194304\] \(16777216 bytes\)$/,
      );
  },
);
