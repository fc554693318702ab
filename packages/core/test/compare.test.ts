/**
 * @file assertClose tells what differs from what does not, and says where.
 */
import { assertClose, tensor, tolerances, zeros } from '../src/index.ts';

const f64 = (...values: number[]) => tensor(values, { dtype: 'f64' });
const expected = (...values: number[]) => ({ shape: [values.length], values });

test('equal values agree, NaN and infinities included', () => {
  assertClose(f64(1, NaN, Infinity, -Infinity, 0), expected(1, NaN, Infinity, -Infinity, -0));
});

test('the tolerance is absolute plus relative to the expected value', () => {
  const tolerance = { absolute: 0.1, relative: 0.01 };
  assertClose(f64(101), expected(100), { tolerance });
  assertClose(f64(101.09), expected(100), { tolerance });
  expect(() => assertClose(f64(101.11), expected(100), { tolerance })).toThrow(
    'element [0] is 101.11, not 100',
  );
});

test('each dtype has its own tolerance, and integers none', () => {
  assertClose(tensor([1]), expected(1 + 1e-6));
  expect(() => assertClose(f64(1), expected(1 + 1e-6))).toThrow();
  expect(() => assertClose(tensor([1], { dtype: 'i32' }), expected(2))).toThrow();
  expect(Object.keys(tolerances).sort()).toEqual(['bool', 'f32', 'f64', 'i32']);
});

test('expected values are rounded to the dtype first', () => {
  assertClose(tensor([0.1, Infinity]), expected(0.1, 1e60), { tolerance: { absolute: 0, relative: 0 } });
});

test('signed zeros differ when asked to', () => {
  assertClose(f64(0), expected(-0));
  expect(() => assertClose(f64(0), expected(-0), { signedZeros: true })).toThrow('element [0] is 0, not -0');
  assertClose(f64(-0), expected(-0), { signedZeros: true });
});

test('the message shows the worst element and counts the others', () => {
  const actual = tensor(
    [
      [1, 2, 3],
      [4, 9, 6],
    ],
    { dtype: 'f64' },
  ); // prettier-ignore
  expect(() => assertClose(actual, { shape: [2, 3], values: [1, 2, 3.5, 4, 5, 6] })).toThrow(
    'assertClose: element [1, 1] is 9, not 5, beyond 1e-13 + 1e-12·|expected| (2 of 6 elements differ)',
  );
});

test.each([
  [NaN, 1],
  [1, NaN],
  [Infinity, 1],
  [1, Infinity],
  [Infinity, -Infinity],
])('%d is not %d', (a, b) => {
  expect(() => assertClose(f64(a), expected(b))).toThrow('assertClose');
});

test('shape and dtype count', () => {
  expect(() => assertClose(zeros([2]), { shape: [1, 2], values: [0, 0] })).toThrow(
    'assertClose: the shape is [2], not [1, 2]',
  );
  expect(() => assertClose(zeros([2]), zeros([2], { dtype: 'f64' }))).toThrow(
    'assertClose: the dtype is f32, not f64',
  );
});
