import { parseCommandLine, usage } from '../src/experiments/command-line.ts';
import type { Experiment } from '../src/experiments/experiment.ts';

const experiment = (name: string): Experiment<unknown> => ({
  ...{ name, title: name, question: `Why ${name}?`, setup: [] },
  ...{ defaults: { steps: 10, seeds: 1 }, full: { steps: 100, seeds: 5 } },
  trials: () => [],
  findings: () => ({ claims: [], parts: [] }),
});
const experiments = [experiment('scale'), experiment('rate')];

function parse(...args: string[]) {
  const request = parseCommandLine(args, experiments);
  if (request === 'help') throw new Error('there is no request in a call for help');
  return { names: request.chosen.map(({ name }) => name), options: request.optionsFor(experiments[0]!) };
}

test('an experiment says how many steps and seeds it takes, unless that is asked for', () => {
  const settings = { seed: 1, digits: null };
  expect(parse('rate')).toEqual({
    names: ['rate'],
    options: { settings: { ...settings, steps: 10, seeds: 1 }, threads: 1, output: 'results', resume: false },
  });
  expect(parse('all', '--full').options.settings).toEqual({ ...settings, steps: 100, seeds: 5 });
  expect(parse('all', '--full', '--seeds', '2').options.settings).toEqual({
    ...settings,
    ...{ steps: 100, seeds: 2 },
  });
  expect(parse('all', '--steps', '3', '--digits', '50', '--seed', '7').options.settings).toEqual({
    ...{ steps: 3, seeds: 1, seed: 7, digits: 50 },
  });
});

test.each([
  [['--steps', '2'], 'the name of an experiment comes first'],
  [[], 'the name of an experiment comes first'],
  [['alchemy'], 'there is no experiment "alchemy"'],
  [['scale', 'rate'], '"rate" is not an option'],
  [['scale', '--steps', 'many'], '--steps is a whole number ≥ 1, not "many"'],
  [['scale', '--seed', '-1'], '--seed is a whole number ≥ 0, not "-1"'],
  [
    ['scale', '--seed', '9007199254740991', '--seeds', '2'],
    '2 seeds from 9007199254740991 on do not end below 2⁵³',
  ],
  [['claims', '--steps', '3'], 'claims runs nothing, so its only option is --out'],
  [['scale', '--out', ''], '--out is the name of a directory, not ""'],
  [['all', '--full', '--steps', '3'], '--full says how many steps there are; leave out --steps, or --full'],
])('%j is nonsense', (args, sentence) => {
  expect(() => parse(...args)).toThrow(sentence);
});

test('claims runs nothing', () => {
  const request = parseCommandLine(['claims', '--out', 'there'], experiments);
  expect(request).toMatchObject({ chosen: [], output: 'there' });
});

test('the usage names all experiments with their questions', () => {
  expect(usage(experiments)).toMatch(/^ {2}scale {2,}Why scale\?\n {2}rate {2,}Why rate\?\n {2}all /m);
  expect(parseCommandLine(['--help'], experiments)).toBe('help');
});
