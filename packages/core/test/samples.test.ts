/**
 * @file The laws that every operation obeys, checked for each row of the table of samples; and docs/contract.md, which says
 * what was checked.
 */
import * as core from '../src/index.ts';
import { samples } from '../src/testing/samples.ts';
import { contractDocument } from './contract/document.ts';
import type { Order } from './contract/finding.ts';
import { runsOf } from './contract/runs.ts';
import { rowOf, unexplained } from './contract/table.ts';
import { withBackend } from './with-backend.ts';

const { assertClose } = core;

// Asked for alone, the page runs the checks of all operations; and starting workers takes a while on a busy machine.
jest.setTimeout(300_000);

/** Runs the check for every entry, and names the entry in what it throws. */
function eachOf<T extends { title: string }>(entries: readonly T[], check: (entry: T) => void): void {
  const failures: string[] = [];
  for (const entry of entries) {
    try {
      check(entry);
    } catch (error) {
      failures.push(`${entry.title}: ${(error as Error).message}`);
    }
  }
  expect(failures).toEqual([]);
}

/** What is wrong in a row of the contract, among the derivatives of some orders. */
const wrongIn = (name: string, ...wanted: Order[]): string[] =>
  rowOf(name)
    .findings.filter(({ order, outcome }) => wanted.includes(order) && outcome === 'wrong')
    .map(({ engine, text }) => `${engine}: ${text}`);

describe.each(Object.entries(samples))('%s', (name, row) => {
  const entries = runsOf(row);

  test('the value is that of its definition', () => {
    eachOf(entries, ({ sample, inputs, compute }) => {
      const expected = sample.reference(...inputs.map(({ values }) => values));
      assertClose(compute(), expected);
    });
  });

  test('reading through the interpreter gives the same', () => {
    const results = entries.map(({ title, compute }) => ({ title, expected: compute(), actual: compute() }));
    core.evaluate(results.map(({ expected }) => expected));
    withBackend('interpreter', () => {
      core.evaluate(results.map(({ actual }) => actual));
      eachOf(results, ({ actual, expected }) => {
        assertClose(actual, expected);
      });
    });
  });

  test('the value is the same on every engine', () => {
    expect(wrongIn(name, 0)).toEqual([]);
  });

  test('gradient and second gradient are right on every engine', () => {
    expect(wrongIn(name, 1, 2)).toEqual([]);
  });

  test('what no check covers is explained, and nothing else is', () => {
    expect(unexplained(rowOf(name))).toEqual([]);
  });

  if (row.errors.length > 0) {
    test('wrong arguments are errors that say what is wrong', () => {
      const messages = row.errors.map(({ call }) => {
        try {
          call();
        } catch (error) {
          return error instanceof core.WindfallError
            ? error.message
            : `${String(error)} (not a WindfallError)`;
        }
        return 'nothing was thrown';
      });
      expect(messages).toEqual(row.errors.map(({ message }) => message));
    });
  }
});

// Of the checks that ran above. In a page there are no files, but the same checks.
if (!('document' in globalThis)) {
  test('docs/contract.md is what was found; UPDATE_CONTRACT=1 writes it anew', async () => {
    const { readFileSync, writeFileSync } = await import('node:fs');
    const page = `${__dirname}/../../../docs/contract.md`;
    const found = contractDocument();
    if (process.env['UPDATE_CONTRACT'] === '1') writeFileSync(page, found);
    expect(readFileSync(page, 'utf8')).toBe(found);
  });
}
