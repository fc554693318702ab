import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchmarkKey, benchmarks, limits } from '../benchmarks/benchmarks.ts';
import { type Options, parseCommandLine, usage } from '../benchmarks/command-line.ts';
import { summarize } from '../benchmarks/measure.ts';
import { benchmarkPage, terminalText } from '../benchmarks/page.ts';
import { formatResults, readResults, type Results } from '../benchmarks/results.ts';
import { formatNumber, tablesOf } from '../benchmarks/tables.ts';

const at = (milliseconds: number) => summarize(2 * milliseconds, [milliseconds]);

function row(key: BenchmarkKey, measurements: Results['rows'][number]['measurements']) {
  return { ...benchmarks[key], measurements };
}

const results: Results = {
  date: '2020-02-02T00:00:00.000Z',
  machine: { processor: 'P', cores: 2, system: 'S', node: '20.0.0', v8: '11', load: 0 },
  seconds: 0.5,
  clock: 'wall',
  competitors: [
    { name: 'roofline', version: 'fused multiply-add' },
    { name: 'windfall', version: '1.0.0' },
    { name: 'windfall, uncompiled', version: '1.0.0' },
    { name: 'fast', version: '2.0.0' },
    { name: 'lost', missing: 'nobody knows where it is' },
  ],
  limits: [{ ...limits['copy-in-cache'], measurements: { roofline: at(2 ** 18 / 1e8) } }],
  rows: [
    // 2·1024³ operations in 100 ms are 21.47 thousand million in a second.
    row('matmul-1024x1024x1024', {
      roofline: at(50),
      windfall: at(100),
      'windfall, uncompiled': at(101),
      'windfall, 2 threads': at(40),
      fast: at(200),
    }),
    row('tiny-graph', {
      roofline: { missing: 'nothing but overhead' },
      windfall: at(0.12345),
      fast: { missing: 'cannot do it' },
    }),
  ],
  coldStarts: [{ title: 'MLP step', starts: { windfall: { load: 1000, first: 20 } } }],
};

test('a timing holds the quartiles of its steps and the first step apart', () => {
  expect(summarize(9, [4, 1, 3, 2, 5])).toEqual({
    first: 9,
    fastest: 1,
    quartiles: [2, 4],
    median: 3,
    count: 5,
  });
});

test('numbers have three digits, small ones two', () => {
  expect([1234.5, 123.45, 12.345, 1.2345, 0.12345, 0.012345].map(formatNumber)).toEqual([
    '1235',
    '123',
    '12.3',
    '1.23',
    '0.12',
    '0.012',
  ]);
});

describe('tables', () => {
  const [limit, own, peers, cold] = tablesOf(results);

  test('a limit is a rate', () => {
    expect(limit?.rows).toEqual([['copy, 256 KiB', '100 GB/s']]);
  });

  test('rates come from the work, shares from the limit, speed-ups from the threads', () => {
    expect(own?.rows).toEqual([
      ['matmul 1024³', '200', '101', '100', '100…100', '21.5 GFLOP/s', '50 %', '2.50×'],
      ['101 tiny ops, with backward', '0.25', '–', '0.12', '0.12…0.12', '–', '–', '–'],
    ]);
  });

  test('others stand with the time of Windfall over theirs, and with the reason where they are missing', () => {
    expect(peers?.header).toEqual(['', 'windfall', 'fast', 'lost']);
    expect(peers?.rows).toEqual([
      ['matmul 1024³', '100', '200 (0.50)', '–'],
      ['101 tiny ops, with backward', '0.12', '–', '–'],
    ]);
    expect(peers?.notes).toEqual([
      'lost: nobody knows where it is',
      'fast: cannot do it (101 tiny ops, with backward)',
    ]);
  });

  test('a cold start is loading and a first step', () => {
    expect(cold?.rows).toEqual([['windfall', '1000', '20.0']]);
  });

  test('without others, cold starts and limits one table is left', () => {
    const own = results.competitors.slice(0, 3);
    const titles = tablesOf({ ...results, competitors: own, limits: [], coldStarts: [] }).map(
      ({ title }) => title,
    );
    expect(titles).toEqual(['Windfall']);
  });
});

test('the page in the documentation is made from the numbers beside it', () => {
  const documentation = join(__dirname, '..', '..', '..', 'docs', 'benchmarks');
  expect(readFileSync(`${documentation}.md`, 'utf8')).toBe(
    benchmarkPage(readResults(`${documentation}.json`)),
  );
});

test('the text and the page show every table', () => {
  const restored = JSON.parse(formatResults(results)) as Results;
  for (const { title } of tablesOf(restored)) {
    expect(terminalText(restored)).toContain(`${title}\n`);
    expect(benchmarkPage(restored)).toContain(`\n## ${title}\n`);
  }
  expect(benchmarkPage(restored)).toContain('| matmul 1024³ | 100 | 200 (0.50) | – |');
  expect(benchmarkPage(restored)).toContain(
    'Measured on 2020-02-02 on P, 2 cores, S, Node.js 20.0.0 (V8 11), load',
  );
});

describe('the command line', () => {
  const keysOf = (...args: string[]) => (parseCommandLine(args) as Options).keys;

  test('without arguments everything of ours is measured, as the help says', () => {
    const options = parseCommandLine([]) as Options;
    expect(options).toEqual({
      peers: false,
      keys: Object.keys(benchmarks),
      seconds: 0.5,
      clock: 'wall',
      json: 'results/benchmarks.json',
    });
    expect(usage).toContain(`default ${options.seconds}`);
    expect(usage).toContain(`default ${options.json}`);
  });

  test('--only takes parts of names', () => {
    expect(keysOf('--only', 'mlp,batch-norm')).toEqual(['mlp-step', 'batch-norm-2d', 'batch-norm-1d']);
  });

  test('--render reads the numbers of the documentation, or others', () => {
    expect(parseCommandLine(['--render'])).toEqual({ render: true, json: 'docs/benchmarks.json' });
    expect(parseCommandLine(['--render', '--json', 'a.json'])).toEqual({ render: true, json: 'a.json' });
  });

  test.each([
    [['--only', 'nothing'], '--only: no benchmark\'s name contains "nothing"'],
    [['--seconds', '0'], '--seconds is a number > 0, not "0"'],
    [['--fast'], 'there is no option --fast'],
  ])('%j is nonsense', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(message);
  });
});
