import { renormLimits } from '../src/renorm-warm-up.ts';

test('training starts as batch normalization and ends with the limits of the paper, which only grow', () => {
  expect(renormLimits(0)).toEqual({ rMax: 1, dMax: 0 });
  expect(renormLimits(1)).toEqual({ rMax: 3, dMax: 5 });
  const limits = Array.from({ length: 101 }, (_, k) => renormLimits(k / 100));
  for (const [k, { rMax, dMax }] of limits.slice(1).entries()) {
    expect(rMax).toBeGreaterThanOrEqual(limits[k]!.rMax);
    expect(dMax).toBeGreaterThanOrEqual(limits[k]!.dMax);
  }
});
