import { commandFor, type Options, parseCommandLine, usage } from '../src/command-line.ts';

describe('parseCommandLine', () => {
  test('without arguments it gives the defaults that the help names', () => {
    const options = parseCommandLine([]) as Exclude<ReturnType<typeof parseCommandLine>, 'help'>;
    const { steps, seed, seeds, learningRate, batchSize, deviation, dtype, output } = options;
    expect(usage.match(/default [^)]+/g)).toEqual(
      [steps, seed, seeds, learningRate, batchSize, deviation, dtype, output].map(
        (value) => `default ${value}`,
      ),
    );
    expect([options.threads, options.resume]).toEqual([null, false]);
  });

  test('reads values after a space or an equals sign', () => {
    const args =
      '--steps 20 --seed=0 --seeds 3 --lr 1e-2 --batch=32 --deviation 0.01 --threads 1 --dtype f64';
    expect(parseCommandLine([...args.split(' '), '--out=there', '--resume'])).toEqual({
      steps: 20,
      seed: 0,
      seeds: 3,
      learningRate: 0.01,
      batchSize: 32,
      deviation: 0.01,
      threads: 1,
      dtype: 'f64',
      output: 'there',
      resume: true,
    });
  });

  test('--full is the number of steps of the paper', () => {
    expect(parseCommandLine(['--full'])).toMatchObject({ steps: 50_000 });
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
    [['--full', '--steps', '9'], '--full says how many steps there are; leave out --steps, or --full'],
    [['--seeds', '0'], '--seeds is a whole number > 0, not "0"'],
    [['--seed', '9007199254740991', '--seeds', '2'], '2 seeds from 9007199254740991 on do not end below 2⁵³'],
    [['--batch', '1'], '--batch is a whole number in [2, 60000], not "1"'],
    [['--deviation', '0'], '--deviation is a finite number > 0, not "0"'],
    [['--threads', '0'], '--threads is a whole number > 0, not "0"'],
    [['--dtype', 'f16'], '--dtype is f32 or f64, not "f16"'],
    [['--out='], '--out is the name of a directory, not ""'],
    [['--rate', '1'], 'there is no option --rate'],
    [['-s', '1'], 'there is no option -s'],
    [['--help=yes'], '--help takes no value'],
    [['100'], '"100" is not an option'],
  ])('%j is refused in one sentence', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(message);
  });
});

test.each([
  ['', 'npm start'],
  ['--out there --threads 1 --resume', 'npm start'],
  ['--lr=0.10 --steps 3000 --seed 1', 'npm start'],
  ['--full --lr 1e-2 --out there', 'npm start -- --steps 50000 --lr 0.01'],
  [
    '--dtype f64 --deviation 0.01 --batch 32 --lr 1 --seeds 3 --seed 0 --steps 20',
    'npm start -- --steps 20 --seed 0 --seeds 3 --lr 1 --batch 32 --deviation 0.01 --dtype f64',
  ],
])('the command that gives the same numbers as "%s" is %s', (args, command) => {
  const options = parseCommandLine(args.split(' ').filter((word) => word !== '')) as Options;
  expect(commandFor(options)).toBe(command);
  const [, words = ''] = command.split(' -- ');
  expect(parseCommandLine(words.split(' ').filter((word) => word !== ''))).toEqual({
    ...options,
    ...{ threads: null, output: 'results', resume: false },
  });
});
