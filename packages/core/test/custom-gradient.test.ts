/**
 * @file customGradient: the user's rule is used instead of the derived one, at every order, and checked.
 */
import { customGradient, gradcheck, gradient, type Tensor, tensor, zeros } from '../src/index.ts';

const x = tensor([0.5, -1.5, 2], { dtype: 'f64' });
const only = (f: (...inputs: never[]) => Tensor): ((...inputs: Tensor[]) => Tensor) => f as never;

test('the value is the function itself', () => {
  const double = customGradient((a: Tensor) => ({ value: a.mul(2), gradient: (g) => [g] }));
  expect(double(x).toArray()).toEqual([1, -3, 4]);
});

test('the gradient is the one given, not the derived one', () => {
  const double = customGradient((a: Tensor) => ({ value: a.mul(2), gradient: (g) => [g.mul(100)] }));
  expect(gradient(double(x).sum(), [x])[0].toArray()).toEqual([100, 100, 100]);
});

test('a gradient written with tensor operations is differentiated again', () => {
  const cube = customGradient((a: Tensor) => ({
    value: a.pow(3),
    gradient: (g) => [g.mul(a).mul(a).mul(3)],
  }));
  gradcheck(only(cube), [x], { order: 3 });
});

test('a gradient may use the value', () => {
  const exp = customGradient((a: Tensor) => {
    const value = a.exp();
    return { value, gradient: (g) => [g.mul(value)] };
  });
  expect(gradient(exp(x).sum(), [x])[0].toArray()).toEqual(x.exp().toArray());
});

test('there is one cotangent for each argument; null is zero', () => {
  const weighted = customGradient((a: Tensor, b: Tensor) => ({
    value: a.mul(b),
    gradient: (g) => [g.mul(b), null],
  }));
  const [y] = [tensor([1, 2, 3], { dtype: 'f64' })];
  const [da, db] = gradient(weighted(x, y).sum(), [x, y]);
  expect([da.toArray(), db.toArray()]).toEqual([
    [1, 2, 3],
    [0, 0, 0],
  ]); // prettier-ignore
});

test('it is called with the cotangent that arrives', () => {
  const clipped = customGradient((a: Tensor) => ({ value: a.mul(1), gradient: (g) => [g.clamp(-1, 1)] }));
  expect(gradient(clipped(x).mul(5).sum(), [x])[0].toArray()).toEqual([1, 1, 1]);
});

test('it works in backward and inside other functions', () => {
  const w = tensor([2, 3], { dtype: 'f64', requiresGrad: true });
  const negative = customGradient((a: Tensor) => ({ value: a, gradient: (g) => [g.neg()] }));
  negative(w.mul(2)).exp().log().sum().backward();
  expect((w.grad as Tensor).toArray()).toEqual([expect.closeTo(-2, 12), expect.closeTo(-2, 12)]);
});

test('captured tensors get no gradient of their own', () => {
  const y = tensor([2, 2, 2], { dtype: 'f64' });
  const scaled = customGradient((a: Tensor) => ({ value: a.mul(y), gradient: (g) => [g.mul(y)] }));
  expect(gradient(scaled(x).sum(), [y])[0].toArray()).toEqual([0, 0, 0]);
});

test.each<[string, (g: Tensor) => unknown, string]>([
  ['of another count', () => [], 'the gradient returned 0 cotangents for 1 arguments'],
  ['of another shape', () => [zeros([2], { dtype: 'f64' })], 'cotangent 0 has shape [2], its argument [3]'],
  ['of another dtype', (g) => [g.cast('f32')], 'cotangent 0 is f32, its argument f64'],
  ['that is no tensor', () => [3], 'cotangent 0 is not a tensor but 3'],
])('a cotangent %s is an error', (_name, rule, message) => {
  const wrong = customGradient((a: Tensor) => ({ value: a.mul(1), gradient: rule as never }));
  expect(() => gradient(wrong(x).sum(), [x])).toThrow(`customGradient: ${message}`);
});

test('arguments and value that are no tensors are errors', () => {
  const same = customGradient((a: Tensor) => ({ value: a, gradient: (g) => [g] }));
  expect(() => same(3 as never)).toThrow('customGradient: expected a tensor, not 3');
  const numeric = customGradient((() => ({ value: 3, gradient: () => [] })) as never);
  expect(() => numeric()).toThrow('customGradient: expected a tensor, not 3');
});
