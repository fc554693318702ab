/**
 * @file Random numbers: the published bits, the promised distributions, and the same seed giving the same bits.
 */
import { threefry } from '../src/graph/threefry.ts';
import { bernoulli, Generator, manualSeed, normal, permutation, type Tensor, uniform } from '../src/index.ts';
import { compilingBackends, withBackend } from './with-backend.ts';

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');

/** Known answers published with the authors' reference implementation (Random123, kat_vectors). */
test.each([
  [0, 0, 0, 0, '6b200159', '99ba4efe'],
  [-1, -1, -1, -1, '1cb996fc', 'bb002be7'],
  [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 'c4923a9c', '483df7a0'],
])('threefry of key (%d, %d), counter (%d, %d)', (k0, k1, c0, c1, first, second) => {
  expect([hex(threefry(k0, k1, c0, c1, 0)), hex(threefry(k0, k1, c0, c1, 1))]).toEqual([first, second]);
});

function moments(x: Tensor): { mean: number; variance: number } {
  const values = Array.from(x.data());
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}

const n = 40_000;

describe.each(['f32', 'f64'] as const)('in %s', (dtype) => {
  test('uniform numbers fill [0, 1) evenly', () => {
    const x = uniform([n], { dtype, generator: new Generator(1) });
    const { mean, variance } = moments(x);
    // Five standard errors: √(1/12/n) and √(1/180/n).
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n));
    const values = x.data();
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    const bins = new Array<number>(16).fill(0);
    for (const value of values) bins[Math.floor(value * 16)]!++;
    const chiSquared = bins.reduce((sum, count) => sum + (count - n / 16) ** 2 / (n / 16), 0);
    // The 99.99 % quantile for 15 degrees of freedom.
    expect(chiSquared).toBeLessThan(44.3);
  });

  test('uniform numbers keep to their interval', () => {
    const values = uniform([1000], { low: -3, high: -1, dtype, generator: new Generator(2) }).data();
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-3);
    expect(Math.max(...values)).toBeLessThanOrEqual(-1);
  });

  test('normal numbers have the moments of the normal distribution', () => {
    const x = normal([n], { dtype, mean: 2, std: 3, generator: new Generator(3) });
    const { mean, variance } = moments(x);
    expect(Math.abs(mean - 2)).toBeLessThan((5 * 3) / Math.sqrt(n));
    expect(Math.abs(variance - 9)).toBeLessThan(5 * 9 * Math.sqrt(2 / n));
    const standard = Array.from(x.data(), (value) => (value - 2) / 3);
    const skewness = standard.reduce((sum, value) => sum + value ** 3, 0) / n;
    const kurtosis = standard.reduce((sum, value) => sum + value ** 4, 0) / n;
    expect(Math.abs(skewness)).toBeLessThan(5 * Math.sqrt(6 / n));
    expect(Math.abs(kurtosis - 3)).toBeLessThan(5 * Math.sqrt(24 / n));
    expect(standard.every(Number.isFinite)).toBe(true);
  });
});

test('uniform numbers of f32 are multiples of 2⁻²⁴, of f64 finer', () => {
  const single = uniform([1000], { generator: new Generator(4) }).data();
  expect(single.every((value) => Number.isInteger(value * 2 ** 24))).toBe(true);
  const double = uniform([1000], { dtype: 'f64', generator: new Generator(4) }).data();
  expect(double.every((value) => Number.isInteger(value * 2 ** 53))).toBe(true);
  expect(double.some((value) => !Number.isInteger(value * 2 ** 40))).toBe(true);
});

test('uniform numbers of f32 never reach 1', () => {
  for (let seed = 0; seed < 20; seed++)
    expect(
      uniform([100_000], { generator: new Generator(seed) })
        .max()
        .item(),
    ).toBeLessThan(1);
});

test('bernoulli gives ones with its probability', () => {
  for (const probability of [0.1, 0.5, 0.9]) {
    const { mean } = moments(bernoulli([n], { probability, generator: new Generator(5) }));
    expect(Math.abs(mean - probability)).toBeLessThan(5 * Math.sqrt((probability * (1 - probability)) / n));
  }
});

test('a permutation has every number once, and all orders of three are about equally likely', () => {
  expect(Array.from(permutation(100, { generator: new Generator(6) }).data()).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 100 }, (_, k) => k),
  );
  const generator = new Generator(7);
  const counts = new Map<string, number>();
  for (let k = 0; k < 3000; k++) {
    const order = permutation(3, { generator }).data().join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThan(5 * Math.sqrt(500));
});

describe('same seed, same bits', () => {
  const draws = (generator: Generator) => [
    uniform([7], { generator }).data(),
    normal([5], { generator }).data(),
    bernoulli([9], { generator }).data(),
    permutation(11, { generator }).data(),
    uniform([3], { dtype: 'f64', generator }).data(),
  ];

  test('from generators of one seed', () => {
    expect(draws(new Generator(42))).toEqual(draws(new Generator(42)));
  });

  test('from the default generator after manualSeed', () => {
    manualSeed(9);
    const first = uniform([4]).data();
    manualSeed(9);
    expect(uniform([4]).data()).toEqual(first);
    expect(uniform([4], { generator: new Generator(9) }).data()).toEqual(first);
  });

  test('from a state that was saved', () => {
    const generator = new Generator(2 ** 40 + 3);
    uniform([1], { generator });
    const { state } = generator;
    const expected = draws(generator);
    const restored = new Generator(0);
    restored.state = state;
    expect(draws(restored)).toEqual(expected);
  });

  test('whatever is evaluated first', () => {
    const make = () => {
      const generator = new Generator(8);
      return [uniform([4], { generator }), uniform([4], { generator })] as const;
    };
    const [a, b] = make();
    const [c, d] = make();
    const [late, early] = [d.data(), c.data()];
    expect([a.data(), b.data()]).toEqual([early, late]);
  });

  test('whichever backend computes uniform numbers', () => {
    const compiled = uniform([100], { generator: new Generator(10) }).data();
    for (const backend of ['interpreter', ...compilingBackends] as const) {
      const values = withBackend(backend, () => uniform([100], { generator: new Generator(10) }).data());
      expect(values).toEqual(compiled);
    }
  });

  test('however the values are used', () => {
    const x = uniform([50], { generator: new Generator(12) });
    const doubled = x.mul(2).data();
    expect(Array.from(x.data(), (value) => 2 * value)).toEqual(Array.from(doubled));
  });
});

describe('different draws differ', () => {
  test('from one generator', () => {
    const generator = new Generator(1);
    expect(uniform([8], { generator }).data()).not.toEqual(uniform([8], { generator }).data());
  });

  test('from different seeds, also those that differ only above 32 bits', () => {
    const first = (seed: number) => uniform([8], { generator: new Generator(seed) }).data();
    expect(first(1)).not.toEqual(first(2));
    expect(first(1)).not.toEqual(first(1 + 2 ** 32));
  });

  test('within one draw', () => {
    expect(new Set(uniform([1000], { dtype: 'f64', generator: new Generator(3) }).data()).size).toBe(1000);
  });
});

test.each([-1, 0.5, NaN, 2 ** 53, '1'])('a seed of %p is an error', (seed) => {
  const text = typeof seed === 'string' ? `the string "${seed}"` : String(seed);
  expect(() => new Generator(seed as never)).toThrow(
    `Generator: a seed is a whole number in [0, 2⁵³), not ${text}`,
  );
  expect(() => manualSeed(seed as never)).toThrow(
    `manualSeed: a seed is a whole number in [0, 2⁵³), not ${text}`,
  );
});
