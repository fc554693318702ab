/**
 * @file How exact the vectorized functions are: units in the last place against the scalar table, over dense samples.
 */
import type { ScalarName } from '../src/graph/scalar-functions.ts';
import { scalarFunction } from '../src/graph/scalar-functions.ts';
import { vectorized } from '../src/backends/wasm/function-library.ts';
import * as core from '../src/index.ts';
import { withBackend } from './with-backend.ts';

const names: readonly ScalarName[] = vectorized;

const functions: Readonly<Record<string, (x: core.Tensor) => core.Tensor>> = core as never;

/** Numbers of every magnitude and sign, dense around 0 and 1. */
function denseSamples(): number[] {
  const samples: number[] = [];
  for (let k = -4000; k <= 4000; k++) samples.push(k / 500, 1 + k / 40_000, k / 37);
  for (let exponent = -310; exponent <= 308; exponent++) {
    for (const factor of [1, 1.37, 2.9, 7.1]) samples.push(factor * 10 ** exponent, -factor * 10 ** exponent);
  }
  return samples;
}

/** The distance from a number to the next one in the dtype. */
function unitInLastPlace(value: number, dtype: 'f32' | 'f64'): number {
  const [digits, lowest] = dtype === 'f32' ? [23, -149] : [52, -1074];
  const exponent = value === 0 ? lowest : Math.floor(Math.log2(Math.abs(value)));
  return 2 ** Math.max(exponent - digits, lowest);
}

describe.each(['f32', 'f64'] as const)('in %s', (dtype) => {
  test.each(names)('%s is within 2 units in the last place', (name) => {
    const x = core.tensor(denseSamples(), { dtype });
    const values = x.data();
    const results = withBackend('wasm', () => functions[name]!(x).data());
    let [worst, at] = [0, 0];
    for (const [k, value] of values.entries()) {
      const expected = scalarFunction(name).evaluate(value, 0, 0);
      const rounded = dtype === 'f32' ? Math.fround(expected) : expected;
      const result = results[k]!;
      if (Object.is(result, rounded) || (result === 0 && rounded === 0)) continue;
      const error = Number.isFinite(rounded)
        ? Math.abs(result - expected) / unitInLastPlace(expected, dtype)
        : Infinity;
      if (!(error <= worst)) [worst, at] = [error, value];
    }
    expect({ at, ulp: worst, isExactEnough: worst <= 2 }).toEqual({ at, ulp: worst, isExactEnough: true });
  });

  test.each(names)('%s of special values is the table’s', (name) => {
    const specials = [0, -0, Infinity, -Infinity, NaN, 1, -1, 1e30, -1e30];
    const x = core.tensor(specials, { dtype });
    const expected = Array.from(x.data(), (value) => scalarFunction(name).evaluate(value, 0, 0));
    const results = withBackend('wasm', () => functions[name]!(x).data());
    core.assertClose(core.tensor(Array.from(results), { dtype }), core.tensor(expected, { dtype }));
  });
});
