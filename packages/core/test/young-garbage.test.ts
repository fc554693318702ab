/**
 * @file The graphs of steps that are over go with the next small garbage collection. In a process of its own, whose heap no
 * other test has been in: elsewhere collections in the midst of the steps keep some of them, too.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Prints how many bytes are left after so many steps and a collection of what is young. */
const program = `
  const { setThreads, tensor, Variable } = require('@windfall/core');
  setThreads(1);
  const weight = new Variable(tensor([1, 2, 3]), { requiresGrad: true });
  const step = () => {
    weight.grad = null;
    let x = weight;
    for (let k = 0; k < 20; k++) x = x.mul(weight).tanh();
    const loss = x.sum();
    loss.backward();
    weight.assign(weight.sub(weight.grad));
    loss.item();
  };
  const left = (steps) => {
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let k = 0; k < steps; k++) step();
    gc({ type: 'minor' });
    return process.memoryUsage().heapUsed - before;
  };
  left(500);
  // What the engine itself allocates now and then makes it more in some rounds.
  const least = (steps) => Math.min(...Array.from({ length: 5 }, () => left(steps)));
  console.log(JSON.stringify({ few: least(5), many: least(50) }));`;

test('the graphs of steps that are over do not wait for a full garbage collection', () => {
  const hook = resolve(__dirname, '../../../.config/typescript-hook.cjs');
  // So large that no collection happens in between.
  const young = ['--min-semi-space-size=64', '--max-semi-space-size=64'];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['-r', hook, '--expose-gc', ...young, '-e', program],
    { cwd: resolve(__dirname, '../../examples'), encoding: 'utf8', timeout: 50_000 },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { few, many } = JSON.parse(stdout) as { few: number; many: number };
  expect(many).toBeLessThan(3 * few);
}, 60_000);
