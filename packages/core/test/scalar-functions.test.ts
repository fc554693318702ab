/**
 * @file The table of scalar functions, by itself: derivatives over plain numbers against finite differences, and values
 * against a reference of 60 digits (fixtures/generate.py).
 */
import {
  type Algebra,
  type ScalarName,
  scalarFunction,
  scalarFunctions,
  type Value,
} from '../src/graph/scalar-functions.ts';
import { randomNumbers } from '../src/testing/sample.ts';
import reference from './fixtures/scalar-values.json' with { type: 'json' };

const names = Object.keys(scalarFunctions) as ScalarName[];

/** The algebra of plain numbers. */
const numbers = Object.fromEntries(
  names.map((name) => [
    name,
    (...operands: number[]) => scalarFunction(name).evaluate(...(operands as [number, number, number])),
  ]),
) as unknown as Algebra;

const value = (x: number): Value => x as unknown as Value;

/** The derivative by the table, for cotangent g. */
function derivative(name: ScalarName, operands: readonly number[], position: number, g: number): number {
  const { evaluate, pullbacks } = scalarFunction(name);
  const [a = 0, b = 0, c = 0] = operands;
  const y = evaluate(a, b, c);
  const result = pullbacks[position]!(numbers, value(g), value(y), value(a), value(b), value(c));
  return result as unknown as number;
}

function finiteDifference(
  name: ScalarName,
  operands: readonly number[],
  position: number,
  h: number,
): number {
  const { evaluate } = scalarFunction(name);
  const at = (distance: number): number =>
    evaluate(...(operands.with(position, operands[position]! + distance) as [number, number, number]));
  const slope = (k: number): number => at(k * h) - at(-k * h);
  return (45 * slope(1) - 9 * slope(2) + slope(3)) / (60 * h);
}

const near = (a: number, b: number, tolerance: number): boolean =>
  Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));

/** Operands from the row's domain. */
function operandsOf(name: ScalarName, random: () => number): number[] {
  return scalarFunction(name).domain.map(([low, high]) =>
    low === 0 && high === 1 ? Math.round(random()) : low + random() * (high - low),
  );
}

describe.each(names)('%s', (name) => {
  const { arity, pullbacks, domain } = scalarFunction(name);

  test('has one domain and one pullback for each operand', () => {
    expect(pullbacks).toHaveLength(arity);
    expect(domain).toHaveLength(arity);
  });

  pullbacks.forEach((pullback, position) => {
    if (pullback === null) return;
    test(`the derivative for operand ${position} is that of finite differences`, () => {
      const random = randomNumbers(position + 1);
      let compared = 0;
      for (let k = 0; k < 200; k++) {
        const operands = operandsOf(name, random);
        const g = 0.5 + random();
        const numeric = g * finiteDifference(name, operands, position, 1e-3);
        // Where two steps disagree, a kink or a pole is near.
        if (!near(g * finiteDifference(name, operands, position, 2e-3), numeric, 1e-6)) continue;
        const analytic = derivative(name, operands, position, g);
        if (!near(analytic, numeric, 1e-9))
          throw new Error(`at ${operands.join(', ')}: ${analytic}, not ${numeric}`);
        compared++;
      }
      expect(compared).toBeGreaterThan(150);
    });
  });

  if (arity === 2 && scalarFunction(name).commutative === true) {
    test('does not depend on the order of its operands', () => {
      const special = [NaN, Infinity, -Infinity, 0, 1, -2.5, 1e300];
      for (const a of special)
        for (const b of special)
          expect(scalarFunction(name).evaluate(a, b, 0)).toBe(scalarFunction(name).evaluate(b, a, 0));
    });
  }

  const { neutral } = scalarFunction(name);
  if (neutral !== undefined) {
    test('leaves every operand unchanged by its neutral element, bit for bit', () => {
      for (const x of [NaN, Infinity, -Infinity, 0, -0, 1.5, -2e300, 5e-324])
        expect(scalarFunction(name).evaluate(x, neutral, 0)).toBe(x);
    });
  }

  const { isDifference, isOpposite, withOpposite, evaluate } = scalarFunction(name);
  if (isDifference === true || isOpposite === true) {
    test('is the difference or the opposite that the table says it is, bit for bit', () => {
      for (const a of [NaN, Infinity, 0, -0, 1.5, -2e300, 5e-324])
        for (const b of [-Infinity, 0, -0, 2.5])
          expect(evaluate(a, b, 0)).toBe(isDifference === true ? a - b : -a);
    });
  }

  if (withOpposite !== undefined) {
    test('takes an opposite as another function takes the number itself, bit for bit', () => {
      const special = [NaN, Infinity, -Infinity, 0, -0, 1.5, -2.5, 1e300, 5e-324];
      for (const a of special)
        for (const b of special)
          expect(scalarFunction(name).evaluate(a, scalarFunction('neg').evaluate(b, 0, 0), 0)).toBe(
            scalarFunction(withOpposite).evaluate(a, b, 0),
          );
    });
  }

  test('a value does not depend on operands beyond its arity', () => {
    const random = randomNumbers(9);
    for (let k = 0; k < 20; k++) {
      const [a = 0, b = 0, c = 0] = operandsOf(name, random);
      const { evaluate } = scalarFunction(name);
      const padded = [a, arity > 1 ? b : 7, arity > 2 ? c : -9] as const;
      const zeros = [a, arity > 1 ? b : 0, arity > 2 ? c : 0] as const;
      expect(evaluate(...padded)).toBe(evaluate(...zeros));
    }
  });
});

test.each(Object.entries(reference))('%s is accurate to a few units in the last place', (name, points) => {
  for (const [x, y] of points as [x: number, y: number][]) {
    const found = scalarFunction(name as ScalarName).evaluate(x, 0, 0);
    const error = Math.abs(found - y) / Math.max(Math.abs(y), Number.MIN_VALUE * 2 ** 53);
    if (!(error <= 8 * Number.EPSILON))
      throw new Error(`at ${x}: ${found}, not ${y} (relative error ${error})`);
  }
});

test.each([
  ['pow', [0, 0], 1],
  ['pow', [NaN, 0], 1],
  ['pow', [1, NaN], 1],
  ['pow', [-1, Infinity], 1],
  ['pow', [0, -1], Infinity],
  ['pow', [-2, 3], -8],
  ['pow', [-2, 0.5], NaN],
  ['remainder', [-7, 3], 2],
  ['remainder', [7, -3], -2],
  ['maximum', [NaN, 1], NaN],
  ['maximum', [-2, -3], -2],
  ['minimum', [2, 3], 2],
  ['minimum', [1, NaN], NaN],
  ['round', [0.5], 0],
  ['round', [1.5], 2],
  ['round', [-2.5], -2],
  ['round', [2 ** 52 + 1], 2 ** 52 + 1],
  ['sigmoid', [-1000], 0],
  ['sigmoid', [1000], 1],
  ['softplus', [1000], 1000],
  ['softplus', [-1000], 0],
  ['erf', [Infinity], 1],
  ['erf', [-Infinity], -1],
  ['erf', [NaN], NaN],
] as const)('%s of %j is %d', (name, operands, expected) => {
  const [a, b = 0] = operands as readonly number[];
  expect(scalarFunction(name).evaluate(a!, b, 0)).toEqual(expected);
});
