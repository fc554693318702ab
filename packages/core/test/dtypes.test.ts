/**
 * @file Element types: which results promote to what, how values are rounded, where nothing is promoted.
 */
import * as wf from '../src/index.ts';
import { withBackend } from './with-backend.ts';
import { type DType, ones, tensor } from '../src/index.ts';

const dtypes: DType[] = ['bool', 'i32', 'f32', 'f64'];
const higher = (a: DType, b: DType): DType => (dtypes.indexOf(a) > dtypes.indexOf(b) ? a : b);
const pairs = dtypes.flatMap((a) => dtypes.map((b) => [a, b] as const));

describe('two tensors promote to the higher of bool < i32 < f32 < f64', () => {
  test.each(pairs)('%s and %s', (a, b) => {
    const [x, y] = [ones([2], { dtype: a }), ones([2], { dtype: b })];
    const number = higher(higher(a, b), 'i32');
    const float = higher(number, 'f32');
    for (const op of ['add', 'sub', 'mul', 'maximum', 'minimum', 'pow', 'remainder'] as const)
      expect([op, x[op](y).dtype]).toEqual([op, number]);
    for (const op of ['div', 'atan2'] as const) expect([op, x[op](y).dtype]).toEqual([op, float]);
    for (const op of ['equal', 'less', 'greaterEqual', 'logicalAnd', 'logicalXor'] as const)
      expect([op, x[op](y).dtype]).toEqual([op, 'bool']);
    expect(wf.where(true, x, y).dtype).toBe(higher(a, b));
  });
});

describe('a JavaScript number takes the dtype of the tensor beside it, lifted only as far as needed', () => {
  test.each<[DType, number | boolean, DType]>([
    ['bool', true, 'i32'],
    ['bool', 2, 'i32'],
    ['bool', 0.5, 'f32'],
    ['i32', true, 'i32'],
    ['i32', 2, 'i32'],
    ['i32', 0.5, 'f32'],
    ['i32', 2 ** 31, 'f32'],
    ['i32', -(2 ** 31), 'i32'],
    ['i32', Infinity, 'f32'],
    ['i32', NaN, 'f32'],
    ['f32', 2, 'f32'],
    ['f32', 0.1, 'f32'],
    ['f64', 0.1, 'f64'],
    ['f64', true, 'f64'],
  ])('%s + %p is %s', (dtype, value, expected) => {
    const x = ones([1], { dtype });
    expect(x.add(value).dtype).toBe(expected);
    expect(wf.add(value, x).dtype).toBe(expected);
  });

  test('and numbers alone make f32', () => {
    expect(wf.add(1, 2).dtype).toBe('f32');
    expect(wf.where(true, 1, 0).dtype).toBe('f32');
    expect(wf.where(true, true, false).dtype).toBe('bool');
  });

  test('a number beside f64 is not rounded to f32 first', () => {
    expect(ones([], { dtype: 'f64' }).mul(0.1).item()).toBe(0.1);
  });
});

describe('functions of one tensor', () => {
  test.each(dtypes)('of %s', (dtype) => {
    const x = ones([3], { dtype });
    const float = higher(dtype, 'f32');
    for (const op of [
      'exp',
      'sqrt',
      'sigmoid',
      'erf',
      'reciprocal',
      'softmax',
      'mean',
      'variance',
      'std',
      'norm',
      'logSumExp',
    ] as const)
      expect([op, x[op]().dtype]).toEqual([op, float]);
    for (const op of ['neg', 'abs', 'sum', 'prod', 'square', 'relu'] as const)
      expect([op, x[op]().dtype]).toEqual([op, op === 'relu' ? x.relu().dtype : higher(dtype, 'i32')]);
    for (const op of ['max', 'min', 'flip', 'tril'] as const) {
      if (op === 'tril') expect(ones([2, 2], { dtype }).tril().dtype).toBe(dtype);
      else expect([op, x[op]().dtype]).toEqual([op, dtype]);
    }
    for (const op of ['argmax', 'argmin'] as const) expect([op, x[op]().dtype]).toEqual([op, 'i32']);
    for (const op of ['all', 'any', 'isNaN', 'isFinite', 'logicalNot'] as const)
      expect([op, x[op]().dtype]).toEqual([op, 'bool']);
    expect(x.cumsum(0).dtype).toBe(higher(dtype, 'i32'));
  });
});

