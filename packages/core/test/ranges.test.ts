/**
 * @file Values and sizes that do not fit are errors at the call, never numbers that wrapped around.
 */
import {
  arange,
  avgPool1d,
  concat,
  einsum,
  full,
  Generator,
  gradient,
  maxPool1d,
  ones,
  oneHot,
  outer,
  tensor,
  uniform,
  WindfallError,
  zeros,
} from '../src/index.ts';
import { allocate, largestBelow } from '../src/dtype.ts';

const integers = tensor([1, 2], { dtype: 'i32' });

test.each<[call: () => unknown, message: string]>([
  [() => arange(5, { dtype: 'bool' }), 'arange: 4 is not 0, 1 or a boolean, as dtype bool needs'],
  [
    () => arange(2 ** 31, 2 ** 31 + 3),
    "arange: 2147483648 is not a 32-bit whole number, as dtype i32 needs; pass dtype 'f64'",
  ],
  [
    () => full([2], 3e9, { dtype: 'i32' }),
    "full: 3000000000 is not a 32-bit whole number, as dtype i32 needs; pass dtype 'f64'",
  ],
  [() => full([2], 5, { dtype: 'bool' }), 'full: 5 is not 0, 1 or a boolean, as dtype bool needs'],
  [
    () => integers.pad([[1, 1]], { value: 3e9 }),
    "pad: 3000000000 is not a 32-bit whole number, as dtype i32 needs; pass dtype 'f64'",
  ],
  [() => integers.pad([[1, 1]], { value: 0.5 }), 'pad: 0.5 is not a 32-bit whole number, as dtype i32 needs'],
  [() => integers.pad([[1, 1]], { value: NaN }), 'pad: NaN is not a 32-bit whole number, as dtype i32 needs'],
  [
    () => uniform([2], { low: -3e38, high: 3e38 }),
    'uniform: low, high and high − low must be finite in f32, not -3e+38, 3e+38 and 6e+38',
  ],
])('%s is an error', (call, message) => {
  expect(call).toThrow(new WindfallError(message));
});

test('the numbers at the ends of a dtype fit', () => {
  expect(arange(2, { dtype: 'bool' }).toArray()).toEqual([false, true]);
  expect(arange(2 ** 31 - 2, 2 ** 31).toArray()).toEqual([2 ** 31 - 2, 2 ** 31 - 1]);
  expect(arange(2 ** 31, 2 ** 31 + 2, { dtype: 'f64' }).toArray()).toEqual([2 ** 31, 2 ** 31 + 1]);
  expect(full([1], -(2 ** 31), { dtype: 'i32' }).toArray()).toEqual([-(2 ** 31)]);
});

const column = ones([1e6, 1]);
const row = ones([1e6]);

test.each<[operation: string, call: () => unknown]>([
  ['add', () => column.add(row)],
  ['where', () => column.greater(0).where(column, row)],
  ['clamp', () => column.clamp(row)],
  ['pad', () => row.pad([[0, 2 ** 32]])],
  ['outer', () => outer(row, row)],
  ['matmul', () => column.matmul(row.unsqueeze(0))],
  ['einsum', () => einsum('i,j->ij', row, row)],
  ['expand', () => column.expand([1e6, 1e6])],
  ['repeat', () => row.repeat([1e6])],
  ['concat', () => concat([zeros([2 ** 31]), zeros([2 ** 31])])],
  ['arange', () => arange(1e12)],
  ['oneHot', () => oneHot(integers, 2 ** 32)],
  ['indexSelect', () => ones([2, 2 ** 20]).indexSelect(0, zeros([2 ** 13], { dtype: 'i32' }))],
  ['conv1d', () => ones([1, 1, 2]).conv1d(ones([1, 1, 2]), { padding: 2 ** 32 })],
])('a result of %s with 2³² elements or more is an error at the call', (operation, call) => {
  expect(call).toThrow(new RegExp(`^${operation}: the shape .* holds more than 2³² elements$`));
});

test('an array that the machine has no room for is a WindfallError', () => {
  expect(() => allocate('f64', 2 ** 50)).toThrow(
    'memory: no room for 1125899906842624 elements of dtype f64 (9007199254740992 bytes)',
  );
});

test.each([
  ['f32', 1000, 1001],
  ['f32', -1, 1],
  ['f32', 0, 0.1],
  ['f64', 1e15, 1e15 + 1],
] as const)('uniform %s numbers in [%d, %d) stay below the end', (dtype, low, high) => {
  const numbers = uniform([300_000], { low, high, dtype, generator: new Generator(3) });
  expect(numbers.max().item()).toBeLessThan(high);
  expect(numbers.min().item()).toBeGreaterThanOrEqual(low);
});

test('uniform numbers of an empty interval are its end', () => {
  expect(uniform([2], { low: 3, high: 3 }).toArray()).toEqual([3, 3]);
});

test('largestBelow is the neighbour in the dtype', () => {
  expect(largestBelow('f64', 1)).toBe(1 - 2 ** -53);
  expect(largestBelow('f32', 1)).toBe(1 - 2 ** -24);
  expect(largestBelow('f32', 1.5)).toBe(1.5 - 2 ** -23);
  expect(largestBelow('f32', -1)).toBe(-1 - 2 ** -23);
  expect(largestBelow('f32', 0)).toBe(-(2 ** -149));
  expect(largestBelow('f64', 0)).toBe(-Number.MIN_VALUE);
  expect(largestBelow('f32', 0.3)).toBeLessThan(0.3);
  expect(largestBelow('f32', 0.1)).toBe(Math.fround(0.1) - 2 ** -27);
});

test('padding never wins a maximum, whatever the dtype', () => {
  const negative = tensor([[-5, -3, -4]], { dtype: 'i32' });
  expect(maxPool1d(negative, 2, { padding: 1, stride: 1 }).toArray()).toEqual([[-5, -3, -3, -4]]);
  const falsehoods = tensor([[false, false]]);
  expect(maxPool1d(falsehoods, 2, { padding: 1 }).toArray()).toEqual([[false, false]]);
  expect(avgPool1d(negative, 3).toArray()).toEqual([[-4]]);
});

test('convolution counts booleans as i32', () => {
  const bits = tensor([[[true, true, false]]]);
  const result = bits.conv1d(tensor([[[true, true]]]));
  expect([result.dtype, result.toArray()]).toEqual(['i32', [[[2, 1]]]]);
  const numbers = tensor([[[1, 2, 3]]], { dtype: 'i32' });
  expect(numbers.conv1d(tensor([[[1, 1]]], { dtype: 'i32' })).toArray()).toEqual([[[3, 5]]]);
});

test('a bounded uniform draw is a constant to gradients', () => {
  const w = tensor([1, 2]);
  const [slope] = gradient(w.mul(uniform([2], { low: 2, high: 3 })).sum(), [w]);
  expect(slope.min().item()).toBeGreaterThanOrEqual(2);
});
