import { parseCommandLine, usage } from '../src/command-line.ts';

describe('parseCommandLine', () => {
  test('without arguments it gives the defaults that the help names', () => {
    const { steps, seed, learningRate, output } = parseCommandLine([]) as Exclude<
      ReturnType<typeof parseCommandLine>,
      'help'
    >;
    expect(usage.match(/default [^)]+/g)).toEqual([
      `default ${steps}`,
      `default ${seed}`,
      `default ${learningRate}`,
      `default ${output}`,
    ]);
  });

  test('reads values after a space or an equals sign', () => {
    expect(parseCommandLine(['--steps', '20', '--seed=0', '--lr', '1e-2', '--out=there'])).toEqual({
      steps: 20,
      seed: 0,
      learningRate: 0.01,
      output: 'there',
    });
  });

  test('help is given whatever else is asked for', () => {
    expect(parseCommandLine(['--steps', '20', '--help'])).toBe('help');
  });

  test.each([
    [['--steps', '0'], '--steps is a whole number > 0, not "0"'],
    [['--steps', '2.5'], '--steps is a whole number > 0, not "2.5"'],
    [['--steps', 'many'], '--steps is a whole number > 0, not "many"'],
    [['--steps='], '--steps is a whole number > 0, not ""'],
    [['--steps'], '--steps needs a value'],
    [['--seed', '-1'], '--seed is a whole number in [0, 2⁵³), not "-1"'],
    [['--lr', '0'], '--lr is a finite number > 0, not "0"'],
    [['--lr', '-0.1'], '--lr is a finite number > 0, not "-0.1"'],
    [['--lr', 'Infinity'], '--lr is a finite number > 0, not "Infinity"'],
    [['--out='], '--out is the name of a directory, not ""'],
    [['--rate', '1'], 'there is no option --rate'],
    [['-s', '1'], 'there is no option -s'],
    [['--help=yes'], '--help takes no value'],
    [['100'], '"100" is not an option'],
  ])('%j is refused in one sentence', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(message);
  });
});
