/**
 * @file Masked batch normalization: what padding holds has no part in it.
 */
import { concat, gradient, normal, type Tensor, where, zeros } from '@windfall/core';
import { BatchNorm1d } from '../src/index.ts';
import { expectSameDerivatives, expectSameState, flags, randomize, twin } from './support/batch-norm.ts';
import { expectClose } from './support/fixtures.ts';

const dtype = 'f64';
const double = { dtype } as const;

describe('mask', () => {
  const lengths = [4, 1, 3];
  const mask = flags(lengths.map((length) => [0, 1, 2, 3].map((k) => k < length)));
  const x = normal([3, 2, 4], { dtype, mean: 2 });
  /** The same elements without padding: [elements, channels] */
  const pack = (values: Tensor): Tensor =>
    concat(lengths.map((length, row) => values.slice([row, null, [0, length]]).transpose()));
  const padding = mask.unsqueeze(1).logicalNot();

  test.each([
    [{}],
    [{ momentum: null }],
    [{ affine: false }],
    [{ eps: 0 }],
    [{ renorm: { rMax: 1.5, dMax: 0.2 } }],
  ])('%j gives what packed elements give, and the same statistics', (options) => {
    const norm = randomize(new BatchNorm1d(2, { dtype, ...options }));
    const packed = twin(norm, options);
    for (const training of [true, true, false]) {
      const given = training ? x : x.add(1);
      const y = norm.forward(given, { mask, training });
      const expected = packed.forward(pack(given), { training });
      expectClose(pack(y), expected, 1e-13);
      expectSameDerivatives(pack(y), expected, given);
      expectClose(where(padding, y, 0), zeros(y.shape, double), 0);
      expectSameState(norm, packed, 1e-13);
    }
  });

  test('what stands in the padding, NaN too, has no influence, and gets gradient 0', () => {
    const cotangent = normal(x.shape, double);
    const results = [0, 1e9, NaN, Infinity].map((value) => {
      const given = where(padding, value, x).detach();
      const norm = new BatchNorm1d(2, double);
      const y = norm.forward(given, { mask });
      const slopes = gradient(y, [given, norm.weight!, norm.bias!], { cotangent });
      const evaluated = norm.forward(given, { mask, training: false });
      const [inEvaluation] = gradient(evaluated, [norm.weight!], { cotangent });
      return [y, ...slopes, evaluated, inEvaluation];
    });
    for (const result of results.slice(1))
      for (const [position, value] of result.entries()) expectClose(value, results[0]![position]!, 0);
    expectClose(where(padding, results[0]![1]!, 0), zeros(x.shape, double), 0);
  });

  test('may have extent 1 at the channels, and broadcasts', () => {
    const norm = (): BatchNorm1d => new BatchNorm1d(2, double);
    expectClose(norm().forward(x, { mask: mask.unsqueeze(1) }), norm().forward(x, { mask }), 0);
    const positions = flags([[true, false, true, true]]);
    expectClose(
      norm().forward(x, { mask: positions }),
      norm().forward(x, { mask: positions.expand([3, 4]) }),
      1e-15,
    );
  });

  test('of ones changes nothing', () => {
    const [plain, masked] = [new BatchNorm1d(2, double), new BatchNorm1d(2, double)];
    const y = masked.forward(x, { mask: flags(lengths.map(() => [1, 1, 1, 1])) });
    expectClose(y, plain.forward(x), 1e-14);
    expectSameState(masked, plain);
  });

  test('that leaves one value gives β, none gives 0; neither moves the statistics, or counts', () => {
    for (const momentum of [0.1, null]) {
      const norm = randomize(new BatchNorm1d(2, { dtype, momentum }));
      const before = norm.stateDict();
      const one = flags([[false, false, true, false], ...[1, 2].map(() => [false, false, false, false])]);
      const y = norm.forward(x, { mask: one });
      expectClose(y.slice([0, null, 2]), norm.bias!, 0);
      const none = one.logicalAnd(false);
      expectClose(norm.forward(x, { mask: none }), zeros(x.shape, double), 0);
      for (const [name, value] of Object.entries(norm.stateDict())) expectClose(value, before[name]!, 0);
      norm.forward(x, { mask });
      expect(norm.numBatchesTracked!.item()).toBe(1);
    }
  });

  test('keeps float32 accurate far from 0', () => {
    const wide = normal([16, 2, 20], { dtype, mean: 1e4, std: 0.01 }).cast('f32');
    const half = flags(
      Array.from({ length: 16 }, (_, row) => Array.from({ length: 20 }, (__, k) => k > row)),
    );
    const exact = new BatchNorm1d(2, { dtype, eps: 1e-10 }).forward(wide.cast(dtype), { mask: half });
    const y = new BatchNorm1d(2, { eps: 1e-10 }).forward(where(half.unsqueeze(1), wide, 0), { mask: half });
    expectClose(y.cast(dtype), exact, 1e-5);
  });

  test('that does not fit is an error', () => {
    const norm = new BatchNorm1d(2, double);
    expect(() => norm.forward(x, { mask: zeros([3, 4]) })).toThrow(
      "BatchNorm1d: the mask is bool, not f32; use cast(mask, 'bool')",
    );
    expect(() => norm.forward(x, { mask: flags([[true, false]]) })).toThrow(
      "BatchNorm1d: the mask has x's shape without the channels, [3, 4], or broadcasts to it; got [1, 2] for [3, 2, 4]",
    );
    expect(() => norm.forward(x, { mask: flags([true, false, true, true]) })).toThrow(
      'got [4] for [3, 2, 4]',
    );
    expect(() => norm.forward(x, { mask: [true] as any })).toThrow('the mask is a tensor, not an array');
    expect(() => norm.forward(x, { masks: mask } as any)).toThrow("has no option 'masks'");
    expect(norm.numBatchesTracked!.item()).toBe(0);
  });
});
