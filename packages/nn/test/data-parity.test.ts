/**
 * @file What docs/parity.md says of checkpoints, data, augmentation and metrics names what there is.
 */
import * as nn from '../src/index.ts';
import * as node from '../src/node/index.ts';
import { dataRows } from './parity/data.ts';
import { readFixture } from './support/fixtures.ts';

test.each(dataRows)('$pytorch: $windfall', ({ windfall, fixture, differs }) => {
  for (const name of windfall.replaceAll(' (@windfall/nn/node)', '').split(', '))
    expect({ ...nn, ...node }).toHaveProperty(name);
  if (fixture !== null)
    for (const cases of Object.values(readFixture(fixture)))
      expect(Object.keys(cases as object).length).toBeGreaterThan(0);
  expect(differs ?? 'None.').toMatch(/[.]$/);
});

test('no name stands there twice', () => {
  const names = dataRows.map(({ pytorch }) => pytorch);
  expect(new Set(names).size).toBe(names.length);
});
