import { Generator, tensor, Variable } from '@windfall/core';
import { finiteDifferences } from '../src/finite-differences.ts';
import { compareGradients } from '../src/gradient-comparison.ts';

const comparisons = compareGradients(3, new Generator(7));

test.each([1, 2, 3])('the derived gradient of order %i is that of the closed form', (order) => {
  for (const { fromClosedForm } of comparisons.filter((one) => one.order === order))
    expect(fromClosedForm).toBeLessThan(1e-13);
});

test.each([
  [1, 1e-7],
  [2, 1e-6],
  [3, 1e-5],
])('the derived gradient of order %i agrees with finite differences within %d', (order, tolerance) => {
  const ofOrder = comparisons.filter((one) => one.order === order);
  expect(ofOrder.map(({ input }) => input)).toEqual(['x', 'γ', 'β']);
  for (const { fromFiniteDifferences } of ofOrder) expect(fromFiniteDifferences).toBeLessThan(tolerance);
});

test('finite differences of a polynomial of degree four are exact but for rounding', () => {
  const x = new Variable(tensor([-1, 0.5, 2], { dtype: 'f64' }));
  const [slopes] = finiteDifferences(() => x.pow(4).sum(), [x]);
  for (const [i, expected] of [-4, 0.5, 32].entries()) expect(slopes![i]).toBeCloseTo(expected, 9);
  expect(x.toArray()).toEqual([-1, 0.5, 2]);
});
