/**
 * @file docs/parity.md is what the tables of the tests say, and says nothing twice.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parityDocument, sections } from './parity/document.ts';

const page = join(__dirname, '..', '..', '..', 'docs', 'parity.md');
const rows = Object.values(sections).flat();

test('the page is up to date; UPDATE_PARITY=1 writes it anew', () => {
  if (process.env['UPDATE_PARITY'] === '1') writeFileSync(page, parityDocument());
  expect(readFileSync(page, 'utf8')).toBe(parityDocument());
});

test('no name of PyTorch stands there twice', () => {
  const names = rows.map(({ pytorch }) => pytorch);
  expect(names.filter((name, position) => names.indexOf(name) !== position)).toEqual([]);
});

test('every fixture that a row names is there', () => {
  const missing = rows.filter(
    ({ fixture }) => fixture !== null && !existsSync(join(__dirname, 'fixtures', `${fixture}.json`)),
  );
  expect(missing).toEqual([]);
});
