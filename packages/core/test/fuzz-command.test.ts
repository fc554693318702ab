/**
 * @file The command that draws random graphs: what it says of one that fails, and how it exits.
 */
import { command } from './fuzz/command.ts';
import { type Rung, rungs } from './fuzz/rungs.ts';

test('the command names the seed of what fails and exits with 1', () => {
  const [evaluator] = rungs as [Rung];
  const silent: Rung = {
    name: 'mutant',
    run: (plan, ...rest) => evaluator.run({ ...plan, kernels: [] }, ...rest),
  };
  const lines: string[] = [];
  expect(command(['--graphs', '3', '--seed', '8'], (line) => lines.push(line), [silent])).toBe(1);
  expect(lines[0]).toMatch(/^seed 8\nmutant/);
  expect(lines.at(-1)).toMatch(/graphs failed: seeds 8, /);
  expect(command(['--graphs', '3', '--seed', '7'], () => undefined)).toBe(0);
  expect(command(['--graphs', 'many'], () => undefined)).toBe(2);
});