describe('values are rounded to their dtype', () => {
  test('f32 to the nearest float', () => {
    expect(tensor([0.1]).data()).toEqual(new Float32Array([0.1]));
    expect(tensor(16777217).item()).toBe(16777216);
  });

  test('f64 keeps every bit, through transcendental functions too', () => {
    expect(tensor([0.1], { dtype: 'f64' }).item()).toBe(0.1);
    // The vectorized functions of wasm have a test of their own, in units in the last place.
    withBackend('javascript', () => {
      const x = tensor([0.3, 1.7], { dtype: 'f64' });
      expect(x.exp().toArray()).toEqual([Math.exp(0.3), Math.exp(1.7)]);
      expect(x.tanh().toArray()).toEqual([Math.tanh(0.3), Math.tanh(1.7)]);
      expect(x.sin().toArray()).toEqual([Math.sin(0.3), Math.sin(1.7)]);
    });
  });

  test('i32 wraps around in sums and products', () => {
    const x = tensor([2 ** 31 - 1, 65537, -(2 ** 31)], { dtype: 'i32' });
    expect(x.add(1).toArray()).toEqual([-(2 ** 31), 65538, -(2 ** 31) + 1]);
    expect(x.mul(x).toArray()).toEqual([1, 131073, 0]);
    expect(
      tensor([2 ** 30, 2 ** 30], { dtype: 'i32' })
        .sum()
        .item(),
    ).toBe(-(2 ** 31));
    expect(
      tensor([65537], { dtype: 'i32' })
        .matmul(tensor([65537], { dtype: 'i32' }))
        .item(),
    ).toBe(131073);
  });

  test('a cast to i32 drops the fraction, a cast to bool asks whether the value is 0', () => {
    const x = tensor([1.7, -1.7, 0.3, -0.3, 0]);
    expect(x.cast('i32').toArray()).toEqual([1, -1, 0, 0, 0]);
    expect(x.cast('bool').toArray()).toEqual([true, true, true, true, false]);
    expect(tensor([NaN]).cast('bool').toArray()).toEqual([true]);
    expect(tensor([true, false]).cast('f64').toArray()).toEqual([1, 0]);
  });

  test.each(['interpreter', 'javascript', 'wasm'] as const)('whole numbers have no −0 in %s', (backend) => {
    const x = tensor([-0, -0.5, NaN, 3e9]).cast('i32').cast('f64');
    expect(withBackend(backend, () => Array.from(x.data()))).toEqual([0, 0, 0, 2 ** 31 - 1]);
  });

  test('a dtype is inferred from what is given', () => {
    expect(tensor([1, 2]).dtype).toBe('f32');
    expect(tensor([true]).dtype).toBe('bool');
    expect(tensor([true, 1]).dtype).toBe('f32');
    expect(tensor([]).dtype).toBe('f32');
    expect(tensor(new Float64Array(1)).dtype).toBe('f64');
    expect(tensor(new Int32Array(1)).dtype).toBe('i32');
    expect(tensor(new Uint8Array(1)).dtype).toBe('bool');
    expect(wf.arange(3).dtype).toBe('i32');
    expect(wf.arange(0, 1, { step: 0.5 }).dtype).toBe('f32');
    expect(wf.full([1], true).dtype).toBe('bool');
    expect(wf.zerosLike(tensor(new Float64Array(1))).dtype).toBe('f64');
  });
});

describe('a float64 graph is computed in float64 everywhere', () => {
  test('in sums of many small terms', () => {
    expect(wf.full([1000], 0.1, { dtype: 'f64' }).sum().item()).toBeCloseTo(100, 11);
  });

  test('in contractions', () => {
    const x = wf.full([1, 1000], 1 / 3, { dtype: 'f64' });
    expect(x.matmul(x.transpose()).item()).toBeCloseTo(1000 / 9, 11);
  });
});
