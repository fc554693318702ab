/**
 * @file Layers and the functions behind them give PyTorch's values and gradients, in float64 and in float32, inside
 * compiled functions and outside; and what docs/parity.md says of them is what is compared here.
 */
import * as nn from '../src/index.ts';
import { layers } from './parity/layers.ts';
import { readFixture } from './support/fixtures.ts';
import { twins } from './support/functional-twins.ts';
import { expectPyTorchs, type LayerCase, nameOf } from './support/layer-case.ts';

const fixtures = [...new Set(layers.flatMap(({ fixture }) => fixture ?? []))];
const cases = new Map(fixtures.map((fixture) => [fixture, readFixture(fixture) as LayerCase[]]));
const layersIn = (fixture: string): string[] => cases.get(fixture)!.map(({ layer }) => layer);

describe('the rows of the parity table', () => {
  test.each(layers.map((row) => [row.pytorch, row] as const))('%s exists and is compared', (_, row) => {
    const { windfall, fixture } = row;
    const [name, isFunction] = windfall.startsWith('functional.')
      ? [windfall.slice('functional.'.length), true]
      : [windfall, false];
    expect(typeof (isFunction ? nn.functional : nn)[name as never]).toBe('function');
    if (fixture === null) return;
    const compared = layersIn(fixture).map((layer) => (isFunction ? twins[layer]?.[0] : layer));
    expect(compared).toContain(name);
  });

  test('no layer that is compared lacks its rows', () => {
    const claimed = new Set(layers.map(({ windfall }) => windfall));
    for (const layer of fixtures.flatMap(layersIn)) {
      expect(claimed).toContain(layer);
      if (twins[layer] !== undefined) expect(claimed).toContain(`functional.${twins[layer][0]}`);
    }
  });
});

const all = [...cases.values()].flat().map((given) => [nameOf(given), given] as const);

describe.each(all)('%s gives what PyTorch gives', (_name, given) => {
  test('in float64', () => {
    expectPyTorchs(given, 'f64', 1e-10, twins[given.layer]?.[1]);
  });

  test('in float32', () => {
    expectPyTorchs(given, 'f32', 1e-5, twins[given.layer]?.[1]);
  });
});
